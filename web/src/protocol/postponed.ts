/** Records dated too far ahead to be members yet: verified, kept in memory until due, not passed on. */

import { after, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import {
  FUTURE_SECONDS_MAX,
  POSTPONED_BYTES_MAX,
  POSTPONED_BYTES_PER_PEER_MAX,
  POSTPONED_RECORDS_MAX,
  POSTPONED_RECORDS_PER_PEER_MAX,
} from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import { type Arrival, asReleased } from './arrivals.ts'
import { Bite, type Budget } from './health.ts'

/** Why what finds no room is refused to our own user. */
export const NO_ROOM = 'the record is dated ahead of our clock, and too many of these wait already'

/**
 * What waits until due by our wall clock, even when that is set; bounded in number and bytes.
 *
 * What does not fit is forgotten, and not even verified: it is offered again when it is due.
 */
export class Postponed {
  /** Ascending by time, then id; so few that a heap would save nothing. */
  readonly #waiting: Arrival[] = []
  /** What the clocks said when we last looked. */
  #looked: Moment | null = null
  readonly #ids = new Set<RecordId>()
  /** By peer, and by null for all: records and their bytes. */
  readonly #held = new Map<Arrival['peer'], { count: number; bytes: number }>()

  readonly #bite = new Bite()

  /** How many wait; bites when one more found no room, until some of them are due. */
  get budget(): Budget {
    return this.#bite.budget('postponed', this.#waiting.length, POSTPONED_RECORDS_MAX)
  }

  /** When the next record is due, unless our wall clock is set meanwhile. */
  get deadline(): Monotonic | null {
    const [next] = this.#waiting
    if (next === undefined || this.#looked === null) return null
    return after(this.#looked.monotonic, Math.max(next.record.createdAt - FUTURE_SECONDS_MAX - this.#looked.unix, 0))
  }

  /** Say whether this record waits here. */
  holds(id: RecordId): boolean {
    return this.#ids.has(id)
  }

  /** Say whether there is room for *arrival*; where there is none, that is noted as of *at*. */
  fits(arrival: Arrival, at: UnixTime): boolean {
    const fits = this.#hasRoom(arrival)
    if (!fits) this.#bite.bite(at)
    return fits
  }

  #hasRoom({ record, peer }: Arrival): boolean {
    const size = record.wire.length
    const [all, own] = [this.#of(null), this.#of(peer)]
    if (all.count >= POSTPONED_RECORDS_MAX || all.bytes + size > POSTPONED_BYTES_MAX) return false
    if (peer === null) return true
    return own.count < POSTPONED_RECORDS_PER_PEER_MAX && own.bytes + size <= POSTPONED_BYTES_PER_PEER_MAX
  }

  /** Keep *arrival* until it is no more than `FUTURE_SECONDS_MAX` ahead; false when there is no room for it. */
  add(arrival: Arrival, now: Moment): boolean {
    const { id, createdAt } = arrival.record
    if (this.#ids.has(id) || !this.fits(arrival, now.unix)) return false
    this.#looked = now
    const place = this.#waiting.findIndex(
      ({ record }) => createdAt < record.createdAt || (createdAt === record.createdAt && id < record.id),
    )
    this.#ids.add(id)
    this.#account(arrival, 1)
    this.#waiting.splice(place === -1 ? this.#waiting.length : place, 0, arrival)
    return true
  }

  /** Take out what is due. */
  due(now: Moment): Arrival[] {
    this.#looked = now
    const following = this.#waiting.findIndex(({ record }) => record.createdAt - FUTURE_SECONDS_MAX > now.unix)
    const released = this.#waiting.splice(0, following === -1 ? this.#waiting.length : following)
    for (const arrival of released) {
      this.#ids.delete(arrival.record.id)
      this.#account(arrival, -1)
    }
    if (released.length > 0) this.#bite.ease()
    return released.map(asReleased)
  }

  #account({ record, peer }: Arrival, sign: 1 | -1): void {
    for (const owner of new Set([null, peer])) {
      const { count, bytes } = this.#of(owner)
      const after = { count: count + sign, bytes: bytes + sign * record.wire.length }
      if (after.count > 0) this.#held.set(owner, after)
      else this.#held.delete(owner)
    }
  }

  #of(owner: Arrival['peer']): { count: number; bytes: number } {
    return this.#held.get(owner) ?? { count: 0, bytes: 0 }
  }
}
