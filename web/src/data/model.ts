/** Models of documents: JSON Schemas, and validators by the Standard Schema such as those of zod and valibot. */

import type { Json } from '../core/action.ts'
import { RECORD_BYTES_MAX } from '../core/limits.ts'
import type { Fits } from '../documents/definition.ts'
import { Schema } from '../documents/schema.ts'
import { readJson } from '../documents/value.ts'
import { ConfigError, MalformedError, SchemaError } from '../errors.ts'
import type { StandardSchema } from './types.ts'

/** Reads and writes the values of one collection. */
export interface Model<T> {
  /** What stores check and index by; null for any JSON. */
  readonly schema: unknown
  /** What documents must be beyond that. */
  readonly fits: Fits | null
  /** Write *value* as the content of a record; refused with a SchemaError when it does not fit. */
  dump(value: T): Promise<string>
  /** Read a value that a store found to fit the schema; undefined when it does not fit the model. */
  load(value: Json): Promise<T | undefined>
}

/** Make a model of *given*: a validator, a JSON Schema, or null for any JSON; *json* is the validator's JSON Schema. */
export async function readModel<T>(given: unknown, json: unknown): Promise<Model<T>> {
  if (isStandard(given))
    return new (await import('./validated.ts')).Validated<T>(given as StandardSchema<T>, json ?? null)
  return new Checked<T>(given ?? null)
}

/** A model that a JSON Schema says all of. */
class Checked<T> implements Model<T> {
  readonly schema: unknown
  readonly fits = null
  readonly #schema: Schema | null

  constructor(schema: unknown) {
    this.schema = schema
    this.#schema = schema === null ? null : new Schema(schema)
  }

  async dump(value: T): Promise<string> {
    return writtenAs(value, this.#schema)
  }

  async load(value: Json): Promise<T> {
    return value as T
  }
}

function isStandard(given: unknown): given is StandardSchema {
  // Those of arktype are functions.
  return given !== null && given !== undefined && '~standard' in Object(given)
}

/** Write *value*, which every other peer must be able to read. */
export function writtenAs(value: unknown, schema: Schema | null): string {
  const text = written(value)
  const there = read(text)
  schema?.check(there)
  return text
}

function written(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value, checked)
  } catch (error) {
    if (error instanceof SchemaError) throw error
    throw new SchemaError('', `it cannot be written as JSON: ${String(error)}`)
  }
  if (text === undefined) throw new SchemaError('', `a value of type ${typeof value}, which JSON cannot say`)
  if (text.length > RECORD_BYTES_MAX) {
    throw new MalformedError(`a document of ${text.length} characters; the limit is ${RECORD_BYTES_MAX} bytes`)
  }
  return text
}

/** JSON would say null in its place. */
function checked(name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SchemaError(name, `${value} is no number in JSON`)
  return value
}

/** Read what was written as every other peer will. */
function read(text: string): Json {
  try {
    return readJson(text)
  } catch (error) {
    throw new SchemaError('', error instanceof Error ? error.message : String(error))
  }
}

/** Make sure that *given* is an object of options. */
export function checkOptions(given: unknown, known: readonly string[]): void {
  if (Object(given) !== given) throw new ConfigError('a collection is declared with options')
  const wrong = Object.keys(given as object).find(name => !known.includes(name))
  if (wrong !== undefined)
    throw new ConfigError(`a collection has no option "${wrong}"; there are: ${known.join(', ')}`)
}
