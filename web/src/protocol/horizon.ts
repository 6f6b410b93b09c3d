/** Which days two peers compare: those that the rules, the clocks and the windows of both have in common. */

import { after, clamped, DAY_SECONDS, type UnixTime } from '../core/clock.ts'
import { FUTURE_SECONDS_MAX, RETENTION_SECONDS, RETENTION_SECONDS_MIN, WINDOW_STEPS_FROM } from '../core/limits.ts'
import type { Root } from '../core/message.ts'
import { firstStep, laterDay } from '../core/window.ts'
import type { Lightness } from './lightness.ts'
import { window } from './retention.ts'
import { type Compared, isWindow } from './round.ts'

/** The first UTC day that is compared, or the step in one, and the time up to which, not included. */
export type Span = Omit<Compared, 'number'>

/** Give the upper bound that leaves no record out: the end of tomorrow, UTC. */
export function everything(now: UnixTime): UnixTime {
  return ((Math.floor(clamped(now) / DAY_SECONDS) + 2) * DAY_SECONDS) as UnixTime
}

/** The windows of one session, over what both sides keep: *theirs* is what the peer's hello says, if anything. */
export class Horizon {
  readonly #retentionSeconds: number

  readonly lightness: Lightness | undefined

  constructor(ours = RETENTION_SECONDS, theirs = RETENTION_SECONDS, lightness?: Lightness) {
    this.lightness = lightness
    this.#retentionSeconds = Math.max(RETENTION_SECONDS_MIN, Math.min(ours, theirs))
  }

  /** Give what a round compares that we open or ask for. */
  opening(now: UnixTime, { isFull }: { isFull: boolean }): Span {
    const { firstDay: first, upto } = window(now, { retentionSeconds: this.#retentionSeconds })
    const firstDay = laterDay(first, this.lightness?.firstDay ?? 0)
    // Just after midnight nothing of today is a minute old yet, and a room may keep no other day.
    return { firstDay, upto: isFull || !isWindow({ firstDay, upto }) ? everything(now) : upto }
  }

  /** Give what a round compares that the peer opens; null when not one day is in both windows. */
  answering(root: Root, now: UnixTime): Span | null {
    const ours = this.opening(now, { isFull: true }).firstDay
    // A clock that is behind begins earlier; what it may name as well we accept.
    const first = ours < WINDOW_STEPS_FROM ? ours - 1 : firstStep(now - this.#retentionSeconds)
    const firstDay = laterDay(root.firstDay, first)
    const soon = after(now, FUTURE_SECONDS_MAX)
    const upto = root.upto <= Math.max(soon, everything(soon)) ? root.upto : everything(now)
    return isWindow({ firstDay, upto }) ? { firstDay, upto } : null
  }
}
