/** The two orders in which stores give records. */

import type { Record } from '../core/record.ts'
import { microsecondsOf } from '../core/stamp.ts'

type Place = Pick<Record, 'createdAt' | 'id'>
type Stamped = Pick<Record, 'createdAt' | 'id' | 'tags'>

/** Oldest first, ties by lowest id first. */
export function byAge(one: Place, other: Place): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : Number(one.id > other.id))
}

/** Newest first by the stamp, ties by lowest id first. */
export function newestFirst(one: Stamped, other: Stamped): number {
  const later = other.createdAt - one.createdAt || microsecondsOf(other) - microsecondsOf(one)
  return later || (one.id < other.id ? -1 : Number(one.id > other.id))
}
