/** When it is looked after what is ours, so that the window of its room does not let it go. */

import type { UnixTime } from '../core/clock.ts'
import { RoomClosedError } from '../errors.ts'

export const LOOK_SECONDS = 3_600
/** It is looked oftener where records are kept for less than a day. */
const LOOKS_PER_WINDOW = 24
const LOOK_SECONDS_MIN = 60
/** So often it is asked whether it is time again: a machine that sleeps counts no seconds. */
const TICK_MILLISECONDS = 60_000

/** What is looked after, and how. */
export interface Charge {
  /** What the tabs of a page call it: they look one after the other, so that the second finds nothing to do. */
  readonly name: string
  readonly now: () => UnixTime
  /** Say whether it is time again. */
  readonly isDue: (now: UnixTime) => boolean
  readonly look: (now: UnixTime) => Promise<void>
  /** Told why it failed; not that the room was left. */
  readonly failed: (error: unknown) => void
  /** Has something done when the room is left. */
  readonly keep: (end: () => void) => unknown
}

/** Give the age at which it is made anew, in seconds. */
export function ageSeconds(windowSeconds: number): number {
  return Math.floor((windowSeconds * 2) / 3)
}

/** Give how long it is not looked again, in seconds. */
export function lookSeconds(windowSeconds: number): number {
  return Math.min(LOOK_SECONDS, Math.max(LOOK_SECONDS_MIN, Math.floor(windowSeconds / LOOKS_PER_WINDOW)))
}

/** Look once *wait* milliseconds have passed, at once if they are none, and whenever it is time again, until the room is left. */
export function lookAfter({ name, now, isDue, look, failed, keep }: Charge, wait = 0): void {
  const turn = () => {
    if (!isDue(now())) return
    const work = () => look(now())
    const done = globalThis.navigator?.locks?.request(name, work) ?? work()
    done.catch(error => {
      if (!(error instanceof RoomClosedError)) failed(error)
    })
  }
  const timer = setInterval(turn, TICK_MILLISECONDS)
  const first = wait > 0 ? setTimeout(turn, wait) : undefined
  keep(() => {
    clearInterval(timer)
    clearTimeout(first)
  })
  if (wait === 0) turn()
}
