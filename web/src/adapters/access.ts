/** How a page's store finds what a query wants: which index it reads, from where to where, and which way. */

import type { Definition } from '../documents/definition.ts'
import { namesOf, type Order, type Seat, type Term, TIME } from '../documents/order.ts'
import type { Plan } from '../documents/plan.ts'
import { isScalar, type Scalar } from '../documents/value.ts'
import type { Condition, Op } from '../documents/where.ts'
import {
  BY_TIME,
  bytesOf,
  bytesOfSeat,
  joined,
  numberBytes,
  partOf,
  type Sorted,
  successor,
  textBytes,
  turned,
  WORDS,
} from './doc.ts'

/** A stretch of one index. */
export interface Access {
  /** Its name in the database: `t`, `i0` to `i15`, or `parts`. */
  readonly index: string
  /** The fields it sorts by; null for the index of time, which holds everything. */
  readonly terms: readonly Term[] | null
  /** From here on. */
  readonly lower: Sorted
  /** Up to here, which is not read; null: to the end. */
  readonly upper: Sorted | null
  readonly isBackward: boolean
  /** What comes is in the order of the query. */
  readonly isOrdered: boolean
  /** What an element or a word begins with, and of which field. */
  readonly part: { readonly field: string; readonly from: string; readonly isBeginning: boolean } | null
}

/** Choose what to read for *plan*. */
export function choose(definition: Definition, plan: Plan): Access {
  const conditions = plan.where.filter((part): part is Condition => 'op' in part)
  const named = definition.indexes.map((terms, at) => weigh(`i${at}`, terms, plan, conditions))
  const [best] = [weigh('t', BY_TIME, plan, conditions), ...named].sort((one, other) => other.weight - one.weight)
  const part = best !== undefined && best.equalities > 0 ? null : partWanted(definition, plan, conditions)
  if (part !== null || best === undefined) {
    const nothing = { lower: new Uint8Array(), upper: null, isBackward: false, isOrdered: false }
    return { index: 'parts', terms: null, ...nothing, part }
  }
  return best.access
}

interface Weighed {
  readonly access: Access
  readonly weight: number
  readonly equalities: number
}

/** A bound, in bytes that sort upwards: what begins with them, and whether that is inside. */
interface Bound {
  readonly bytes: Uint8Array
  readonly isInside: boolean
}

function weigh(index: string, terms: readonly Term[], plan: Plan, conditions: readonly Condition[]): Weighed {
  const equal = equalities(terms, conditions)
  const rest = terms.slice(equal.length)
  const fixed = new Set(conditions.filter(({ op }) => op === 'eq').map(({ field }) => field))
  const wanted = plan.order.filter(({ field }) => field === TIME || !fixed.has(field))
  const isForward = areSame(rest, wanted)
  const isBackward = !isForward && areSame(rest.map(reversed), wanted)
  const isOrdered = isForward || isBackward
  const prefix = joined(...equal.map((value, at) => turned(bytesOf(value), terms[at]?.isDescending === true)))
  const bounds = boundsOf(rest[0], conditions)
  const [first, end] = stretch(prefix, rest[0], bounds)
  const after = isOrdered && plan.after !== null ? beyond(prefix, rest, plan.order, plan.after) : null
  const lower = after !== null && isForward ? (successor(after) ?? after) : first
  const upper = after !== null && isBackward ? after : end
  const weight = equal.length * 4 + (bounds === null ? 0 : 2) + (isOrdered ? 3 : 0)
  return { access: { index, terms, lower, upper, isBackward, isOrdered, part: null }, weight, equalities: equal.length }
}

/** Give the values that the first of *terms* must have. */
function equalities(terms: readonly Term[], conditions: readonly Condition[]): Scalar[] {
  const values: Scalar[] = []
  for (const { field } of terms.slice(0, -1)) {
    const found = conditions.find(each => each.field === field && each.op === 'eq')
    if (found === undefined || !isScalar(found.value)) break
    values.push(found.value)
  }
  return values
}

/** Give the place of *seat* behind *prefix*. */
function beyond(prefix: Sorted, rest: readonly Term[], order: Order, seat: Seat): Sorted {
  const values = rest
    .slice(0, -1)
    .map(({ field }) => seat.values[order.findIndex(term => term.field === field)] ?? null)
  return joined(prefix, bytesOfSeat(rest, values, seat.stamp, seat.id))
}

function stretch(prefix: Sorted, term: Term | undefined, bounds: [Bound, Bound] | null): [Sorted, Sorted | null] {
  if (bounds === null || term === undefined) return [prefix, prefix.length === 0 ? null : successor(prefix)]
  const [from, to] = term.isDescending ? [bounds[1], bounds[0]] : bounds
  const place = ({ bytes }: Bound) => joined(prefix, turned(bytes, term.isDescending))
  const lower = from.isInside ? place(from) : successor(place(from))
  return [lower ?? place(from), to.isInside ? successor(place(to)) : place(to)]
}

/** Give the bounds that *conditions* set to a field, within one type; null when they set none. */
function boundsOf(term: Term | undefined, conditions: readonly Condition[]): [Bound, Bound] | null {
  const own = conditions.filter(({ field, op }) => field === term?.field && LIMITS.includes(op))
  const prefix = own.find(({ op }) => op === 'prefix')
  if (prefix !== undefined) return within(textBytes(String(prefix.value)))
  const [first] = own
  if (first === undefined) return null
  const write = (value: Scalar) => (term?.field === TIME ? numberBytes(Number(value)) : bytesOf(value))
  let [low, high] = term?.field === TIME ? within(new Uint8Array()) : typeBounds(first.value as Scalar)
  for (const { op, value } of own) {
    // What two conditions of one kind, or of two types, say together is asked of every row.
    if (typeof value !== typeof first.value) continue
    const bound = { bytes: write(value as Scalar), isInside: op === 'gte' || op === 'lte' }
    if (op === 'gt' || op === 'gte') low = bound
    else high = bound
  }
  return [low, high]
}

/** The operators that bound a field. */
export const LIMITS: readonly Op[] = ['gt', 'gte', 'lt', 'lte', 'prefix']

function within(bytes: Uint8Array): [Bound, Bound] {
  const bound = { bytes, isInside: true }
  return [bound, bound]
}

function typeBounds(value: Scalar): [Bound, Bound] {
  if (typeof value === 'boolean') return [inside(1), inside(2)]
  return within(new Uint8Array([typeof value === 'number' ? 3 : 4]))
}

function inside(type: number): Bound {
  return { bytes: new Uint8Array([type]), isInside: true }
}

function partWanted({ arrays }: Definition, { words }: Plan, conditions: readonly Condition[]): Access['part'] {
  const has = conditions.find(({ field, op }) => op === 'has' && arrays.includes(field))
  if (has !== undefined) return { field: has.field, from: partOf(has.value), isBeginning: false }
  const word = words.find(({ isBeginning }) => !isBeginning) ?? words[0]
  return word === undefined ? null : { field: WORDS, from: word.text, isBeginning: word.isBeginning }
}

function areSame(one: readonly Term[], other: readonly Term[]): boolean {
  return `${namesOf(one)}` === `${namesOf(other)}`
}

function reversed({ field, isDescending }: Term): Term {
  return { field, isDescending: !isDescending }
}
