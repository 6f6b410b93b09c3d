/** Which live queries a change concerns: those that ask for an equality are found by it. Pure. */

import type { RecordId } from '../core/record.ts'
import type { Scalar } from '../documents/value.ts'
import { type Facts, handleOf } from './facts.ts'
import type { Standing } from './standing.ts'
import type { Doc } from './types.ts'

/** The standing queries of one collection. */
export class Switchboard<T> {
  /** Those without an equality. */
  readonly #others = new Set<Standing<T>>()
  /** Those with one, by its field and value. */
  readonly #equal = new Map<string, Map<Scalar, Set<Standing<T>>>>()
  /** In whose windows a document stands. */
  readonly #holders = new Map<RecordId, Set<Standing<T>>>();

  *[Symbol.iterator](): Iterator<Standing<T>> {
    yield* this.#others
    for (const values of this.#equal.values()) for (const queries of values.values()) yield* queries
  }

  /** Take in a query, whose window is filled. */
  add(query: Standing<T>): void {
    this.#home(query).add(query)
    this.hold(query)
  }

  /** Let go of a query. */
  remove(query: Standing<T>): void {
    this.letGo(query)
    const home = this.#home(query)
    home.delete(query)
    if (query.equality === null || home.size > 0) return
    const [field, value] = query.equality
    this.#equal.get(field)?.delete(value)
    if (this.#equal.get(field)?.size === 0) this.#equal.delete(field)
  }

  /** Note what stands in a window that was filled. */
  hold(query: Standing<T>): void {
    for (const id of query.window.ids) this.#holdersOf(id).add(query)
  }

  /** Forget what stands in a window, before it is cleared. */
  letGo(query: Standing<T>): void {
    for (const id of query.window.ids) this.#drop(id, query)
  }

  /** Take out a document that is seen no more; give the queries that thereby changed. */
  takeGone(id: RecordId): Iterable<Standing<T>> {
    const holders = this.#holders.get(id) ?? new Set()
    this.#holders.delete(id)
    for (const query of holders) query.window.remove(id)
    return holders
  }

  /** Give the queries in whose windows a document will stand that is seen now. */
  takers(facts: Facts): Standing<T>[] {
    const found = [...this.#others].filter(query => query.takes(facts))
    for (const [field, values] of this.#equal) {
      const value = handleOf(facts.value(field))
      const queries = value === undefined ? undefined : values.get(value)
      for (const query of queries ?? []) if (query.takes(facts)) found.push(query)
    }
    return found
  }

  /** Put in a document where it is taken. */
  takeCame(takers: Iterable<Standing<T>>, facts: Facts, doc: Doc<T>): void {
    for (const query of takers) {
      const fallen = query.take(facts, doc)
      this.#holdersOf(facts.record.id).add(query)
      if (fallen !== null) this.#drop(fallen, query)
    }
  }

  #holdersOf(id: RecordId): Set<Standing<T>> {
    const holders = this.#holders.get(id) ?? new Set()
    this.#holders.set(id, holders)
    return holders
  }

  #drop(id: RecordId, query: Standing<T>): void {
    this.#holders.get(id)?.delete(query)
    if (this.#holders.get(id)?.size === 0) this.#holders.delete(id)
  }

  #home({ equality }: Standing<T>): Set<Standing<T>> {
    if (equality === null) return this.#others
    const [field, value] = equality
    const values = this.#equal.get(field) ?? new Map<Scalar, Set<Standing<T>>>()
    this.#equal.set(field, values)
    const handle = handleOf(value) ?? null
    const home = values.get(handle) ?? new Set()
    values.set(handle, home)
    return home
  }
}
