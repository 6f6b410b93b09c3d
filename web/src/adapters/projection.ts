/** What a store of a page tells its documents, in the transaction in which its records change. */

import { KIND_KEYED, KIND_RECORD, type Record, type RecordId } from '../core/record.ts'
import type { Transaction } from './database.ts'

/** Follows what happens to records in a database. */
export interface Projection {
  /** *records* are here now, as far as they were not before, and *removed* are gone. */
  saved(transaction: Transaction<'readwrite'>, records: readonly Record[], removed: readonly RecordId[]): Promise<void>
  /** The content of these is gone. */
  emptied(transaction: Transaction<'readwrite'>, ids: readonly RecordId[]): Promise<void>
  /** What lies in *range* is about to be erased. */
  erasing(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<void>
  /** The transaction is done. */
  done(): void
}

/** The name in `meta` of what is known of collections: the digests of those that are built, by name. */
export const COLLECTIONS = 'collections'

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
  async saved(
    transaction: Transaction<'readwrite'>,
    records: readonly Record[],
    removed: readonly RecordId[],
  ): Promise<void> {
    const documents = records.filter(({ kind }) => kind === KIND_RECORD || kind === KIND_KEYED)
    await note(transaction, [...documents.map(({ id }) => id), ...removed])
  }

  async emptied(transaction: Transaction<'readwrite'>, ids: readonly RecordId[]): Promise<void> {
    await note(transaction, ids)
  }

  async erasing(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<void> {
    const places = await transaction.objectStore('records').getAllKeys(range)
    await note(
      transaction,
      places.map(([, id]) => id),
    )
  }

  done(): void {}
}

/** Note what happened to *ids*, where anybody wants to know. */
export async function note(transaction: Transaction<'readwrite'>, ids: readonly RecordId[]): Promise<void> {
  if (ids.length === 0 || Object.keys(await knownCollections(transaction)).length === 0) return
  const late = transaction.objectStore('late')
  await Promise.all(ids.map(id => late.put(0, id)))
}
