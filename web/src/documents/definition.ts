/** What a collection is: its name, its schema, and which fields of its documents are found and sorted quickly. */

import type { Json } from '../core/action.ts'
import {
  COLLECTION_FIELDS_MAX,
  COLLECTION_INDEXES_MAX,
  COLLECTION_NAME_CHARACTERS_MAX,
  INDEX_FIELDS_MAX,
} from '../core/limits.ts'
import { several, shown } from '../core/typed.ts'
import { ConfigError, QueryError } from '../errors.ts'
import { digestOf } from './cursor.ts'
import { namesOf, OWN_FIELDS, readTerm, type Term, TIME } from './order.ts'
import { ARRAY, Schema } from './schema.ts'
import { compareTexts } from './value.ts'
import { WORDS_VERSION } from './words.ts'

/** What a column holds, beside null. */
export type ColumnType = 'boolean' | 'number' | 'text'

/** A scalar field of the schema, by its dotted path. */
export interface Column {
  readonly field: string
  readonly type: ColumnType
}

/** An earlier collection whose documents are read as this one's; *upgrade* turns each value into one of today. */
export interface Older {
  readonly name: string
  readonly upgrade?: ((value: Json) => Json) | undefined
  /** Tells functions apart: that of *upgrade*, unless another tab has it. */
  readonly fingerprint?: string | undefined
}

/** What a value must be beyond its schema, as a validator of the page says it. */
export interface Fits {
  /** Called with what fits the schema, its defaults filled in; null: another tab has the validator. */
  readonly check: ((value: Json) => boolean) | null
}

/** A collection. Make one with `define`. */
export interface Definition {
  readonly name: string
  /** Null: any JSON. */
  readonly schema: Schema | null
  /** One register a key for all authors, rather than one for each. */
  readonly isShared: boolean
  readonly columns: readonly Column[]
  /** Of columns, `OWN_FIELDS` among them; each ends by time. */
  readonly indexes: readonly (readonly Term[])[]
  /** Fields whose elements are found by `has`. */
  readonly arrays: readonly string[]
  /** Fields whose words are found. */
  readonly text: readonly string[]
  /** The field with `lat` and `lon` that is found by `within` and `near`. */
  readonly place: string | null
  readonly older: readonly Older[]
  readonly fits: Fits | null
  /** Says for whom a record speaks, where whoever carries a grant speaks for who gave it; null: for who signed it. */
  readonly speaker: Speaker | null
  /** Tells apart what tables are built for. */
  readonly digest: string
  /** The fields that queries may name beside `OWN_FIELDS`; null for any. */
  readonly fields: ReadonlySet<string> | null
}

/** What a collection is beside its name and schema. */
export interface DefinitionOptions {
  readonly shared?: boolean | undefined
  /** Fields by which queries find and order, `-` descending; several together in a list of their own. */
  readonly indexes?: unknown
  readonly text?: unknown
  readonly place?: string | null | undefined
  readonly also?: Iterable<Older> | Older | undefined
  readonly fits?: Fits | null | undefined
  readonly speaker?: Speaker | null | undefined
}

/** `spokenFor` of `core/grant.ts`: loaded with the first collection that is on behalf of others. */
export type Speaker = typeof import('../core/grant.ts').spokenFor

/**
 * Read what a collection is to be; *schema* is a JSON Schema of the subset, or null for any JSON.
 *
 * Throws a ConfigError when a name, a field or the schema cannot be meant, or there are too many.
 */
export function define(
  name: unknown,
  schema: unknown = null,
  {
    shared = false,
    indexes = [],
    text = [],
    place = null,
    also = [],
    fits = null,
    speaker = null,
  }: DefinitionOptions = {},
): Definition {
  const own = readName(name)
  if (typeof shared !== 'boolean') throw new ConfigError(`shared is true or false, not ${shown(shared)}`)
  const read = schema === null ? null : new Schema(schema)
  if (read !== null && read.types.length > 0 && `${read.types}` !== 'object') {
    throw new ConfigError(`the schema of a collection is that of objects, not of ${read.types.join(' or ')}`)
  }
  const columns = read === null ? [] : columnsOf(read)
  checkCount(columns.length, 'fields', COLLECTION_FIELDS_MAX)
  const given = several(indexes)
  checkCount(given.length, 'indexes', COLLECTION_INDEXES_MAX)
  const arrays = new Set(given.filter(isArrayField).map(field => field.slice(0, -ARRAY.length)))
  const texts = new Set(several(text).map(readField))
  checkFields(read, arrays, 'the elements of an array', ['array'])
  checkFields(read, texts, 'words', ['string', 'array'])
  checkFields(read, place === null ? [] : [readField(place)], 'a place', ['object'])
  const known = new Set(columns.map(({ field }) => field))
  const plain = given.filter(each => !isArrayField(each)).map(each => readIndex(each, known))
  const found = [...new Map(plain.map(index => [`${namesOf(index)}`, index])).values()]
  const parts = { name: own, schema: read, isShared: shared, columns, indexes: found, arrays: [...arrays] }
  const fields = read === null ? null : new Set(read.paths.keys())
  const whole = { ...parts, text: [...texts], place, older: readOlder(also, own), fits, speaker, fields }
  return { ...whole, digest: digestOfDefinition(whole) }
}

/** Say for what documents are built by *definition*: where functions are in another tab, they are built anew with them. */
export function builtFor(definition: Definition): string {
  return definition.digest + (isWhole(definition) ? '' : '?')
}

/** Say whether all functions of a collection are here. */
export function isWhole({ older, fits }: Definition): boolean {
  const isThere = ({ upgrade, fingerprint }: Older) => upgrade !== undefined || fingerprint === undefined
  return fits?.check !== null && older.every(isThere)
}

/** Read a collection's name; throws a ConfigError for what is none. */
export function readName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name
  const form = `1 to ${COLLECTION_NAME_CHARACTERS_MAX} of a-z 0-9 _ . -, a letter first`
  throw new ConfigError(`a collection's name has ${form}, not ${shown(name)}`)
}

const NAME = new RegExp(`^[a-z][a-z0-9_.-]{0,${COLLECTION_NAME_CHARACTERS_MAX - 1}}$`)

const COLUMN_TYPES: ReadonlyMap<string, ColumnType> = new Map([
  ['boolean', 'boolean'],
  ['number', 'number'],
  ['integer', 'number'],
  ['integer,number', 'number'],
  ['string', 'text'],
])

function digestOfDefinition(definition: Omit<Definition, 'digest'>): string {
  const { name, schema, isShared, indexes, arrays, text, place, older, fits, speaker } = definition
  const names = [name, ...older.map(each => each.name).sort(compareTexts)]
  const words = text.length > 0 ? [WORDS_VERSION, ...text] : []
  // When a function changes, all is read anew.
  const functions = [
    ...(speaker === null ? [] : ['on_behalf']),
    ...(fits === null ? [] : ['fits']),
    ...older.flatMap(({ fingerprint }) => fingerprint ?? []),
  ]
  return digestOf([names, schema?.json ?? null, isShared, indexes.map(namesOf), arrays, words, place, ...functions])
}

function checkCount(count: number, what: string, most: number): void {
  if (count > most) throw new ConfigError(`${count} ${what}; the limit of a collection is ${most}`)
}

function checkFields(schema: Schema | null, fields: Iterable<string>, what: string, types: readonly string[]): void {
  for (const field of fields) {
    const said = schema?.paths.get(field)?.said
    if (said === undefined) throw new ConfigError(`the schema has no field ${shown(field)} to be indexed`)
    if (said.size > 0 && !types.some(type => said.has(type))) {
      throw new ConfigError(`${shown(field)} cannot be indexed as ${what}: it is ${[...said].sort().join(' or ')}`)
    }
  }
}

function isArrayField(given: unknown): given is string {
  return typeof given === 'string' && given.endsWith(ARRAY)
}

function columnsOf(schema: Schema): Column[] {
  return [...schema.paths].flatMap(([field, { said }]) => {
    const types = [...said].filter(type => type !== 'null').sort()
    const type = COLUMN_TYPES.get(`${types}`)
    return type === undefined || OWN_FIELDS.includes(field) ? [] : [{ field, type }]
  })
}

function readIndex(given: unknown, known: ReadonlySet<string>): readonly Term[] {
  const terms = several(given).map(asConfigured)
  if (terms.length < 1 || terms.length > INDEX_FIELDS_MAX) {
    throw new ConfigError(`an index is of 1 to ${INDEX_FIELDS_MAX} fields, not of ${terms.length}`)
  }
  const wrong = terms.find(({ field }) => !known.has(field) && !OWN_FIELDS.includes(field))
  if (wrong !== undefined) {
    const there = [...known].sort().join(', ') || 'no such fields'
    const reason = `the schema must give it one type, boolean, number or string; there are: ${there}`
    throw new ConfigError(`${shown(wrong.field)} cannot be indexed: ${reason}`)
  }
  return terms.at(-1)?.field === TIME ? terms : [...terms, { field: TIME, isDescending: true }]
}

function asConfigured(given: unknown): Term {
  try {
    return readTerm(given)
  } catch (error) {
    if (error instanceof QueryError) throw new ConfigError(error.message, { cause: error })
    throw error
  }
}

function readOlder(also: Iterable<Older> | Older, own: string): readonly Older[] {
  const names = new Set([own])
  return several(also).map(each => {
    const { name, upgrade, fingerprint } = Object(each) as Older
    if (upgrade !== undefined && typeof upgrade !== 'function') {
      throw new ConfigError(`also takes { name, upgrade }, upgrade a function, not ${shown(upgrade)}`)
    }
    if (names.has(readName(name))) {
      throw new ConfigError(`${shown(name)} is read already: also names other collections, each once`)
    }
    names.add(name)
    return { name, upgrade, fingerprint: upgrade === undefined ? fingerprint : String(upgrade) }
  })
}

function readField(value: unknown): string {
  if (typeof value === 'string') return value
  throw new ConfigError(`a field is a text such as "title", not ${shown(value)}`)
}

/** Give the names whose documents a collection reads: its own, and those of the older ones. */
export function namesRead({ name, older }: Definition): string[] {
  return [name, ...older.map(each => each.name)]
}
