/** Where a room has its files. */

import { databaseName, loaded } from '../adapters/storage.ts'
import type { Shelf } from '../drive/opening.ts'
import type { Store } from '../ports.ts'
import type { Plan } from './joining.ts'

/** Make room for files beside *store*, by what is loaded for that; null in a room that was joined without any. */
export async function openShelf(
  { name, options }: Pick<Plan, 'name' | 'options'>,
  store: Store,
): Promise<Shelf | null> {
  if (options.files == null) return null
  const drive = await loaded(import('../drive/opening.ts'))
  const isLasting = (options.store ?? 'indexeddb') === 'indexeddb'
  return await drive.openShelf(options.files, store, isLasting ? databaseName(name) : null)
}
