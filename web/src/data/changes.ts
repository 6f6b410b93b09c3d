/**
 * Reading a room's log of changes: what was added, removed, hidden or shown, in the order of arrival here. Loaded once
 * somebody does.
 */

import { CHANGES_AT_ONCE } from '../core/limits.ts'
import { isUnread } from '../core/record.ts'
import { several, shown } from '../core/typed.ts'
import { type Change, readBookmark } from '../documents/change.ts'
import { namesRead, readName } from '../documents/definition.ts'
import { collectionOf } from '../documents/document.ts'
import { ConfigError } from '../errors.ts'
import type { Desk } from './desk.ts'
import { Pulse } from './pulse.ts'
import type { Inside } from './reading.ts'

/** Where a reader may begin: behind all that has happened. */
const NOW = 'now'

/** Which changes are wanted. */
export interface ChangesOptions {
  /** A change's cursor; `'now'` for what comes; from the beginning, with all that is seen, when left out. */
  readonly since?: string | null | undefined
  /** Go on with each new change, until the room is left; true unless said otherwise. */
  readonly live?: boolean | undefined
  /** So many changes at most. */
  readonly limit?: number | undefined
}

/** Which changes of a room are wanted. */
export interface RoomChangesOptions extends ChangesOptions {
  /** Of these collections alone; of what is gone and was purged, the collection is not known. */
  readonly collection?: string | Iterable<string> | undefined
}

/** Give the changes that are wanted. */
export function readChanges(
  desk: Desk,
  { since = null, collection = [], live = true, limit = Number.POSITIVE_INFINITY }: RoomChangesOptions = {},
): AsyncGenerator<Change> {
  const names = (typeof collection === 'string' ? [collection] : several(collection)).map(readName)
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isInteger(limit) && limit >= 0)) {
    throw new ConfigError(`a limit is a whole number from 0, not ${shown(limit)}`)
  }
  if (typeof live !== 'boolean') throw new ConfigError(`live is true or false, not ${shown(live)}`)
  if (since !== null && since !== NOW) readBookmark(since)
  const isWanted = ({ record }: Change) =>
    !isUnread(record) && (names.length === 0 || record.wire.length === 0 || names.includes(collectionOf(record) ?? ''))
  return read(desk, { since, live, limit, isWanted })
}

/** Give the changes of one collection. */
export async function* changesOf<T>({ collection, desk, store }: Inside<T>, options: ChangesOptions) {
  await store()
  yield* readChanges(desk, { ...options, collection: namesRead(collection.definition) })
}

interface Wish {
  readonly since: string | null
  readonly live: boolean
  readonly limit: number
  readonly isWanted: (change: Change) => boolean
}

async function* read(desk: Desk, { since, live, limit, isWanted }: Wish): AsyncGenerator<Change> {
  const pulse = new Pulse(desk)
  try {
    let count = 0
    const first = since === NOW ? await desk.documents.log('lastChange') : since
    for (let from = first; count < limit && !pulse.isOver; ) {
      const beats = pulse.count
      const { changes, end, isLast } = await desk.documents.log('changes', from, { limit: CHANGES_AT_ONCE })
      for (const change of changes) {
        if (!isWanted(change)) continue
        yield change
        count += 1
        if (count === limit) return
      }
      from = end
      if (!isLast) continue
      if (!live) return
      await pulse.wait(beats)
    }
  } finally {
    pulse.close()
  }
}
