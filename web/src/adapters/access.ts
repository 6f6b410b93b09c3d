/** How a page's store finds what a query wants: which index it reads, from where to where, and which way. */

import type { Definition } from '../documents/definition.ts'
import { namesOf, type Order, type Seat, type Term, TIME } from '../documents/order.ts'
import type { Plan } from '../documents/plan.ts'
import { isScalar, type Scalar } from '../documents/value.ts'
import type { Condition, Op } from '../documents/where.ts'
import { BY_TIME, partOf, SEEN, WORDS } from './doc.ts'
import {
  docKeys,
  type Keys,
  only,
  partKey,
  partKeys,
  type Sorted,
  sorted,
  sortedNumber,
  sortedSeat,
  sortedText,
  successor,
  turned,
} from './sorted.ts'

/** A stretch of the keys of one name. */
export interface Access {
  /** That name: `t`, `i0` to `i15`, or none where it is a part. */
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
  /** What lies there is all that the query wants, and nothing else. */
  readonly isExact: boolean
  /** What an element or a word begins with, and of which field. */
  readonly part: Part | null
}

/** What documents are filed under. */
export interface Part {
  readonly field: string
  readonly from: string
  readonly isBeginning: boolean
  /** Up to this, of cells of the globe. */
  readonly to?: string
}

/** Give the keys of a collection that *access* reads. */
export function keysOf(collection: string, { index, lower, upper, part }: Access): Keys {
  if (part === null) return docKeys(index, collection, lower, upper)
  const { field, from, isBeginning, to } = part
  return isBeginning ? partKeys(collection, field, from, to) : only(partKey(collection, field, from))
}

/** Choose what to read for *plan*. */
export function choose(definition: Definition, plan: Plan): Access {
  const conditions = plan.where.filter((part): part is Condition => 'op' in part)
  const named = definition.indexes.map((terms, at) => weigh(`i${at}`, terms, plan, conditions))
  const [best] = [weigh(SEEN, BY_TIME, plan, conditions), ...named].sort((one, other) => other.weight - one.weight)
  const part = best !== undefined && best.equalities > 0 ? null : partWanted(definition, plan, conditions)
  if (part !== null || best === undefined) {
    const nothing = { lower: '', upper: null, isBackward: false, isOrdered: false, isExact: false }
    return { index: '', terms: null, ...nothing, part }
  }
  return best.access
}

interface Weighed {
  readonly access: Access
  readonly weight: number
  readonly equalities: number
}

/** A bound, written so that it sorts upwards: what begins so, and whether that is inside. */
interface Bound {
  readonly text: Sorted
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
  const prefix = equal.map((value, at) => turned(sorted(value), terms[at]?.isDescending === true)).join('')
  const bounds = boundsOf(rest, conditions)
  const [first, end] = stretch(prefix, rest[0], bounds)
  const after = isOrdered && plan.after !== null ? beyond(prefix, rest, plan.order, plan.after) : null
  const lower = after !== null && isForward ? (successor(after) ?? after) : first
  const upper = after !== null && isBackward ? after : end
  const weight = equal.length * 4 + (bounds === null ? 0 : 2) + (isOrdered ? 3 : 0)
  const isExact = isAll(plan, equal, rest[0])
  const access = { index, terms, lower, upper, isBackward, isOrdered, isExact, part: null }
  return { access, weight, equalities: equal.length }
}

/** Say whether *plan* asks for nothing but these equalities, and at most one bound on either side of the next field. */
function isAll({ where, words }: Plan, equal: readonly Scalar[], term: Term | undefined): boolean {
  const limits = where.filter(
    (part): part is Condition => 'op' in part && part.field === term?.field && LIMITS.includes(part.op),
  )
  const ops = limits.map(({ op }) => op[0]).sort()
  const isOnce = ops.length < 2 || (ops.join('') === 'gl' && typeof limits[0]?.value === typeof limits[1]?.value)
  // Where there is nothing lies also what is no scalar.
  return isOnce && where.length === equal.length + limits.length && !equal.includes(null) && words.length === 0
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
  return prefix + sortedSeat(rest, values, seat.stamp, seat.id)
}

function stretch(prefix: Sorted, term: Term | undefined, bounds: [Bound, Bound] | null): [Sorted, Sorted | null] {
  if (bounds === null || term === undefined) return [prefix, prefix.length === 0 ? null : successor(prefix)]
  const [from, to] = term.isDescending ? [bounds[1], bounds[0]] : bounds
  const place = ({ text }: Bound) => prefix + turned(text, term.isDescending)
  const lower = from.isInside ? place(from) : successor(place(from))
  return [lower ?? place(from), to.isInside ? successor(place(to)) : place(to)]
}

/** Give the bounds that *conditions* set to the first of *terms*, within one type; null when they set none. */
function boundsOf([term, next]: readonly Term[], conditions: readonly Condition[]): [Bound, Bound] | null {
  const own = conditions.filter(({ field, op }) => field === term?.field && LIMITS.includes(op))
  const prefix = own.find(({ op }) => op === 'prefix')
  if (prefix !== undefined) return within(sortedText(String(prefix.value)))
  const [first] = own
  if (first === undefined) return null
  // At the end of an index stands a time, and no scalar.
  const isTime = term?.field === TIME && next === undefined
  let [low, high] = isTime ? within('') : typeBounds(first.value as Scalar)
  for (const { op, value } of own) {
    // What two conditions of one kind, or of two types, say together is asked of every row.
    if (typeof value !== typeof first.value) continue
    const text = isTime ? sortedNumber(Number(value)) : sorted(value as Scalar)
    const bound = { text, isInside: op === 'gte' || op === 'lte' }
    if (op === 'gt' || op === 'gte') low = bound
    else high = bound
  }
  return [low, high]
}

/** The operators that bound a field. */
export const LIMITS: readonly Op[] = ['gt', 'gte', 'lt', 'lte', 'prefix']

function within(text: Sorted): [Bound, Bound] {
  const bound = { text, isInside: true }
  return [bound, bound]
}

function typeBounds(value: Scalar): [Bound, Bound] {
  if (typeof value !== 'boolean') return within(typeof value === 'number' ? '\x03' : '\x04')
  return [
    { text: sorted(false), isInside: true },
    { text: sorted(true), isInside: true },
  ]
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
