/** The content of shells, fetched again: what was given up for lack of space, and not what our user destroyed. */

import type { Entry } from '../core/block.ts'
import type { Record, RecordId } from '../core/record.ts'
import { shortened } from '../core/signal.ts'
import { requireId, several } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import { PURGED } from '../moderation/rows.ts'
import type { Audience } from './audience.ts'
import { decided } from './decided.ts'
import type { Engine, Reading } from './peer.ts'
import type { Room } from './room.ts'

const FETCHED_AT_ONCE = 256

/** Calls what it is given when the room ends, unless what it gives is called before. */
type Keep = (end: () => void) => () => void

/** What it takes. */
export interface FetchParts {
  readonly store: Reading
  readonly driver: Pick<Engine, 'take'>
  /** Tells of every single rejection. */
  readonly inner: Pick<Audience, 'on'>
}

/** Ask neighbours for the content of *given*, of which only shells are here; give those that are whole now. */
export async function fetchShells(
  room: Pick<Room, 'checkOpen'>,
  { store, driver, inner }: FetchParts,
  given: unknown,
  keep: Keep,
): Promise<Record[]> {
  const ids = await asked(room, find(several(given), store))
  for (let start = 0; start < ids.length; start += FETCHED_AT_ONCE) {
    const entries = await asked(room, hollow(store, new Set(ids.slice(start, start + FETCHED_AT_ONCE))))
    room.checkOpen()
    if (entries.length === 0) continue
    await ended(inner, keep, new Set(entries.map(([, id]) => id)), () => driver.take({ type: 'Wanted', entries }))
    room.checkOpen()
  }
  return await store.get(ids)
}

/** Give what a store answers; of one that is closed because the room was left, that is the error. */
async function asked<Answer>(room: Pick<Room, 'checkOpen'>, answer: Promise<Answer>): Promise<Answer> {
  return await answer.catch(error => {
    room.checkOpen()
    throw error
  })
}

/** Give time and id of those of *ids* that have no content here. */
async function hollow(store: Reading, ids: ReadonlySet<RecordId>): Promise<Entry[]> {
  const whole = new Set((await store.get([...ids])).map(({ id }) => id))
  return (await store.entries()).filter(([, id]) => ids.has(id) && !whole.has(id))
}

async function find(given: readonly unknown[], store: Reading): Promise<RecordId[]> {
  const purged = await store.notes(PURGED)
  const members = new Set((await store.entries()).map(([, id]) => id))
  const ids: RecordId[] = []
  for (const each of given) {
    const id = await requireId(each, store)
    if (!members.has(id)) throw new ConfigError(`there is no record ${shortened(id)} here`)
    if (purged.has(id)) throw new ConfigError(`record ${shortened(id)} was purged here, for good`)
    ids.push(id)
  }
  return ids
}

/** Call *begin*, and wait until each of *left* came, or comes no more, or the room ends. */
function ended(inner: Pick<Audience, 'on'>, keep: Keep, left: Set<RecordId>, begin: () => void): Promise<void> {
  return new Promise(resolve => {
    const stop = inner.on(event => {
      for (const id of decided(event)) left.delete(id)
      if (left.size === 0) end()
    })
    const end = keep(() => {
      stop()
      resolve()
    })
    begin()
  })
}
