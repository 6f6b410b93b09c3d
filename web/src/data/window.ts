/** The window of a live query: the first documents that match, kept up to date by what changes. Pure. */

import type { RecordId } from '../core/record.ts'
import { compare, type Order, type Seat } from '../documents/order.ts'
import type { Place } from './difference.ts'

/** A document and where it stands. */
export interface Entry<T> {
  readonly seat: Seat
  readonly place: Place<T>
}

/**
 * The first *size* documents in an order, of all that match.
 *
 * It knows whether there is more behind its end. When something leaves a full window, what follows is not known: it
 * `lacks` so many, and whoever holds it finds them after `last`, and fills them in, before anything else happens.
 */
export class Window<T> {
  size: number
  /** Another one whenever something changed. */
  version = 0
  readonly #order: Order
  #entries: Entry<T>[] = []
  readonly #ids = new Map<RecordId, Entry<T>>()
  /** Nothing that matches stands behind the end. */
  #hasAll = false

  constructor(order: Order, size: number) {
    this.#order = order
    this.size = size
  }

  /** Say whether a document stands in it. */
  has(id: RecordId): boolean {
    return this.#ids.has(id)
  }

  /** What stands in it, in order. */
  get places(): Place<T>[] {
    return this.#entries.map(({ place }) => place)
  }

  /** The ids of what stands in it. */
  get ids(): Iterable<RecordId> {
    return this.#ids.keys()
  }

  /** Where its end is; null: nothing stands in it. */
  get last(): Seat | null {
    return this.#entries.at(-1)?.seat ?? null
  }

  /** How many are to be found behind its end. */
  get lacks(): number {
    return this.#hasAll ? 0 : Math.max(this.size - this.#entries.length, 0)
  }

  /** Put in what stands behind the end: all there is, unless it is as many as were *asked* for. */
  fill(entries: readonly Entry<T>[], asked: number): void {
    for (const entry of entries) this.#insert(this.#entries.length, entry)
    this.#hasAll = entries.length < asked
  }

  /** Take out a document; say whether it was there. */
  remove(id: RecordId): boolean {
    const entry = this.#ids.get(id)
    if (entry === undefined) return false
    this.#ids.delete(id)
    this.#entries.splice(this.#placeOf(entry.seat), 1)
    this.version += 1
    return true
  }

  /** Say whether what stands at *seat* would stand in it; where it would stand behind the end, there is more. */
  takes(seat: Seat): boolean {
    if (this.#ids.has(seat.id)) return false
    const { last } = this
    const isInside = last !== null && compare(this.#order, seat, last) < 0
    if (isInside || (this.#hasAll && this.#entries.length < this.size)) return true
    this.#hasAll = false
    return false
  }

  /** Put in a document that matches, if it stands in the window; give what thereby fell out. */
  add({ seat, place }: Entry<T>): RecordId | null {
    if (!this.takes(seat)) return null
    const count = this.#entries.length
    this.#insert(this.#placeOf(seat), { seat, place })
    if (count < this.size) return null
    this.#hasAll = false
    const fallen = this.#entries.pop()?.seat.id ?? null
    if (fallen !== null) this.#ids.delete(fallen)
    return fallen
  }

  /** Take out everything; all of it is to be found again. */
  clear(): void {
    this.#entries = []
    this.#ids.clear()
    this.#hasAll = false
    this.version += 1
  }

  #insert(at: number, entry: Entry<T>): void {
    this.#entries.splice(at, 0, entry)
    this.#ids.set(entry.seat.id, entry)
    this.version += 1
  }

  /** Give where *seat* stands, or would. */
  #placeOf(seat: Seat): number {
    let [low, high] = [0, this.#entries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#entries[middle]?.seat ?? seat
      if (compare(this.#order, other, seat) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
