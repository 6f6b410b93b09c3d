/** What the store could not take: one record of it is tried again until it does, and sync then brings the others. */

import { after, type Moment, type Monotonic } from '../core/clock.ts'
import { ROUND_BACKOFF_MAX_SECONDS, SAVE_RETRY_SECONDS } from '../core/limits.ts'
import type { Arrival } from './arrivals.ts'
import type { Request } from './effects.ts'
import { Bite, type Budget } from './health.ts'

/**
 * A store that fails, as a disk does that is full, and the record that finds out when it works again.
 *
 * Records of our own user are none of its business: who brought them was told, and may bring them again.
 */
export class Delayed {
  /** When to try again. */
  deadline: Monotonic | null = null
  #arrival: Arrival | null = null
  #isFailing = false
  #caughtUp = Number.NEGATIVE_INFINITY
  readonly #bite = new Bite()

  /** Whether a record waits to be saved; bites while the store refuses. */
  get budget(): Budget {
    return this.#bite.budget('store', this.#arrival === null ? 0 : 1, 0)
  }

  /** Note that *arrivals*, which are verified, could not be saved. */
  failed(arrivals: readonly Arrival[], now: Moment): void {
    this.#bite.bite(now.unix)
    // There may be room for a small record and none for the rest.
    const [largest] = arrivals
      .filter(({ peer }) => peer !== null)
      .sort((one, two) => two.record.wire.length - one.record.wire.length)
    if (largest === undefined) return
    this.#isFailing = true
    if (this.#arrival !== null) return
    this.#arrival = { ...largest, round: 0, isTrusted: true, isOwed: false }
    this.deadline = after(now.monotonic, SAVE_RETRY_SECONDS)
  }

  /**
   * Note that the store took something; when it failed before, ask all for what is missing.
   *
   * One that fails again and again shall not make others send it everything each time.
   */
  saved({ monotonic }: Moment): Request[] {
    const isOver = this.#isFailing && monotonic >= this.#caughtUp + ROUND_BACKOFF_MAX_SECONDS
    this.#bite.ease()
    this.#isFailing = false
    this.#arrival = this.deadline = null
    if (!isOver) return []
    this.#caughtUp = monotonic
    return [{ type: 'CatchUp' }]
  }

  /** Take out the record that is to be tried again, when it is time. */
  due(now: Moment): Arrival[] {
    if (this.#arrival === null || now.monotonic < (this.deadline ?? 0)) return []
    const arrival = this.#arrival
    this.#arrival = this.deadline = null
    return [arrival]
  }
}
