/** How records are written to a page's database: all requests of a portion at once, none asked for first. */

import { unwrap } from 'idb'
import { KIND_DELETION, type Record, type RecordId } from '../core/record.ts'
import { type Records, type Row, type Transaction, traceOf } from './database.ts'

/** Handing so many rows of 300 bytes to Chromium takes some 4 ms. */
export const ROWS_WRITTEN_AT_ONCE = 128

/** Say whether *row* has content, and nobody needs it for more than reading: deletions are kept. */
export function isPurgeable({ wire, kind }: Row): boolean {
  return wire !== null && kind !== KIND_DELETION
}

/** Give *records*, each once. */
export function once(records: readonly Record[]): Record[] {
  return [...new Map(records.map(record => [record.id, record])).values()]
}

/** What `save` changed. */
export interface Saving {
  /** What was not there. */
  readonly fresh: ReadonlySet<RecordId>
  readonly gone: readonly Row[]
  /** What is left of those that are gone. */
  readonly traces: readonly Row[]
}

/** Write and delete. */
export async function save(
  transaction: Transaction<'readwrite'>,
  rows: readonly Row[],
  removed: readonly RecordId[],
): Promise<Saving> {
  const records = transaction.objectStore('records')
  const fresh = new Set<RecordId>()
  for (let at = 0; at < rows.length; at += ROWS_WRITTEN_AT_ONCE) {
    // What is asked of a database is copied at once, which takes its time; between two portions the page has its turn.
    const some = rows.slice(at, at + ROWS_WRITTEN_AT_ONCE)
    const requests = some.map(row => addUnlessThere(records, row))
    await settled(requests.at(-1))
    for (const [place, { id }] of some.entries()) if (!requests[place]?.error) fresh.add(id)
  }
  const found = await Promise.all(removed.map(id => records.index('byId').get(id)))
  const gone = found.filter(row => row !== undefined)
  await Promise.all(gone.map(row => records.delete(row.place)))
  const traces = gone.filter(row => row.wire !== null).map(traceOf)
  await Promise.all(traces.map(row => records.put(row)))
  return { fresh, gone, traces }
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
