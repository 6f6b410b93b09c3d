/** Where a page's records rest, by name or by object. */

import type { RoomName } from '../core/signal.ts'
import { ConfigError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { Store } from '../ports.ts'
import { eraseDatabase } from './database.ts'
import { openIndexedDbStore, openMemoryStore } from './indexeddb.ts'

/** "indexeddb": kept over reloads; "memory": gone with the page; or a store of your own. */
export type StoreSpec = 'indexeddb' | 'memory' | Store

/**
 * Open the store that *spec* names for the room *name*; what it has to say goes to *tell*.
 *
 * Refused with a ConfigError when there is no such store.
 */
export async function openStore(spec: StoreSpec, name: RoomName, tell: (event: RoomEvent) => void): Promise<Store> {
  if (typeof spec === 'object' && spec !== null) return spec
  if (spec === 'memory') return await openMemoryStore()
  if (spec !== 'indexeddb')
    throw new ConfigError(`there is no store ${JSON.stringify(spec)}: try "indexeddb" or "memory"`)
  return await openIndexedDbStore(databaseName(name), {
    onEvicted: (day, count) => tell({ type: 'StorageEvicted', day, count }),
    onUnavailable: reason => tell({ type: 'StorageUnavailable', reason }),
    onDamaged: reason => tell({ type: 'StorageDamaged', reason }),
  })
}

/** Delete all that this page's origin keeps of the room *name*, which must have been left. */
export async function eraseStore(name: RoomName): Promise<void> {
  await eraseDatabase(databaseName(name))
}

/** Name the database in which a room of this page's origin rests. */
export function databaseName({ app, room }: RoomName): string {
  return `peerset/${encodeURIComponent(app)}/${encodeURIComponent(room)}`
}
