/** What a store remembers of how its room was joined before: by which clock, and for how long records are kept. */

import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import { makeFilter } from '../core/filter.ts'
import { RETENTION_SECONDS, RETENTION_SECONDS_MAX, RETENTION_SECONDS_MIN } from '../core/limits.ts'
import type { Store } from '../ports.ts'

/** Kind and key ("seen", in hex) of the note that says what our clock said when it was last believed. */
export const CLOCK = 'clock'
export const SEEN = '7365656e'

/** Kind and key ("seconds", in hex) of the note that says for how long records are kept here. */
export const RETENTION = 'retention'
export const SECONDS = '7365636f6e6473'

/** Give what our clock said when it was last believed; without a note of it, what the newest record says. */
export async function lastSeen(store: Store, entries: readonly Entry[]): Promise<UnixTime | null> {
  const seen = await numberOf(store, CLOCK, SEEN)
  return Number.isFinite(seen) ? (seen as UnixTime) : ((entries.at(-1)?.[0] as UnixTime | undefined) ?? null)
}

/**
 * Give for how many seconds *store* keeps records: as *said*, from now on, or else as it did before (at first: 90 days).
 *
 * What was to be kept for a year would be gone at the first join that does not say so.
 */
export async function settleRetention(store: Store, said: number | null): Promise<number> {
  const noted = await numberOf(store, RETENTION, SECONDS)
  const kept = noted >= RETENTION_SECONDS_MIN && noted <= RETENTION_SECONDS_MAX ? noted : RETENTION_SECONDS
  if (said === null || said === kept) return kept
  if (said < kept && (await store.query(makeFilter({ limit: 1 }))).length > 0) {
    import('./shortening.ts').then(({ tellShorter }) => tellShorter(kept, said)).catch(() => {})
  }
  // One that cannot be written deletes nothing either.
  await store.note(RETENTION, SECONDS, String(said)).catch(() => {})
  return said
}

async function numberOf(store: Store, kind: string, key: string): Promise<number> {
  // Whoever changed the note by hand changed it to something wrong.
  return Number.parseInt((await store.notes(kind)).get(key) ?? '', 10)
}
