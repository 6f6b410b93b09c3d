/** Models of documents: JSON Schemas, and validators by the Standard Schema such as those of zod and valibot. */

import type { Json } from '../core/action.ts'
import type { Fits } from '../documents/definition.ts'
import { Schema } from '../documents/schema.ts'
import { ConfigError } from '../errors.ts'
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
    return (await import('./written.ts')).writtenAs(value, this.#schema)
  }

  async load(value: Json): Promise<T> {
    return value as T
  }
}

function isStandard(given: unknown): given is StandardSchema {
  // Those of arktype are functions.
  return given !== null && given !== undefined && '~standard' in Object(given)
}

/** Make sure that *given* is an object of options. */
export function checkOptions(given: unknown, known: readonly string[]): void {
  if (Object(given) !== given) throw new ConfigError('a collection is declared with options')
  const wrong = Object.keys(given as object).find(name => !known.includes(name))
  if (wrong !== undefined)
    throw new ConfigError(`a collection has no option "${wrong}"; there are: ${known.join(', ')}`)
}
