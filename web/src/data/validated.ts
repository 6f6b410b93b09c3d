/** Models that a validator by the Standard Schema makes, such as those of zod and valibot. Loaded where there is one. */

import type { Json } from '../core/action.ts'
import type { Fits } from '../documents/definition.ts'
import { Schema } from '../documents/schema.ts'
import { SchemaError } from '../errors.ts'
import { inlined } from './inlined.ts'
import type { Model } from './model.ts'
import type { StandardIssue, StandardSchema } from './types.ts'
import { writtenAs } from './written.ts'

/** A model that a validator checks, in this page alone. */
export class Validated<T> implements Model<T> {
  readonly schema: unknown
  readonly fits: Fits = { check: value => this.#fits(value) }
  readonly #schema: Schema | null
  readonly #validator: StandardSchema<T>

  constructor(validator: StandardSchema<T>, json: unknown) {
    const schema = json === null ? null : inlined(json)
    this.schema = schema
    this.#schema = schema === null ? null : new Schema(schema)
    this.#validator = validator
  }

  async dump(value: T): Promise<string> {
    const result = await this.#validator['~standard'].validate(value)
    const [issue] = result.issues ?? []
    if (issue !== undefined) throw new SchemaError(pathOf(issue), issue.message)
    return writtenAs(value, this.#schema)
  }

  async load(value: Json): Promise<T | undefined> {
    const result = await this.#validator['~standard'].validate(value)
    return result.issues === undefined ? result.value : undefined
  }

  /** Say whether *value* fits; what is found out later is judged when it is read. */
  #fits(value: Json): boolean {
    try {
      const result = this.#validator['~standard'].validate(value)
      if (!(result instanceof Promise)) return result.issues === undefined
      result.catch(() => {})
      return true
    } catch {
      // A stranger's code may throw anything; the document is a misfit.
      return false
    }
  }
}

function pathOf({ path = [] }: StandardIssue): string {
  const names = path.map(each => (typeof each === 'object' ? each.key : each))
  return names
    .map((name, at) => (typeof name === 'number' ? `[${name}]` : `${at > 0 ? '.' : ''}${String(name)}`))
    .join('')
}
