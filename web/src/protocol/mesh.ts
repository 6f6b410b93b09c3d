/**
 * Who has a place beside us (docs/protocol.md, "Places").
 *
 * Trystero finds and dials peers in a page, and tells no addresses, so here it is only chosen who stays when all places
 * are taken.
 */

import type { Moment, Monotonic } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import {
  ACQUAINTED_SECONDS,
  CHANNELS_MAX,
  EVICTION_INTERVAL_SECONDS,
  GRACE_SECONDS,
  USEFUL_HALF_LIFE_SECONDS,
  USEFUL_RECORDS_MAX,
  VOUCHED_PER_RECORD,
} from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import { Acquaintances } from './acquaintances.ts'
import { choose, type Standing, USEFUL_SCORE_MIN } from './eviction.ts'
import { Ways } from './ways.ts'

/** Gives the round-trip time of a neighbour; null when it was not measured yet. */
export type Lags = (peer: PeerId) => number | null

/** Counts records that fade by half in `USEFUL_HALF_LIFE_SECONDS`. */
class Tally {
  #count = 0
  #countedAt = 0

  /** Count one more, or a *part* of one, up to *most*. */
  add(now: Monotonic, most = Number.POSITIVE_INFINITY, part = 1): void {
    this.#count = Math.min(most, this.at(now) + part)
    this.#countedAt = now
  }

  /** Give what is left of them. */
  at(now: Monotonic): number {
    return this.#count * fade(now - this.#countedAt)
  }
}

interface Place {
  readonly key: PublicKey
  readonly since: Monotonic
  /** Since when it was never without use, if it is useful now. */
  usefulSince: Monotonic
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
  readonly acquaintances: Acquaintances
  /** Kept here, for what a join loads beside the library is loaded before anybody is met. */
  readonly ways = new Ways()

  constructor(places = CHANNELS_MAX, acquaintances = new Acquaintances()) {
    this.#places = places
    this.acquaintances = acquaintances
  }

  /** Take in *peer*, which has proven *key*; give who has to go for it, which may be *peer* itself. */
  prove(peer: PeerId, key: PublicKey, lags: Lags, now: Monotonic): PeerId | null {
    const cameBefore = this.#came.at(now)
    this.#taken.set(peer, { key, since: now, usefulSince: now, cameBefore, score: new Tally(), isLeft: false })
    const standings = this.#standings(lags, now)
    if (standings.length <= this.#places) return null
    const isAcquainted = this.acquaintances.has(key)
    const isEarly = now < this.#evictedAt + EVICTION_INTERVAL_SECONDS
    let worst = isEarly && !isAcquainted ? null : choose(standings)
    // An acquaintance takes the place of one that is safe, if need be.
    if (isAcquainted) worst ??= choose(standings.map(each => ({ ...each, isSafe: each.peer === peer })))
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

  /** Note that a record, found valid, came first from *peer*; say whether there is a new acquaintance to save. */
  gained(peer: PeerId, { monotonic, unix }: Moment): boolean {
    this.#came.add(monotonic)
    const place = this.#count(peer, monotonic)
    if (place === undefined) return false
    const isLong = monotonic >= place.usefulSince + ACQUAINTED_SECONDS
    return isLong && this.acquaintances.meet(place.key, unix)
  }

  /** Note that *peer* told us of a record, found valid, before we told it. */
  vouched(peer: PeerId, now: Monotonic): void {
    this.#count(peer, now, 1 / VOUCHED_PER_RECORD)
  }

  /** Say whether *peer* was good for something lately. */
  isUseful(peer: PeerId, now: Monotonic): boolean {
    return (this.#taken.get(peer)?.score.at(now) ?? 0) > USEFUL_SCORE_MIN
  }

  #count(peer: PeerId, now: Monotonic, part = 1): Place | undefined {
    const place = this.#taken.get(peer)
    if (place === undefined) return undefined
    if (!this.isUseful(peer, now)) place.usefulSince = now
    place.score.add(now, USEFUL_RECORDS_MAX, part)
    return place
  }

  #standings(lags: Lags, now: Monotonic): Standing[] {
    const kept = [...this.#taken].filter(([, { isLeft }]) => !isLeft)
    return kept.map(([peer, { key, since, cameBefore, score }]) => ({
      peer,
      network: '',
      since,
      score: score.at(now),
      chances: Math.min(USEFUL_RECORDS_MAX, Math.max(0, this.#came.at(now) - cameBefore * fade(now - since))),
      lagSeconds: lags(peer),
      isOurs: false,
      isAcquainted: this.acquaintances.has(key),
      isSafe: now < since + GRACE_SECONDS,
    }))
  }
}

/** Give what is left of 1 after *seconds*. */
function fade(seconds: number): number {
  return 0.5 ** (Math.max(0, seconds) / USEFUL_HALF_LIFE_SECONDS)
}
