/** How far our clock is from those of the peers, by what their hellos say, and whether it may be believed. */

import { DAY_SECONDS, HOUR_SECONDS, type Moment, type UnixTime } from '../core/clock.ts'
import { CLOCK_SKEW_SECONDS_NOTED } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import type { ClockSkewed } from './events.ts'
import { Bite, type Budget } from './health.ts'

/** One peer's clock says nothing of ours. */
export const PEERS_MIN = 2

/** Clocks so far apart at most agree on what is old. */
export const AGREED_SECONDS = HOUR_SECONDS

/** A clock that went on by more, unseen, may be wrong. */
export const LEAP_SECONDS_MAX = DAY_SECONDS

/** The median of what proven peers report; it warns, and never moves our clock. */
export class ClockComparison {
  /** When our own monotonic clock stood at 0, by the clock of each peer: true even when our wall clock steps. */
  readonly #epochs = new Map<PeerId, number>()
  readonly #bite = new Bite()
  /** The same by our own wall clock, when it was last looked at. */
  #epoch: number | null = null

  /** Note that *peer*'s clock says *unix*; tell once when ours seems wrong. */
  compare(peer: PeerId, unix: number, now: Moment): ClockSkewed | null {
    this.#epochs.set(peer, unix - now.monotonic)
    const median = this.ahead(now)
    const wasSkewed = this.#bite.since !== null
    this.#heed(median, now)
    if (median === null || wasSkewed || this.#bite.since === null) return null
    const peers = this.#epochs.size
    const close = this.#aheads(now).filter(ahead => Math.abs(ahead - median) <= CLOCK_SKEW_SECONDS_NOTED).length
    return { type: 'ClockSkewed', seconds: -median, peers, isOurs: 2 * close > peers }
  }

  /** Give the median of by how many seconds the peers' clocks are ahead of ours; null with too few peers. */
  ahead(now: Moment): number | null {
    return this.#epochs.size >= PEERS_MIN ? roundHalfToEven(median(this.#aheads(now))) : null
  }

  /** Say whether our own wall clock was set by more than `CLOCK_SKEW_SECONDS_NOTED` since this was last asked. */
  hasStepped({ monotonic, unix }: Moment): boolean {
    const before = this.#epoch ?? unix - monotonic
    this.#epoch = unix - monotonic
    return Math.abs(this.#epoch - before) > CLOCK_SKEW_SECONDS_NOTED
  }

  /** By how much our clock differs from the peers'; bites while that is worth a word. */
  budget(now: Moment): Budget {
    const median = this.ahead(now)
    this.#heed(median, now)
    return this.#bite.budget('clock', Math.abs(median ?? 0), CLOCK_SKEW_SECONDS_NOTED)
  }

  /** Leave out a peer that is gone. */
  forget(peer: PeerId): void {
    this.#epochs.delete(peer)
  }

  #heed(median: number | null, { unix }: Moment): void {
    if (median === null || Math.abs(median) <= CLOCK_SKEW_SECONDS_NOTED) this.#bite.ease()
    else if (this.#bite.since === null) this.#bite.bite(unix)
  }

  #aheads({ monotonic, unix }: Moment): number[] {
    return Array.from(this.#epochs.values(), epoch => roundHalfToEven(epoch + monotonic - unix))
  }
}

/**
 * Says whether our clock may be believed when it says that records are old.
 *
 * *seen* is the latest time at which it was, null in a room that has nothing to lose; *peersAhead* gives by how much
 * the peers' clocks are ahead of it, null with too few peers. A clock is believed when it went on by a day at most
 * since then, when the peers agree with it, or, without peers, when it has run for a day without such a leap.
 */
export class ClockTrust {
  #seen: UnixTime | null
  readonly #peersAhead: (now: Moment) => number | null
  #steady: Moment | null = null

  constructor(seen: UnixTime | null, peersAhead: (now: Moment) => number | null) {
    this.#seen = seen
    this.#peersAhead = peersAhead
  }

  /** Say whether the clock is believed at *now*, and remember the time when it is. */
  believes(now: Moment): boolean {
    let since = this.#steady ?? now
    if (Math.abs(now.unix - since.unix - (now.monotonic - since.monotonic)) > LEAP_SECONDS_MAX) since = now
    this.#steady = since
    const ahead = this.#peersAhead(now)
    const hasWitness =
      ahead === null ? now.monotonic - since.monotonic >= DAY_SECONDS : Math.abs(ahead) <= AGREED_SECONDS
    const isBelieved = this.#seen === null || now.unix <= this.#seen + LEAP_SECONDS_MAX || hasWitness
    if (isBelieved) this.#seen = now.unix
    return isBelieved
  }
}

/** Give the middle of *numbers*, which are not empty; halfway between the middle two of an even count. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((first, second) => first - second)
  const half = sorted.length / 2
  const [low = 0, high = low] = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1)
  return (low + high) / 2
}

/** Round *value* to a whole number, halves to the even neighbour (IEEE 754), as every peer does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const isUp = value - floor > 0.5 || (value - floor === 0.5 && floor % 2 !== 0)
  return isUp ? floor + 1 : floor
}
