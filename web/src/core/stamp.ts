/**
 * Stamps: when a record was written, to the microsecond, and the order that readers see.
 *
 * A stamp is createdAt and the microseconds within it, which the first tag `us` gives. The set itself is ordered by
 * createdAt and id alone.
 */

import type { UnixTime } from './clock.ts'
import type { Record, Tags } from './record.ts'

export const MICROSECONDS = 1_000_000

type Stamped = Pick<Record, 'createdAt' | 'tags'>

/** Give the microseconds within the record's second; 0 where its first tag `us` says nothing that makes sense. */
export function microsecondsOf({ tags }: Pick<Record, 'tags'>): number {
  const text = tags.find(([name, value]) => name === 'us' && value !== undefined)?.[1] ?? ''
  return FORM.test(text) ? Number(text) : 0
}

/** Give when *record* was written, as its author says, in microseconds since 1970-01-01 UTC. */
export function stampOf(record: Stamped): number {
  return record.createdAt * MICROSECONDS + microsecondsOf(record)
}

/** Give the createdAt and the tags that say *stamp*; whole seconds need no tag. */
export function splitStamp(stamp: number): { createdAt: UnixTime; tags: Tags } {
  const microseconds = stamp % MICROSECONDS
  const createdAt = ((stamp - microseconds) / MICROSECONDS) as UnixTime
  return { createdAt, tags: microseconds === 0 ? [] : [['us', `${microseconds}`]] }
}

const FORM = /^(0|[1-9][0-9]{0,5})$/
