/** Queries over documents in a page: what an index gives is asked every condition once more. */

import { compare, inOrder, type Seat } from '../documents/order.ts'
import type { Figure, Plan } from '../documents/plan.ts'
import { sumOf } from '../documents/sums.ts'
import { compareRanks, NOTHING, rank, type Scalar } from '../documents/value.ts'
import { matches } from '../documents/where.ts'
import { hasWords, wordsOf } from '../documents/words.ts'
import { type Doc, fieldOfDoc, scalarOfDoc } from './doc.ts'

/** Say where a document stands in the order of *plan*. */
export function seatOf({ order }: Plan, doc: Doc): Seat {
  return { values: order.slice(0, -1).map(({ field }) => scalarOfDoc(doc, field)), stamp: doc.stamp, id: doc.id }
}

/** Give those of *docs* that match, wherever they stand; *text* are the fields whose words are found. */
export function matching<Each extends Doc>(docs: readonly Each[], plan: Plan, text: readonly string[]): Each[] {
  return docs.filter(doc => {
    if (plan.words.length > 0 && !hasWords(plan.words, wordsOf(doc.value, text))) return false
    return matches(plan.where, field => fieldOfDoc(doc, field))
  })
}

/** Give those of *docs* that come after the seat of *plan*. */
export function following<Each extends Doc>(docs: readonly Each[], plan: Plan): Each[] {
  const { after, order } = plan
  return after === null ? [...docs] : docs.filter(doc => compare(order, seatOf(plan, doc), after) > 0)
}

/** Give the page of *docs*, all that match, that *plan* asks for. */
export function page<Each extends Doc>(docs: readonly Each[], plan: Plan): Each[] {
  const seated = following(docs, plan).map(doc => [seatOf(plan, doc), doc] as const)
  return inOrder(plan.order, seated).slice(0, plan.limit)
}

/** Compute *figures*, over all or for each value of *by*. */
export function aggregated(
  docs: readonly Doc[],
  figures: readonly Figure[],
  by: string | null,
): { readonly [name: string]: Scalar }[] {
  const groups = new Map<string, [value: Scalar, docs: Doc[]]>(by === null ? [['', [null, []]]] : [])
  for (const doc of docs) {
    const value = by === null ? null : scalarOfDoc(doc, by)
    const name = by === null ? '' : JSON.stringify([value])
    const group = groups.get(name) ?? [value, []]
    groups.set(name, group)
    group[1].push(doc)
  }
  const rows = [...groups.values()].sort(([one], [other]) => compareRanks(rank(one), rank(other)))
  return rows.map(([value, inside]) => {
    const found = figures.map(figure => [figure.name, figureOf(figure, inside)])
    return Object.fromEntries([...(by === null ? [] : [[by, value]]), ...found])
  })
}

function figureOf({ function: name, field }: Figure, docs: readonly Doc[]): Scalar {
  if (field === null) return docs.length
  const values = docs.map(doc => scalarOfDoc(doc, field)).filter(value => rank(value) !== NOTHING)
  // A boolean counts as 0 or 1.
  const numbers = values.filter(value => typeof value !== 'string').map(Number)
  if (name === 'sum' || name === 'mean') {
    const sum = numbers.length === 0 ? null : sumOf(numbers)
    return sum === null || name === 'sum' ? sum : sum / numbers.length
  }
  const sorted = values.sort((one, other) => compareRanks(rank(one), rank(other)))
  return (name === 'min' ? sorted[0] : sorted.at(-1)) ?? null
}
