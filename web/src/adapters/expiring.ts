/** What of a page's database expires, found by its facet; what older versions saved without one is read once. */

import type { UnixTime } from '../core/clock.ts'
import { expiresAt } from '../core/expiration.ts'
import { KIND_DELETION, type RecordId } from '../core/record.ts'
import type { Connection } from './connection.ts'
import { EXPIRES, type Place, type Row, recordIn, type Transaction, UNREAD } from './database.ts'
import type { gained, lost, reweigh } from './weight.ts'

/** Rows of before that are read in one transaction. */
export const READ_AT_ONCE = 256

/** The scales of the store, which lie in its script. */
type Scales = readonly [typeof reweigh, typeof lost, typeof gained]

/** Give what expires by *until*, the first to first, at most *limit*; on *scales* goes each row that changes. */
export async function expired(
  connection: Connection,
  until: UnixTime,
  limit: number,
  scales: Scales,
): Promise<RecordId[]> {
  while (await connection.run('readwrite', transaction => readSome(transaction, scales)));
  const range = IDBKeyRange.bound([EXPIRES], [EXPIRES, until, []])
  const places = await connection.run('readonly', transaction =>
    transaction.objectStore('records').index('byFacet').getAllKeys(range, limit),
  )
  return places.map(([, id]) => id)
}

/** Give some of what was saved before its facet; say whether any was left. */
async function readSome(transaction: Transaction<'readwrite'>, [reweigh, lost, gained]: Scales): Promise<boolean> {
  const [meta, records] = [transaction.objectStore('meta'), transaction.objectStore('records')]
  const last = await meta.get(UNREAD)
  if (last === undefined) return false
  const rows = await records.getAll(IDBKeyRange.lowerBound(JSON.parse(last) as Place, true), READ_AT_ONCE)
  for (const row of rows) {
    const at = timeOf(row)
    if (at === null) continue
    const timed: Row = { ...row, facets: [...row.facets, [EXPIRES, at, row.place[0]]] }
    await records.put(timed)
    await reweigh(transaction, [lost(row), gained(timed)])
  }
  const next = rows.at(-1)
  await (next === undefined ? meta.delete(UNREAD) : meta.put(JSON.stringify(next.place), UNREAD))
  return true
}

function timeOf(row: Row): number | null {
  const isKnown = row.facets.some(([name]) => name === EXPIRES)
  const record = isKnown || row.kind === KIND_DELETION ? null : recordIn(row)
  return record && expiresAt(record)
}
