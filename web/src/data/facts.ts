/** What a document says, read once and asked by many live queries; and conditions made fast for that. */

import type { Json } from '../core/action.ts'
import type { Record } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { fieldOfRow, type Row } from '../documents/document.ts'
import type { Order, Seat } from '../documents/order.ts'
import { isScalar, type Scalar } from '../documents/value.ts'
import { type Condition, type Conditions, type Either, holds } from '../documents/where.ts'
import { hasWords, type Words, wordsOf } from '../documents/words.ts'

/** A document, and what was asked of it before. */
export class Facts {
  readonly record: Record
  readonly row: Row
  readonly #definition: Definition
  readonly #values = new Map<string, Json>()
  #words: readonly string[] | null = null

  constructor(definition: Definition, record: Record, row: Row) {
    this.#definition = definition
    this.record = record
    this.row = row
  }

  /** Give a field; null where it is missing. */
  value(field: string): Json {
    const known = this.#values.get(field)
    if (known !== undefined) return known
    const value = fieldOfRow(this.row, field)
    this.#values.set(field, value)
    return value
  }

  /** Give the words of the fields of text. */
  words(): readonly string[] {
    this.#words ??= wordsOf(this.row.value, this.#definition.text)
    return this.#words
  }

  /** Say where it stands in *order*. */
  seat(order: Order): Seat {
    const values = order.slice(0, -1).map(({ field }) => scalarOf(this.value(field)))
    return { values, stamp: this.row.stamp, id: this.record.id }
  }
}

/** Says whether a document matches. */
export type Test = (facts: Facts) => boolean

/** Make of conditions and words what says the same as `matches` of `documents/where.ts`. */
export function testOf(where: Conditions, words: Words): Test {
  const tests = where.map(testOfPart)
  if (words.length > 0) tests.push(facts => hasWords(words, facts.words()))
  return facts => tests.every(test => test(facts))
}

/** A field and the scalar that it must equal. */
export type Equality = readonly [field: string, value: Scalar]

/**
 * Give the equality that *where* asks for, if it asks for any; of several the last.
 *
 * What is asked last is mostly the narrowest: of a collection first the kind of thing, then which one.
 */
export function equalityOf(where: Conditions): Equality | null {
  const equalities = where.flatMap((part): Equality[] =>
    'op' in part && part.op === 'eq' && isScalar(part.value) ? [[part.field, part.value]] : [],
  )
  return equalities.at(-1) ?? null
}

/** What live queries with an equality are found by: arrays and objects equal no scalar. */
export function handleOf(value: Json): Scalar | undefined {
  if (!isScalar(value)) return undefined
  // There is one zero.
  return value === 0 ? 0 : value
}

function testOfPart(part: Condition | Either): Test {
  if (!('branches' in part)) return facts => holds(part, facts.value(part.field))
  const branches = part.branches.map(branch => testOf(branch, []))
  return facts => branches.some(test => test(facts))
}

function scalarOf(value: Json): Scalar {
  return isScalar(value) ? value : null
}
