/** A standing query: conditions, and a window of what it asks. Pure. */

import type { RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import type { Plan } from '../documents/plan.ts'
import type { Place } from './difference.ts'
import { type Equality, equalityOf, type Facts, type Test, testOf } from './facts.ts'
import type { Doc } from './types.ts'
import { type Entry, Window } from './window.ts'

/** What a live query asks, and what of it stands in its window. */
export class Standing<T> {
  readonly definition: Definition
  readonly plan: Plan
  readonly window: Window<T>
  readonly matches: Test
  /** By which it is found. */
  readonly equality: Equality | null

  constructor(definition: Definition, plan: Plan) {
    this.definition = definition
    this.plan = plan
    this.window = new Window<T>(plan.order, plan.limit)
    this.matches = testOf(plan.where, plan.words)
    this.equality = equalityOf(plan.where)
  }

  /** Say whether a document stands in the window, if it is put in. */
  takes(facts: Facts): boolean {
    return this.matches(facts) && this.window.takes(facts.seat(this.plan.order))
  }

  /** Put in a document that it takes; give what thereby fell out. */
  take(facts: Facts, doc: Doc<T>): RecordId | null {
    return this.window.add(this.entry(facts, doc))
  }

  /** Say where a document stands. */
  entry(facts: Facts, doc: Doc<T>): Entry<T> {
    return { seat: facts.seat(this.plan.order), place: placeOf(this.definition, facts, doc) }
  }
}

function placeOf<T>({ isShared }: Definition, { record, row }: Facts, doc: Doc<T>): Place<T> {
  const identity = row.key === null ? record.id : `${isShared ? '' : row.author}/${row.key}`
  return { identity, version: record.id, doc }
}
