/** Where a page's records rest, by name or by object; the code of a store is loaded by its name. */

import type { RoomName } from '../core/signal.ts'
import { ConfigError, StoreError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { Store } from '../ports.ts'

/** "indexeddb": kept over reloads; "memory": gone with the page; or a store of your own. */
export type StoreSpec = 'indexeddb' | 'memory' | Store

/**
 * Open the store that *spec* names for the room *name*; what it has to say goes to *tell*.
 *
 * Refused with a ConfigError when there is no such store.
 */
export async function openStore(spec: StoreSpec, name: RoomName, tell: (event: RoomEvent) => void): Promise<Store> {
  if (typeof spec === 'object' && spec !== null) return spec
  if (spec === 'memory') return new (await loaded(import('./memory.ts'))).MemoryStore()
  if (spec !== 'indexeddb')
    throw new ConfigError(`there is no store ${JSON.stringify(spec)}: try "indexeddb" or "memory"`)
  const { openIndexedDbStore } = await loaded(import('./indexeddb.ts'))
  return await openIndexedDbStore(databaseName(name), {
    onEvicted: (day, count) => tell({ type: 'StorageEvicted', day, count }),
    onUnavailable: reason => tell({ type: 'StorageUnavailable', reason }),
    onDamaged: reason => tell({ type: 'StorageDamaged', reason }),
  })
}

/** Delete all that this page's origin keeps of the room *name*, which must have been left. */
export async function eraseStore(name: RoomName): Promise<void> {
  const { eraseDatabase } = await loaded(import('./indexeddb.ts'))
  await eraseDatabase(databaseName(name))
}

/** Give the code of a store, which only pages load that name it. */
async function loaded<Module>(loading: Promise<Module>): Promise<Module> {
  return await loading.catch(cause => {
    throw new StoreError(`the code of the store did not load: ${String(cause)}`, { cause })
  })
}

/** Name the database in which a room of this page's origin rests. */
export function databaseName({ app, room }: RoomName): string {
  return `peerset/${encodeURIComponent(app)}/${encodeURIComponent(room)}`
}
