/** Where a page's records rest, by name or by object; the code of a store is loaded by its name. */

import type { Entry } from '../core/block.ts'
import type { RoomName } from '../core/signal.ts'
import { ConfigError, StoreError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { Store } from '../ports.ts'

/** "indexeddb": kept over reloads; "memory": gone with the page; or a store of your own. */
export type StoreSpec = 'indexeddb' | 'memory' | Store

/** Whom a store tells what happens to it. */
export interface StoreWatch {
  readonly tell: (event: RoomEvent) => void
  /** The browser took the store away: *entries* are all that is here now. */
  readonly onLost: (entries: readonly Entry[]) => void
  /** The browser's storage is full: make room for some bytes; say whether there is more room now. */
  readonly onFull: (bytes: number) => Promise<boolean>
}

/**
 * Open the store that *spec* names for the room *name*.
 *
 * Refused with a ConfigError when there is no such store.
 */
export async function openStore(spec: StoreSpec, name: RoomName, { tell, onLost, onFull }: StoreWatch): Promise<Store> {
  if (typeof spec === 'object' && spec !== null) return spec
  if (spec === 'memory') return new (await loaded(import('./memory.ts'))).MemoryStore()
  if (spec !== 'indexeddb')
    throw new ConfigError(`there is no store ${JSON.stringify(spec)}: try "indexeddb" or "memory"`)
  const { openIndexedDbStore } = await loaded(import('./lasting.ts'))
  return await openIndexedDbStore(databaseName(name), {
    onFull,
    onUnavailable: reason => tell({ type: 'StorageUnavailable', reason }),
    onDamaged: reason => tell({ type: 'StorageDamaged', reason }),
    onLost,
  })
}

/** Delete all that this page's origin keeps of the room *name*, which must have been left. */
export async function eraseStore(name: RoomName): Promise<void> {
  const { eraseDatabase } = await loaded(import('./lasting.ts'))
  await eraseDatabase(databaseName(name))
}

/** Give code that only pages load which need it. */
export async function loaded<Module>(loading: Promise<Module>): Promise<Module> {
  return await loading.catch(cause => {
    throw new StoreError(`a part of peerset did not load: ${String(cause)}`, { cause })
  })
}

/** Name the database in which a room of this page's origin rests. */
export function databaseName({ app, room }: RoomName): string {
  return `peerset/${encodeURIComponent(app)}/${encodeURIComponent(room)}`
}
