/** The two orders in which stores give records. */

import type { Record } from '../core/record.ts'

type Place = Pick<Record, 'createdAt' | 'id'>

/** Oldest first, ties by lowest id first. */
export function byAge(one: Place, other: Place): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : Number(one.id > other.id))
}

/** Newest first, ties by lowest id first. */
export function newestFirst(one: Place, other: Place): number {
  return other.createdAt - one.createdAt || (one.id < other.id ? -1 : Number(one.id > other.id))
}
