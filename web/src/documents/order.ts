/**
 * The order of documents: by fields, and always by time at the end, so that no two stand at one place.
 *
 * Newest first is by stamp, latest first, ties by lowest id first; oldest first is the exact reverse.
 */

import { ORDER_FIELDS_MAX } from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import { several, shown } from '../core/typed.ts'
import { QueryError } from '../errors.ts'
import { compareRanks, isWellFormed, rank, type Scalar } from './value.ts'

export const TIME = 'time'
export const KEY = 'key'
export const AUTHOR = 'author'
/** What every document has beside its value; a field of the value with such a name is not found by queries. */
export const OWN_FIELDS: readonly string[] = [KEY, AUTHOR, TIME]

/** One field to sort by. */
export interface Term {
  readonly field: string
  readonly isDescending: boolean
}

/** The last term is the only one of the field `time`. */
export type Order = readonly Term[]

/** Where a document stands in an order. */
export interface Seat {
  /** Of the order's terms but the last. */
  readonly values: readonly Scalar[]
  /** Microseconds since 1970-01-01 UTC. */
  readonly stamp: number
  readonly id: RecordId
}

/** Read one field to sort by, such as `stars` or `-stars`; throws a QueryError for what names nothing. */
export function readTerm(text: unknown): Term {
  const field = typeof text === 'string' ? text.replace(/^-/, '') : ''
  if (field === '') throw new QueryError(`an order is by fields such as "stars" or "-stars", not ${shown(text)}`)
  if (!isWellFormed(field)) throw new QueryError('an order cannot be by a text with a lone surrogate')
  return { field, isDescending: field !== text }
}

/**
 * Read an order: a field, or several; what comes after `time` could not matter and is refused.
 *
 * Throws a QueryError when it is none, names a field twice, or has too many.
 */
export function readOrder(given: unknown): Order {
  if (typeof given !== 'string' && !Array.isArray(given)) {
    throw new QueryError(`an order is by fields such as "stars" or "-stars", not ${shown(given)}`)
  }
  const terms = several(given).map(readTerm)
  const names = terms.map(({ field }) => field)
  if (terms.length > ORDER_FIELDS_MAX || new Set(names).size < names.length || names.slice(0, -1).includes(TIME)) {
    const most = `at most ${ORDER_FIELDS_MAX} different fields, time last of them`
    throw new QueryError(`an order is by ${most}, not ${names.join(', ')}`)
  }
  return names.at(-1) === TIME ? terms : [...terms, { field: TIME, isDescending: true }]
}

/** Say which comes first in *order*: below 0 is *one*, above 0 the *other*, 0 the same. */
export function compare(order: Order, one: Seat, other: Seat): number {
  for (const [place, { isDescending }] of order.slice(0, -1).entries()) {
    const found = compareRanks(rank(one.values[place] ?? null), rank(other.values[place] ?? null))
    if (found !== 0) return isDescending ? -found : found
  }
  const newest = other.stamp - one.stamp || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
  return order.at(-1)?.isDescending === false ? -newest : newest
}

/** Sort what stands at the seats beside it. */
export function inOrder<Each>(order: Order, seated: Iterable<readonly [seat: Seat, each: Each]>): Each[] {
  return [...seated].sort(([one], [other]) => compare(order, one, other)).map(([, each]) => each)
}

/** Write an order as `readOrder` reads it. */
export function namesOf(order: Order): string[] {
  return order.map(({ field, isDescending }) => `${isDescending ? '-' : ''}${field}`)
}
