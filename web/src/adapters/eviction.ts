/** What a full database gives up: the content of its oldest day, and not the ids. */

import { KIND_DELETION, type RecordId } from '../core/record.ts'
import { emptied, type Row, type Transaction } from './database.ts'

/** Handing so many rows of 300 bytes to Chromium takes some 4 ms. */
export const ROWS_WRITTEN_AT_ONCE = 128

/** Make shells of the records in *range*, so that roots stay equal and nobody is asked for them; give which. */
export async function hollow(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<RecordId[]> {
  const records = transaction.objectStore('records')
  const places = await records.getAllKeys(range)
  const all: RecordId[] = []
  for (let at = 0; at < places.length; at += ROWS_WRITTEN_AT_ONCE) {
    const slice = places.slice(at, at + ROWS_WRITTEN_AT_ONCE)
    const rows = await records.getAll(IDBKeyRange.bound(slice[0], slice.at(-1)))
    const given = rows.filter(isPurgeable)
    for (const { id } of given) all.push(id)
    await Promise.all(given.map(row => records.put(emptied(row))))
  }
  return all
}

/** Give the time of the oldest record whose content could be given up; infinity without one. */
export async function oldestContent(transaction: Transaction): Promise<number> {
  const index = transaction.objectStore('records').index('byFacet')
  let oldest = Number.POSITIVE_INFINITY
  for (let kind = 0; ; kind += 1) {
    // A shell has no facets. One look a kind, for they lie by kind and then by time.
    const cursor = await index.openKeyCursor(IDBKeyRange.bound(['kind', kind], ['kind', []]))
    if (cursor === null) return oldest
    kind = Number(cursor.key[1])
    if (kind !== KIND_DELETION) oldest = Math.min(oldest, cursor.key[2])
  }
}

/** Say whether *row* has content, and nobody needs it for more than reading: deletions are kept. */
export function isPurgeable({ wire, kind }: Row): boolean {
  return wire !== null && kind !== KIND_DELETION
}

/** Delete the records in *range* with their ids; give how many. */
export async function erase(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<number> {
  const records = transaction.objectStore('records')
  const [count] = await Promise.all([records.count(range), records.delete(range)])
  return count
}
