/** Queries over documents in a page: what an index gives is asked every condition once more. */

import { compare, inOrder, type Seat } from '../documents/order.ts'
import type { Plan } from '../documents/plan.ts'
import { matches } from '../documents/where.ts'
import { hasWords, wordsOf } from '../documents/words.ts'
import { fieldOfDoc, type Stored, scalarOfDoc } from './doc.ts'

/** Say where a document stands in the order of *plan*. */
export function seatOf({ order }: Plan, doc: Stored): Seat {
  return { values: order.slice(0, -1).map(({ field }) => scalarOfDoc(doc, field)), stamp: doc.stamp, id: doc.id }
}

/** Give those of *docs* that match, wherever they stand; *text* are the fields whose words are found. */
export function matching<Each extends Stored>(docs: readonly Each[], plan: Plan, text: readonly string[]): Each[] {
  return docs.filter(doc => {
    if (plan.words.length > 0 && !hasWords(plan.words, wordsOf(doc.value, text))) return false
    return matches(plan.where, field => fieldOfDoc(doc, field))
  })
}

/** Give those of *docs* that come after the seat of *plan*. */
export function following<Each extends Stored>(docs: readonly Each[], plan: Plan): Each[] {
  const { after, order } = plan
  return after === null ? [...docs] : docs.filter(doc => compare(order, seatOf(plan, doc), after) > 0)
}

/** Give the page of *docs*, all that match, that *plan* asks for. */
export function page<Each extends Stored>(docs: readonly Each[], plan: Plan): Each[] {
  const seated = following(docs, plan).map(doc => [seatOf(plan, doc), doc] as const)
  return inOrder(plan.order, seated).slice(0, plan.limit)
}
