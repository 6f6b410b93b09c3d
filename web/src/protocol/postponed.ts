/** Records dated too far ahead to be members yet: verified, kept in memory until due, not passed on. */

import { after, type Moment, type Monotonic } from '../core/clock.ts'
import { FUTURE_SECONDS_MAX, POSTPONED_RECORDS_MAX } from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import { type Arrival, asReleased } from './arrivals.ts'

interface Waiting {
  readonly due: Monotonic
  readonly arrival: Arrival
}

/** At most `POSTPONED_RECORDS_MAX` records; what comes when it is full is forgotten, and will be offered again. */
export class Postponed {
  /** Ascending by time, then id; so few that a heap would save nothing. */
  readonly #waiting: Waiting[] = []
  readonly #ids = new Set<RecordId>()

  /** When the next record is due. */
  get deadline(): Monotonic | null {
    return this.#waiting[0]?.due ?? null
  }

  /** Say whether this record waits here. */
  holds(id: RecordId): boolean {
    return this.#ids.has(id)
  }

  /** Keep *arrival* until it is no more than `FUTURE_SECONDS_MAX` ahead. */
  add(arrival: Arrival, now: Moment): void {
    const { id, createdAt } = arrival.record
    if (this.#ids.has(id) || this.#waiting.length >= POSTPONED_RECORDS_MAX) return
    const due = after(now.monotonic, Math.max(createdAt - FUTURE_SECONDS_MAX - now.unix, 0))
    const place = this.#waiting.findIndex(
      other => due < other.due || (due === other.due && id < other.arrival.record.id),
    )
    this.#ids.add(id)
    this.#waiting.splice(place === -1 ? this.#waiting.length : place, 0, { due, arrival: asReleased(arrival) })
  }

  /** Take out what is due. */
  due(now: Moment): Arrival[] {
    const following = this.#waiting.findIndex(waiting => waiting.due > now.monotonic)
    const released = this.#waiting.splice(0, following === -1 ? this.#waiting.length : following)
    for (const { arrival } of released) this.#ids.delete(arrival.record.id)
    return released.map(waiting => waiting.arrival)
  }
}
