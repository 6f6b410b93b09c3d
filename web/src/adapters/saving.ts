/** How records are written to a page's database: all requests of a portion at once, none asked for first. */

import { unwrap } from 'idb'
import type { RecordId } from '../core/record.ts'
import { type Records, type Row, type Transaction, traceOf } from './database.ts'
import { ROWS_WRITTEN_AT_ONCE } from './eviction.ts'

/** Write and delete; give what was not there, and has its content, and the rows that are gone. */
export async function save(
  transaction: Transaction<'readwrite'>,
  rows: readonly Row[],
  removed: readonly RecordId[],
): Promise<{ readonly fresh: ReadonlySet<RecordId>; readonly gone: readonly Row[] }> {
  const records = transaction.objectStore('records')
  const fresh = new Set<RecordId>()
  for (let at = 0; at < rows.length; at += ROWS_WRITTEN_AT_ONCE) {
    // What is asked of a database is copied at once, which takes its time; between two portions the page has its turn.
    const some = rows.slice(at, at + ROWS_WRITTEN_AT_ONCE)
    const requests = some.map(row => addUnlessThere(records, row))
    await settled(requests.at(-1))
    for (const [place, { id, wire }] of some.entries()) {
      if (wire !== null && !requests[place]?.error) fresh.add(id)
    }
  }
  const found = await Promise.all(removed.map(id => records.index('byId').get(id)))
  const gone = found.filter(row => row !== undefined)
  await Promise.all(gone.map(row => records.delete(row.place)))
  await Promise.all(gone.filter(row => row.wire !== null).map(row => records.put(traceOf(row))))
  return { fresh, gone }
}

/** Asking first whether a row is there would cost as much as writing it. */
function addUnlessThere(records: Records<'readwrite'>, row: Row): IDBRequest {
  const request = unwrap(records).add(row)
  request.onerror = event => {
    if (request.error?.name !== 'ConstraintError') return
    // Otherwise the whole transaction would end here.
    event.preventDefault()
    event.stopPropagation()
  }
  return request
}

/** Wait until *request*, and so all before it, was answered; what failed for good ends the transaction by itself. */
function settled(request: IDBRequest | undefined): Promise<void> {
  return new Promise(resolve => {
    if (request === undefined) return resolve()
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => resolve())
  })
}
