/** Which times a record may carry, and when old ones are collected (docs/protocol.md, "Deletion and retention"). */

import {
  after,
  clamped,
  DAY_SECONDS,
  MINUTE_SECONDS,
  type Moment,
  type Monotonic,
  type UnixTime,
} from '../core/clock.ts'
import {
  COLLECTION_INTERVAL_SECONDS,
  COLLECTION_JITTER_SECONDS,
  FUTURE_SECONDS_MAX,
  RETENTION_MARGIN_PART,
  RETENTION_MARGIN_SECONDS,
  RETENTION_SECONDS,
  UPTO_LAG_SECONDS,
  WINDOW_DAYS_MAX,
  WINDOW_STEPS_BELOW_SECONDS,
} from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import { firstStep } from '../core/window.ts'
import { LocalProtocolError } from '../errors.ts'
import type { Effect } from './effects.ts'
import type { Expired } from './inputs.ts'
import type { ClockTrust } from './skew.ts'

/** While our clock is not believed, it is asked for again so often. */
export const CLOCK_CHECK_SECONDS = 60

/**
 * The times that matter at one instant; all but *firstDay* in Unix seconds.
 *
 * A record grows old in steps of a margin each: first it is no longer offered, then no longer accepted, then it is
 * deleted. So peers whose clocks differ by less than the margin never offer each other what they refuse.
 */
export interface Window {
  /**
   * The first UTC day, numbered from the Unix epoch, whose records are all still offered; roots begin here.
   *
   * Where records are kept for less than a week, the first step of five minutes in place of it (`firstStep`).
   */
  readonly firstDay: number
  /** Roots end before this: what is younger may still be on its way. */
  readonly upto: UnixTime
  /** Records older than this are not offered to anyone. */
  readonly offeredFrom: UnixTime
  /** Records older than this are deleted. */
  readonly keptFrom: UnixTime
  /** Records older than this are refused. */
  readonly acceptedFrom: UnixTime
  /** Records newer than this are not members yet. */
  readonly acceptedUntil: UnixTime
}

/** What a room's rules may set otherwise, in seconds. */
export interface Spans {
  readonly retentionSeconds?: number
  readonly futureSeconds?: number
}

/** Say whether a record of this time may be a member now. */
export function accepts(window: Window, createdAt: number): boolean {
  return window.acceptedFrom <= createdAt && createdAt <= window.acceptedUntil
}

/** Compute the window at *time*; a room's rules may keep records for another time, or date them otherwise. */
export function window(
  time: UnixTime,
  { retentionSeconds = RETENTION_SECONDS, futureSeconds = FUTURE_SECONDS_MAX }: Spans = {},
): Window {
  const now = clamped(time)
  const today = Math.floor(now / DAY_SECONDS)
  const acceptedFrom = after(now, -retentionSeconds)
  const margin = marginSeconds(retentionSeconds)
  const offeredFrom = after(acceptedFrom, margin)
  // The whole days among them, as many as a window may have, and today in any case.
  const wholeDay = Math.max(0, Math.min(Math.ceil(offeredFrom / DAY_SECONDS), today), today + 2 - WINDOW_DAYS_MAX)
  return {
    firstDay: retentionSeconds < WINDOW_STEPS_BELOW_SECONDS ? firstStep(offeredFrom) : wholeDay,
    upto: after(now, -(now % MINUTE_SECONDS) - UPTO_LAG_SECONDS),
    offeredFrom,
    keptFrom: after(acceptedFrom, -margin),
    acceptedFrom,
    acceptedUntil: after(now, futureSeconds),
  }
}

/** Give by how much clocks may differ in a room that keeps records for so long, without a word about old records. */
export function marginSeconds(retentionSeconds: number): number {
  return Math.min(RETENTION_MARGIN_SECONDS, Math.floor(retentionSeconds / RETENTION_MARGIN_PART))
}

/** The age of a whole bucket (UTC day) of records. */
export const BucketState = {
  /** Some of it may still be offered. */
  LIVE: 'live',
  /** None of it is offered; some of it is still on disk. */
  DUE: 'due',
  /** None of it is left. */
  DROPPED: 'dropped',
} as const
export type BucketState = (typeof BucketState)[keyof typeof BucketState]

/** Give the state of the bucket of UTC *day* (numbered from the Unix epoch) once collection has run. */
export function bucketState(day: number, now: UnixTime, spans: Spans = {}): BucketState {
  const end = (day + 1) * DAY_SECONDS
  const current = window(now, spans)
  if (end > current.offeredFrom) return BucketState.LIVE
  return end > current.keptFrom ? BucketState.DUE : BucketState.DROPPED
}

/** What the collection of old records is at. */
export const CollectionState = {
  /** Nothing is asked of the store until the next collection is due. */
  RESTING: 'resting',
  /** The store was asked to delete and has not answered. */
  COLLECTING: 'collecting',
} as const
export type CollectionState = (typeof CollectionState)[keyof typeof CollectionState]

export const TRANSITIONS: Readonly<Record<CollectionState, { readonly Expired?: CollectionState }>> = {
  [CollectionState.RESTING]: {},
  [CollectionState.COLLECTING]: { Expired: CollectionState.RESTING },
}

/**
 * Asks for the deletion of old records: at the first tick, then every five minutes or so, one at a time.
 *
 * What had expired at the collection before, at first five minutes before the start, loses its content: within ten
 * minutes, by processes that soon end as well, and readers read on first. While
 * *trust* does not believe our clock nothing is deleted, for it may be wrong; it is asked again every minute.
 */
export class Retention {
  state: CollectionState = CollectionState.RESTING
  readonly #rng: Rng
  readonly #trust: ClockTrust
  readonly #spans: Spans
  #dueAt = 0 as Monotonic
  #isStarted = false
  #collectedBefore = 0 as UnixTime
  /** What our clock said when the last collection had come to its end; before the first, that of one before. */
  #sweptUntil = 0 as UnixTime
  #kept: ReadonlySet<RecordId> = new Set()

  constructor({ rng, trust, ...spans }: { rng: Rng; trust: ClockTrust } & Spans) {
    this.#rng = rng
    this.#trust = trust
    this.#spans = spans
  }

  /** Collect what grew old while we were away. */
  start(now: Moment): Effect[] {
    this.#isStarted = true
    this.#dueAt = now.monotonic
    this.#sweptUntil = Math.max(0, now.unix - COLLECTION_INTERVAL_SECONDS) as UnixTime
    return this.tick(now)
  }

  /** Compute the window at *now*. */
  window(now: UnixTime): Window {
    return window(now, this.#spans)
  }

  /**
   * Take the store's answer.
   *
   * Throws:
   *   LocalProtocolError: nothing was asked.
   */
  receive(event: Expired, now: Moment): Effect[] {
    const next = TRANSITIONS[this.state][event.type]
    if (next === undefined) throw new LocalProtocolError(`${event.type} in ${this.state.toUpperCase()}`)
    this.state = next
    const { count, kept = this.#kept, isPartial = false } = event
    this.#dueAt = now.monotonic
    if (!isPartial) {
      this.#sweptUntil = now.unix
      const jitterSeconds = this.#rng.uniform(-COLLECTION_JITTER_SECONDS, COLLECTION_JITTER_SECONDS)
      this.#dueAt = after(after(now.monotonic, COLLECTION_INTERVAL_SECONDS), jitterSeconds)
    }
    // What is kept for pins alone is a member no more, though nothing is gone.
    if (count === 0 && (kept === this.#kept || kept.size + this.#kept.size === 0)) return []
    this.#kept = kept
    return [{ type: 'Emit', event: { type: 'RecordsExpired', before: this.#collectedBefore, count, kept } }]
  }

  /** Ask for the next collection when it is due. */
  tick(now: Moment): Effect[] {
    const deadline = this.deadline
    if (deadline === null || now.monotonic < deadline) return []
    if (!this.#trust.believes(now)) {
      this.#dueAt = after(now.monotonic, CLOCK_CHECK_SECONDS)
      return []
    }
    this.state = CollectionState.COLLECTING
    this.#collectedBefore = this.window(now.unix).keptFrom
    const until = Math.min(this.#sweptUntil, now.unix) as UnixTime
    return [{ type: 'Expire', before: this.#collectedBefore, seen: now.unix, until }]
  }

  /** When the next collection is due; null while one runs. */
  get deadline(): Monotonic | null {
    return this.#isStarted && this.state === CollectionState.RESTING ? this.#dueAt : null
  }
}
