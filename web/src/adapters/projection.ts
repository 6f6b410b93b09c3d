/** What a store of a page tells its documents, in the transaction in which its records change. */

import type { Name } from '../core/deletion.ts'
import { KIND_DELETION, type Record, type RecordId } from '../core/record.ts'
import { COLLECTIONS, HEAD, MARK, type Row, type Transaction } from './database.ts'

/** What is gone of records: their ids, what deletions among them named, and their contents where these are known. */
export interface Gone {
  readonly ids: readonly RecordId[]
  readonly names: readonly Name[]
  readonly contents: ReadonlyMap<RecordId, Uint8Array>
}

/** Follows what happens to records in a database. */
export interface Projection {
  /** *records* are here now, with their content, and were not before; others are gone. */
  saved(transaction: Transaction<'readwrite'>, records: readonly Record[], gone: Gone): Promise<void>
  /** The content of these is gone. */
  emptied(transaction: Transaction<'readwrite'>, ids: readonly RecordId[]): Promise<void>
  /** What lies in *range* is about to be erased. */
  erasing(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<void>
  /** The transaction is done. */
  done(): void
  /** Nothing of it happened. */
  failed(): void
}

/** What was written about collections. */
export interface Known {
  readonly [name: string]: { readonly digest: string; readonly isBuilt: boolean }
}

/** Read what is known of collections; nothing in a database that never had one. */
export async function knownCollections(transaction: Transaction): Promise<Known> {
  return JSON.parse((await transaction.objectStore('meta').get(COLLECTIONS)) ?? '{}') as Known
}

/** While no collection is declared in this page: notes what those of an earlier page have to catch up on. */
export class Behind implements Projection {
  async saved(transaction: Transaction<'readwrite'>, records: readonly Record[], gone: Gone): Promise<void> {
    await note(transaction, concerned(records, gone))
  }

  async emptied(transaction: Transaction<'readwrite'>, ids: readonly RecordId[]): Promise<void> {
    await note(transaction, ids)
  }

  async erasing(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<void> {
    await note(transaction, concerned([], await goneIn(transaction, range)))
  }

  done(): void {}

  failed(): void {}
}

/** Give the ids of what is to be looked at again. */
export function concerned(records: readonly Record[], { ids, names }: Gone): RecordId[] {
  return [...records.map(({ id }) => id), ...ids, ...(names as readonly RecordId[])]
}

/** Give what is gone with *rows*. */
export function goneOf(rows: readonly Row[]): Gone {
  const contents = rows.flatMap(({ id, wire }): [RecordId, Uint8Array][] => (wire === null ? [] : [[id, wire]]))
  return { ids: rows.map(({ id }) => id), names: rows.flatMap(namesIn), contents: new Map(contents) }
}

/** Give what goes when *range* is erased. */
export async function goneIn(transaction: Transaction, range: IDBKeyRange): Promise<Gone> {
  const records = transaction.objectStore('records')
  const times = [range.lower, range.upper].map(([time]) => ['kind', KIND_DELETION, time])
  const [places, deletions] = await Promise.all([
    records.getAllKeys(range),
    records.index('byFacet').getAll(IDBKeyRange.bound(times[0], times[1])),
  ])
  return { ids: places.map(([, id]) => id), names: deletions.flatMap(namesIn), contents: new Map() }
}

function namesIn({ facets }: Row): Name[] {
  // Behind the name stands its author, 64 digits.
  return facets.filter(([name]) => name === MARK).map(([, value]) => String(value).slice(64))
}

/** Note what happened to *ids*, where anybody wants to know. */
export async function note(transaction: Transaction<'readwrite'>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const isLogged = (await transaction.objectStore('meta').getKey(HEAD)) !== undefined
  if (!isLogged && Object.keys(await knownCollections(transaction)).length === 0) return
  const late = transaction.objectStore('late')
  await Promise.all(ids.map(id => late.put(0, id)))
}
