/** Buckets: the UTC days of records, numbered from the Unix epoch, and the bounds between them. */

import { ConfigError } from '../errors.ts'
import { DAY_SECONDS } from './clock.ts'
import type { Bound } from './message.ts'

/** Say whether *one* comes before *other* in the order of records: by time, then by id. */
export function isBefore(one: Bound, other: Bound): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1])
}

/** Say whether two bounds are the same place. */
export function isSameBound(one: Bound, other: Bound): boolean {
  return one[0] === other[0] && one[1] === other[1]
}

/** Give the bound that comes first. */
export function earlier(one: Bound, other: Bound): Bound {
  return isBefore(other, one) ? other : one
}

/** Give the bound that comes last. */
export function later(one: Bound, other: Bound): Bound {
  return isBefore(one, other) ? other : one
}

/** Give the number of the UTC day that holds *createdAt* (seconds since 1970). */
export function dayOf(createdAt: number): number {
  // Exact: the quotient of whole numbers below 2^53 never rounds up to a whole one.
  return Math.floor(createdAt / DAY_SECONDS)
}

/** Give the bound before every record of *day*, which comes after every record of the day before. */
export function dayBound(day: number): Bound {
  return [day * DAY_SECONDS, '']
}

/** Give the last UTC day that can hold a record below *upper*. */
export function lastDay(upper: Bound): number {
  return dayOf(lastSecond(upper))
}

/** Give the last second that can hold a record below *upper*. */
export function lastSecond([seconds, prefix]: Bound): number {
  return prefix === '' ? seconds - 1 : seconds
}

/** Cut a range at midnights into at most *parts* cells of equally many days; the bounds inside, ascending. */
export function dayCuts(lower: Bound, upper: Bound, parts: number): Bound[] {
  const [first, stop] = [dayOf(lower[0]), lastDay(upper) + 1]
  const stride = Math.max(1, Math.ceil((stop - first) / Math.max(1, parts)))
  const cuts: Bound[] = []
  for (let day = first + stride; day < stop; day += stride) cuts.push(dayBound(day))
  return cuts
}

/**
 * Give *bucketSeconds* back when buckets of that length fill a day.
 *
 * Throws:
 *   ConfigError: it is no divisor of a day (86,400 seconds).
 */
export function checkBucketSeconds(bucketSeconds: number): number {
  if (!(bucketSeconds > 0) || !Number.isInteger(bucketSeconds) || DAY_SECONDS % bucketSeconds !== 0) {
    throw new ConfigError(`a bucket of ${bucketSeconds} seconds; it must divide a day (${DAY_SECONDS} seconds)`)
  }
  return bucketSeconds
}
