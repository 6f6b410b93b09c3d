/**
 * Schemas of documents: the part of JSON Schema (2020-12) that every language checks alike.
 *
 * `type` (object, array, string, number, integer, boolean, null, or a list of these), `properties`, `required`,
 * `additionalProperties`, `items`, `enum`, `const`, `minimum`, `maximum`, `minLength`, `maxLength` (code points),
 * `minItems`, `maxItems`, `anyOf`, `description`, `title` and `default`; at most `SCHEMA_DEPTH_MAX` levels. No `$ref`,
 * `pattern` or `format`: they differ between languages.
 */

import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../core/action.ts'
import { SCHEMA_DEPTH_MAX, VALUE_DEPTH_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { ConfigError, SchemaError } from '../errors.ts'
import { canonical, checkJson, isArray, isObject, type JsonObject } from './value.ts'

export const TYPES: readonly string[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** At the end of an index's field: each element of the array is found. */
export const ARRAY = '[]'

/** A schema that was read: checks values, and fills in defaults. */
export class Schema {
  /** As it was given. */
  readonly json: JsonObject
  /** The types it allows; empty for all. */
  readonly types: readonly string[]
  readonly properties: ReadonlyMap<string, Schema>
  readonly required: readonly string[]
  /** Of what `properties` does not name; null for anything. */
  readonly rest: Schema | null
  readonly items: Schema | null
  readonly branches: readonly Schema[]
  /** Undefined without one. */
  readonly default: Json | undefined
  /** Every field that queries can name, by its dotted path: names with dots, for one, cannot be reached. */
  readonly paths: ReadonlyMap<string, Schema>
  /** The types of what fits, as far as types, listed values and branches say them; empty where they do not. */
  readonly said: ReadonlySet<string>
  readonly #allowed: ReadonlySet<string> | null
  readonly #bounds: readonly (number | null)[]
  readonly #sizes: ReadonlyMap<string, number>

  /** Read *given*; throws a ConfigError when it says something else than the subset, or is too deep. */
  constructor(given: unknown, depth: number = SCHEMA_DEPTH_MAX) {
    const read = given === true ? {} : given === false ? { enum: [] } : given
    if (!isObject(read)) throw new ConfigError(`a schema is an object such as { type: "string" }, not ${shown(given)}`)
    const json = depth === SCHEMA_DEPTH_MAX ? copyOf(read) : read
    if (depth <= 0) throw new ConfigError(`a schema of more than ${SCHEMA_DEPTH_MAX} levels`)
    this.json = json
    checkKeywords(json)
    this.types = readTypes(json)
    const inner = (each: unknown) => new Schema(each, depth - 1)
    const { additionalProperties = true, items } = json
    const properties = Object.entries(readObject(json, 'properties'))
    this.properties = new Map(properties.map(([name, each]) => [name, inner(each)]))
    this.required = readTexts(json, 'required')
    this.rest = additionalProperties === true ? null : inner(additionalProperties)
    this.items = items === undefined ? null : inner(items)
    this.branches = readList(json, 'anyOf').map(inner)
    this.#allowed = readAllowed(json)
    this.#bounds = ['minimum', 'maximum'].map(name => readNumber(json, name))
    const sizes = SIZES.filter(name => Object.hasOwn(json, name))
    this.#sizes = new Map(sizes.map(name => [name, readSize(json, name)]))
    this.said = this.#said()
    this.paths = new Map(this.#paths())
    this.default = json.default === undefined ? undefined : this.#readDefault(json.default)
  }

  /** Make sure that *value* fits; throws a SchemaError that says where it does not, by dots and indexes. */
  check(value: Json, path = ''): void {
    if (this.types.length > 0 && !this.types.some(type => isOf(value, type))) {
      throw new SchemaError(path, `${shown(value)} is no ${this.types.join(' or ')}`)
    }
    if (this.#allowed !== null && !this.#allowed.has(bytesToHex(canonical(value)))) {
      throw new SchemaError(path, `${shown(value)} is none of the values allowed`)
    }
    if (this.branches.length > 0 && !this.branches.some(branch => branch.#fits(value))) {
      throw new SchemaError(path, `${shown(value)} fits none of ${this.branches.length} forms`)
    }
    if (typeof value === 'number') this.#checkBounds(value, path)
    else if (typeof value === 'string') this.#checkSize('Length', [...value].length, 'characters', path)
    else if (isArray(value)) {
      this.#checkSize('Items', value.length, 'items', path)
      for (const [place, each] of value.entries()) this.items?.check(each, `${path}[${place}]`)
    } else if (isObject(value)) this.#checkObject(value, path)
  }

  /** Give *value* with the defaults of what it lacks, and with what the schema does not know. */
  filled(value: Json): Json {
    if (isArray(value)) return this.items === null ? value : value.map(each => this.items?.filled(each) ?? each)
    if (!isObject(value)) return value
    const inner = Object.entries(value).map(([name, each]) => [name, this.properties.get(name)?.filled(each) ?? each])
    const missing = [...this.properties].flatMap(([name, each]) =>
      each.default === undefined || Object.hasOwn(value, name) ? [] : [[name, structuredClone(each.default)]],
    )
    return Object.fromEntries([...inner, ...missing])
  }

  #said(): ReadonlySet<string> {
    if (this.types.length > 0) return new Set(this.types)
    if (this.#allowed !== null)
      return new Set(Array.from(this.#allowed, bytes => TYPE_LETTERS.get(bytes.slice(0, 2)) ?? ''))
    const branches = this.branches.map(({ said }) => [...said])
    return new Set(branches.every(said => said.length > 0) ? branches.flat() : [])
  }

  /** The schema that names the fields: an object that may be null has those of the object. */
  get form(): Schema {
    const branches = this.branches.filter(({ said }) => said.size !== 1 || !said.has('null'))
    const [only = this] = this.properties.size === 0 && branches.length === 1 ? branches : []
    return only
  }

  #paths(): (readonly [path: string, schema: Schema])[] {
    return [...this.form.properties].flatMap(([name, inner]) => {
      if (name === '' || name.includes('.') || name.startsWith('-') || name.endsWith(ARRAY)) return []
      return [[name, inner] as const, ...Array.from(inner.paths, ([path, each]) => [`${name}.${path}`, each] as const)]
    })
  }

  #readDefault(value: Json): Json {
    try {
      this.check(value)
      return this.filled(value)
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      const reason = `the default ${shown(value)} does not fit its own schema: ${error.message}`
      throw new ConfigError(reason, { cause: error })
    }
  }

  #fits(value: Json): boolean {
    try {
      this.check(value)
    } catch (error) {
      if (error instanceof SchemaError) return false
      throw error
    }
    return true
  }

  #checkBounds(value: number, path: string): void {
    const [low = null, high = null] = this.#bounds
    if (low !== null && value < low) throw new SchemaError(path, `${value} is less than ${low}`)
    if (high !== null && value > high) throw new SchemaError(path, `${value} is more than ${high}`)
  }

  #checkSize(what: string, size: number, unit: string, path: string): void {
    const [least = 0, most = size] = [this.#sizes.get(`min${what}`), this.#sizes.get(`max${what}`)]
    if (size < least) throw new SchemaError(path, `${size} ${unit} are less than ${least}`)
    if (size > most) throw new SchemaError(path, `${size} ${unit} are more than ${most}`)
  }

  #checkObject(value: JsonObject, path: string): void {
    const dot = path === '' ? '' : `${path}.`
    for (const name of this.required) {
      if (!Object.hasOwn(value, name) && this.properties.get(name)?.default === undefined) {
        throw new SchemaError(`${dot}${name}`, 'it is missing')
      }
    }
    for (const [name, each] of Object.entries(value)) {
      const schema = this.properties.get(name) ?? this.rest
      schema?.check(each, `${dot}${name}`)
    }
  }
}

/** The types of values by the first letter of their canonical bytes. */
const TYPE_LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({ n: 'null', f: 'boolean', t: 'boolean', d: 'number', s: 'string', a: 'array', o: 'object' }).map(
    ([letter, type]) => [bytesToHex(utf8ToBytes(letter)), type],
  ),
)
const SIZES = ['minLength', 'maxLength', 'minItems', 'maxItems']
const KEYWORDS: readonly string[] = [
  ...['additionalProperties', 'anyOf', 'const', 'default', 'description', 'enum', 'items', 'maximum', 'minimum'],
  ...['properties', 'required', 'title', 'type', ...SIZES],
]

function isOf(value: Json, type: string): boolean {
  if (value === null) return type === 'null'
  if (typeof value === 'number') return type === 'number' || (type === 'integer' && Number.isSafeInteger(value))
  return type === (isArray(value) ? 'array' : typeof value)
}

/** Give a copy of a whole schema, which nobody changes any more. */
function copyOf(given: JsonObject): JsonObject {
  try {
    checkJson(given, VALUE_DEPTH_MAX)
  } catch (error) {
    throw new ConfigError(`a schema cannot hold ${error instanceof Error ? error.message : error}`, { cause: error })
  }
  return structuredClone(given)
}

function checkKeywords(given: JsonObject): void {
  const wrong = Object.keys(given).find(name => !KEYWORDS.includes(name))
  if (wrong === undefined) return
  throw new ConfigError(`schemas here have no ${shown(wrong)}; there are: ${KEYWORDS.toSorted().join(', ')}`)
}

function readTypes({ type = [] }: JsonObject): readonly string[] {
  const names = typeof type === 'string' ? [type] : type
  if (isArray(names) && names.every(name => TYPES.includes(String(name)))) return names.map(String)
  throw new ConfigError(`a schema's type is one of ${TYPES.join(', ')}, or a list of them, not ${shown(type)}`)
}

function readObject(given: JsonObject, word: string): JsonObject {
  const value = given[word] === undefined ? {} : given[word]
  if (isObject(value)) return value
  throw new ConfigError(`a schema's ${word} are an object, not ${shown(value)}`)
}

function readList(given: JsonObject, word: string): readonly Json[] {
  const value = given[word] === undefined ? [] : given[word]
  if (isArray(value)) return value
  throw new ConfigError(`a schema's ${word} is a list, not ${shown(value)}`)
}

function readTexts(given: JsonObject, word: string): readonly string[] {
  const texts = readList(given, word)
  if (texts.every(each => typeof each === 'string')) return texts
  throw new ConfigError(`a schema's ${word} are texts, not ${shown(texts)}`)
}

/** Read `enum` and `const`; null where there is neither. */
function readAllowed(given: JsonObject): ReadonlySet<string> | null {
  const values = given.enum === undefined ? null : readList(given, 'enum')
  const { const: constant } = given
  const written = (each: Json) => bytesToHex(canonical(each))
  const listed = values?.map(written) ?? null
  if (constant === undefined) return listed && new Set(listed)
  const only = written(constant)
  return new Set(listed?.includes(only) === false ? [] : [only])
}

function readNumber(given: JsonObject, word: string): number | null {
  const value = given[word] ?? null
  if (value === null || typeof value === 'number') return value
  throw new ConfigError(`a schema's ${word} is a number, not ${shown(value)}`)
}

function readSize(given: JsonObject, word: string): number {
  const value = given[word]
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value)
  throw new ConfigError(`a schema's ${word} is a whole number from 0, not ${shown(value)}`)
}
