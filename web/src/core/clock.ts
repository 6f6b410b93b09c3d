/** Two clocks that never mix: one for timeouts, one for records. */

/** Seconds on a clock that never jumps; its zero means nothing. For deadlines. */
export type Monotonic = number & { readonly clock: 'monotonic' }

/** Whole seconds since 1970-01-01 UTC. For records and windows. */
export type UnixTime = number & { readonly clock: 'unix' }

export const MINUTE_SECONDS = 60
export const HOUR_SECONDS = 3_600
export const DAY_SECONDS = 86_400

/** The dates between which windows fit 32 bits: a day after 1970 began, and a day before the last whole one of 2106. */
export const UNIX_MIN = DAY_SECONDS
export const UNIX_MAX = (Math.floor(2 ** 32 / DAY_SECONDS) - 1) * DAY_SECONDS - 1

/** Give the whole second of *unix* that records and windows are dated by: a clock without power says 1970. */
export function clamped(unix: number): UnixTime {
  return Math.min(Math.max(Math.floor(unix), UNIX_MIN), UNIX_MAX) as UnixTime
}

/** One instant on both clocks, given to every call of a machine. */
export interface Moment {
  readonly monotonic: Monotonic
  readonly unix: UnixTime
}

/** Move *instant* by *seconds*, and stay on its clock. */
export function after<Instant extends Monotonic | UnixTime>(instant: Instant, seconds: number): Instant {
  return (instant + seconds) as Instant
}

/** Give the first of *deadlines*; null when there is none. */
export function earliest(deadlines: Iterable<Monotonic | null>): Monotonic | null {
  let first: Monotonic | null = null
  for (const deadline of deadlines) {
    if (deadline !== null && (first === null || deadline < first)) first = deadline
  }
  return first
}
