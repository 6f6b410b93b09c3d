/** When rounds of sync with one peer are due, and how often the peer may open them. */

import { after, earliest, MINUTE_SECONDS, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import {
  ROOT_INTERVAL_SECONDS,
  ROOT_QUIET_SECONDS,
  ROUND_BACKOFF_MAX_SECONDS,
  ROUND_BURST_MAX,
  ROUND_INTERVAL_SECONDS,
  ROUND_SETTLE_SECONDS,
  ROUNDS_AT_ONCE_MAX,
  UPTO_LAG_SECONDS,
} from '../core/limits.ts'
import type { Rng } from '../core/rng.ts'

/** A record is compared in every round that begins so long after it was written. */
export const COMPARED_AFTER_SECONDS = UPTO_LAG_SECONDS + MINUTE_SECONDS

/** How a round ended. */
export interface Outcome {
  readonly isEqual: boolean
  /** It ended equal by the digests, not by what we know of the peer. */
  readonly isSame: boolean
  /** Records of the peer that were new here. */
  readonly gained: number
  /** Records that the peer was sent; it may have refused them all. */
  readonly given: number
  /** How many the peer said to have when the round began. */
  readonly otherCount: number
  /** Ranges were left for the next round. */
  readonly isCut: boolean
  /** Records with a created_at below this were compared. */
  readonly upto: UnixTime
}

/** Settled peers compare what is new once it has aged; progress is followed up at once; fruitless rounds back off. */
export class Pace {
  /** When to open a round (the initiator) or to invite one (the other). */
  due: Monotonic | null = null
  /** The next round compares the youngest records too. */
  isFull = true
  /** The last round brought nothing, and left the sets apart: a sketch may not show why. */
  isByDays = false
  readonly #isInitiator: boolean
  readonly #rng: Rng
  #opened = 0 as Monotonic
  #fruitless = 0
  #atOnce = 0
  /** How many records the peer had before the last round that ended unequal. */
  #otherCount = -1
  #allowance: number = ROUND_BURST_MAX
  #refilled = 0 as Monotonic
  /** The last round ended unequal. */
  #isApart = false
  /** A set changed since then. */
  #hasMoved = false
  /** When the newest was written, 0 for none, of what is here since the last round that compared it and ended equal. */
  #newest = 0 as UnixTime
  /** The same of what came before the round that is open: only that can it have compared. */
  #underWay = 0 as UnixTime

  constructor({ isInitiator, rng }: { readonly isInitiator: boolean; readonly rng: Rng }) {
    this.#isInitiator = isInitiator
    this.#rng = rng
  }

  /** Note that our set grew by records that nobody announces: compare soon, with the youngest too. */
  poke(now: Moment, interval = ROUND_INTERVAL_SECONDS): void {
    const due = Math.max(now.monotonic, this.#opened + interval) as Monotonic
    this.due = this.due === null || due < this.due ? due : this.due
    this.isFull = true
  }

  /** Note that somebody waits to know how the sets stand: compare as soon as may be, with the youngest too. */
  ask(now: Moment): void {
    this.poke(now, ROUND_SETTLE_SECONDS)
  }

  /** Note that our set grew by records, the *newest* of this time, which the peer may have missed. */
  added(now: Moment, newest: UnixTime): void {
    this.#newest = Math.max(this.#newest, newest) as UnixTime
    if (!this.#isApart) this.#plan(now)
  }

  /** Note that a set changed: what makes a round end unequal, or made the last one, may be what came in. */
  moved(now: Moment): void {
    this.#hasMoved = true
    const due = Math.max(now.monotonic, this.#opened + ROUND_SETTLE_SECONDS) as Monotonic
    const isLate = this.due === null || due < this.due
    if (!this.#isApart || !isLate || this.#atOnce >= ROUNDS_AT_ONCE_MAX) return
    this.#atOnce += 1
    this.due = due
    this.isFull = true
  }

  /** Note that a round, or an invitation to one, began. */
  opened(now: Moment): void {
    this.#opened = now.monotonic
    this.#underWay = Math.max(this.#underWay, this.#newest) as UnixTime
    this.#newest = 0 as UnixTime
    this.due = null
    this.isFull = false
  }

  /** Note how a round ended, and set when the next one is due. */
  ended(now: Moment, outcome: Outcome): void {
    this.isByDays = !(outcome.isSame || outcome.gained > 0 || outcome.given > 0)
    // What was left open may be young, so the next round leaves nothing out.
    this.isFull = this.isFull || !outcome.isEqual
    const wait = this.#wait(outcome)
    // What was to be compared soon may have come too late for this round.
    this.due = earliest([this.#isInitiator ? after(now.monotonic, wait) : null, outcome.isEqual ? null : this.due])
    this.#isApart = !outcome.isEqual
    if (!outcome.isEqual || this.#underWay >= outcome.upto) this.added(now, this.#underWay)
    this.#underWay = 0 as UnixTime
    if (outcome.isEqual) this.#plan(now)
    if (this.#hasMoved) this.moved(now)
    this.#hasMoved = false
  }

  /** Say whether the peer may open one more round now: one a second, `ROUND_BURST_MAX` at once. */
  admits(now: Moment): boolean {
    this.#allowance = Math.min(this.#allowance + now.monotonic - this.#refilled, ROUND_BURST_MAX) - 1
    this.#refilled = now.monotonic
    return this.#allowance >= 0
  }

  /** Compare what is new when it is old enough for that, as the initiator; else invite to that if nobody does. */
  #plan(now: Moment): void {
    if (this.#newest === 0) return
    // What is dated ahead keeps nothing else from being compared.
    const age = Math.max(0, Math.min(0, this.#newest - now.unix) + COMPARED_AFTER_SECONDS)
    const wait = age + ROOT_INTERVAL_SECONDS * (this.#isInitiator ? 1 : 2)
    this.due = earliest([this.due, after(now.monotonic, wait)])
  }

  /** Give how many seconds to wait after a round that ended so, and keep count. */
  #wait({ isEqual, gained, given, otherCount, isCut }: Outcome): number {
    if (isEqual) {
      this.#fruitless = this.#atOnce = 0
      this.#otherCount = -1
      return ROOT_QUIET_SECONDS * this.#rng.uniform(0.9, 1.1)
    }
    // What was given is progress as long as the peer keeps it: with other rules it refuses the same each time.
    const hasProgress = gained > 0 || (given > 0 && otherCount > this.#otherCount)
    this.#otherCount = otherCount
    if (hasProgress) this.#fruitless = 0
    if ((hasProgress || isCut) && this.#atOnce < ROUNDS_AT_ONCE_MAX) {
      this.#atOnce += 1
      return 0
    }
    if (hasProgress) return ROUND_INTERVAL_SECONDS
    this.#fruitless += 1
    return Math.min(ROUND_INTERVAL_SECONDS * 2 ** Math.min(this.#fruitless, 10), ROUND_BACKOFF_MAX_SECONDS)
  }
}
