/**
 * Who has a place beside us (docs/protocol.md, "Places").
 *
 * Trystero finds and dials peers in a page, and tells no addresses, so here it is only chosen who stays when all places
 * are taken.
 */

import type { Monotonic } from '../core/clock.ts'
import {
  CHANNELS_MAX,
  EVICTION_INTERVAL_SECONDS,
  GRACE_SECONDS,
  USEFUL_HALF_LIFE_SECONDS,
  USEFUL_RECORDS_MAX,
} from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import { choose, type Standing, USEFUL_SCORE_MIN } from './eviction.ts'

/** Gives the round-trip time of a neighbour; null when it was not measured yet. */
export type Lags = (peer: PeerId) => number | null

/** Counts records that fade by half in `USEFUL_HALF_LIFE_SECONDS`. */
class Tally {
  #count = 0
  #countedAt = 0

  add(now: Monotonic, most = Number.POSITIVE_INFINITY): void {
    this.#count = Math.min(most, this.at(now) + 1)
    this.#countedAt = now
  }

  /** Give what is left of them. */
  at(now: Monotonic): number {
    return this.#count * fade(now - this.#countedAt)
  }
}

interface Place {
  readonly since: Monotonic
  /** How many records had come, faded, when it was taken. */
  readonly cameBefore: number
  readonly score: Tally
  /** It is another's; its channel is about to close. */
  isLeft: boolean
}

/** The places of one room. */
export class Mesh {
  readonly #places: number
  readonly #taken = new Map<PeerId, Place>()
  /** The records that any neighbour brought. */
  readonly #came = new Tally()
  #evictedAt = Number.NEGATIVE_INFINITY

  constructor(places = CHANNELS_MAX) {
    this.#places = places
  }

  /** Take in *peer*, which has proven its key; give who has to go for it, which may be *peer* itself. */
  prove(peer: PeerId, lags: Lags, now: Monotonic): PeerId | null {
    this.#taken.set(peer, { since: now, cameBefore: this.#came.at(now), score: new Tally(), isLeft: false })
    const standings = this.#standings(lags, now)
    if (standings.length <= this.#places) return null
    const isEarly = now < this.#evictedAt + EVICTION_INTERVAL_SECONDS
    const worst = isEarly ? null : choose(standings)
    if (worst !== null) this.#evictedAt = now
    const goes = worst ?? peer
    const place = this.#taken.get(goes)
    if (place !== undefined) place.isLeft = true
    return goes
  }

  /** Free the place of *peer*. */
  close(peer: PeerId): void {
    this.#taken.delete(peer)
  }

  /** Note that a record, found valid, came first from *peer*. */
  gained(peer: PeerId, now: Monotonic): void {
    this.#came.add(now)
    this.#taken.get(peer)?.score.add(now, USEFUL_RECORDS_MAX)
  }

  /** Say whether *peer* was good for something lately. */
  isUseful(peer: PeerId, now: Monotonic): boolean {
    return (this.#taken.get(peer)?.score.at(now) ?? 0) > USEFUL_SCORE_MIN
  }

  #standings(lags: Lags, now: Monotonic): Standing[] {
    const kept = [...this.#taken].filter(([, { isLeft }]) => !isLeft)
    return kept.map(([peer, { since, cameBefore, score }]) => ({
      peer,
      network: '',
      since,
      score: score.at(now),
      chances: Math.min(USEFUL_RECORDS_MAX, Math.max(0, this.#came.at(now) - cameBefore * fade(now - since))),
      lagSeconds: lags(peer),
      isOurs: false,
      isAcquainted: false,
      isSafe: now < since + GRACE_SECONDS,
    }))
  }
}

/** Give what is left of 1 after *seconds*. */
function fade(seconds: number): number {
  return 0.5 ** (Math.max(0, seconds) / USEFUL_HALF_LIFE_SECONDS)
}
