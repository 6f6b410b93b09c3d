/**
 * What one neighbour may push to us: a window of bytes, renewed as what came is dealt with.
 *
 * A record counts no less than `LIVE_RECORD_BYTES_MIN`, so that one number grants both bytes and records. After a burst
 * no more than `LIVE_BYTES_PER_SECOND` is renewed. What was refused comes back slowly: other rules are no fault, and
 * cost us no more than this (docs/protocol.md, "Live credit").
 */

import { Allowance } from '../core/allowance.ts'
import { after, earliest, type Moment, type Monotonic } from '../core/clock.ts'
import {
  ANNOUNCEMENTS_MAX,
  LIVE_BURST_SECONDS,
  LIVE_BYTES_PER_SECOND,
  LIVE_ID_BYTES,
  LIVE_RECORD_BYTES_MIN,
  LIVE_WINDOW_BYTES,
  REFUSED_CREDIT_SECONDS,
} from '../core/limits.ts'

/** Credit is given when so much of it is due. */
export const QUARTER = LIVE_WINDOW_BYTES / 4
/** Ids may go further than records, so that what cannot be pushed can be told. */
export const IDS_WINDOW_BYTES = LIVE_WINDOW_BYTES + ANNOUNCEMENTS_MAX * LIVE_ID_BYTES

/** What came from one neighbour outside rounds, in bytes as they are counted, and how much of it was credited. */
export class Inlet {
  #taken = 0
  #dealt = 0
  #withheld = 0
  #credited = 0
  #releaseDue: Monotonic | null = null
  /** How much may be renewed at once; below zero, so much is renewed later. */
  readonly #allowance = new Allowance(LIVE_BYTES_PER_SECOND, LIVE_BURST_SECONDS * LIVE_BYTES_PER_SECOND)
  #slowDue: Monotonic | null = null

  /** Some of the credit is not given back yet, for what came was refused. */
  get isWithholding(): boolean {
    return this.#withheld > 0
  }

  /** Some of what came is still on its way through intake: the neighbour may be waiting for us. */
  get isDealing(): boolean {
    return this.#taken > this.#dealt
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    return earliest([this.#releaseDue, this.#slowDue])
  }

  /** The neighbour brings more than is renewed at once. */
  get isSlowed(): boolean {
    return this.#slowDue !== null
  }

  /** Count *blobs*; false, and nothing is counted, when they were never granted. */
  takeRecords(blobs: readonly Uint8Array[]): boolean {
    return this.#take(
      blobs.reduce((sum, blob) => sum + costOf(0, blob), 0),
      LIVE_WINDOW_BYTES,
    )
  }

  /** Count so many announced ids, which are dealt with at once; false when they were never granted. */
  takeIds(count: number): boolean {
    return this.#take(count * LIVE_ID_BYTES, IDS_WINDOW_BYTES)
  }

  /**
   * Note that *size* bytes are dealt with, *refused* of them by a refusal; give the credit to tell, if any.
   *
   * Their work takes as long as *toll* bytes more, which are not credited, but make the next credit come later.
   */
  dealt(size: number, refused: number, now: Moment, toll = 0): number | null {
    this.#dealt += size
    this.#allowance.left(now)
    this.#allowance.take(size + toll)
    this.#withheld += refused
    if (this.#withheld > 0) this.#releaseDue ??= after(now.monotonic, REFUSED_CREDIT_SECONDS)
    return this.#credit(now)
  }

  /** Give back a quarter of the window that refused records took, and what came too fast, when that is due. */
  tick(now: Moment): number | null {
    const { deadline } = this
    if (deadline === null || now.monotonic < deadline) return null
    if (this.#releaseDue !== null && now.monotonic >= this.#releaseDue) {
      this.#withheld = Math.max(0, this.#withheld - QUARTER)
      this.#releaseDue = this.#withheld > 0 ? after(now.monotonic, REFUSED_CREDIT_SECONDS) : null
    }
    return this.#credit(now)
  }

  #take(cost: number, window: number): boolean {
    if (this.#taken + cost > this.#credited + window) return false
    this.#taken += cost
    return true
  }

  #credit(now: Moment): number | null {
    const early = Math.max(0, Math.ceil(-this.#allowance.left(now)))
    const due = this.#dealt - this.#withheld - early
    const missing = QUARTER - (due - this.#credited)
    const isDue = missing <= 0
    if (isDue) this.#credited = due
    this.#slowDue = early > 0 ? after(now.monotonic, (isDue ? QUARTER : missing) / LIVE_BYTES_PER_SECOND) : null
    return isDue ? due : null
  }
}

/** Give what *blob* counts in the round *round*, or outside any when that is 0. */
export function costOf(round: number, blob: Uint8Array): number {
  return round === 0 ? Math.max(blob.length, LIVE_RECORD_BYTES_MIN) : blob.length
}
