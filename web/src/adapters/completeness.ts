/** Which documents of atomic batches are complete, as the records and commits of a store say it. */

import { namesDeleted } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import { readCommit } from '../documents/commit.ts'
import { type Filed, type Stored, signerOf } from './doc.ts'
import type { Table } from './projector.ts'
import { docKey, only, partKey } from './sorted.ts'

/** The name of no collection: commits of batches are filed under it. */
export const COMMITS = ''

/** The field of what belongs to one batch, its commits among them: an author, and a nonce. */
const BATCH = 'batch'
/** The field of what commits list. */
export const LISTED = 'listed'

/** A batch, by its author and nonce. */
export type Batch = string

/** Under what commits, and documents of batches, are found whether readers see them or not. */
export type BatchPart = readonly [collection: typeof COMMITS, field: string, part: string]

/** Give under what a document of a batch is found; nothing for others. */
export function partsOf(doc: Stored): BatchPart[] {
  return doc.batch === null ? [] : [[COMMITS, BATCH, signerOf(doc) + doc.batch]]
}

/** File what a record says as a commit; null when it is none. */
export function filedCommit(record: Record): Filed | null {
  const commit = readCommit(record)
  if (commit === null) return null
  const { id, author, createdAt } = record
  const said = { id, author, createdAt, batch: commit.nonce, value: commit.ids }
  const rest = { collection: COMMITS, key: null, stamp: 0, state: 0, expiresAt: null, parents: [] }
  const parts: BatchPart[] = [
    [COMMITS, BATCH, author + commit.nonce],
    ...commit.ids.map(each => [COMMITS, LISTED, each] as const),
  ]
  return { ...said, ...rest, keys: [docKey('unseen', COMMITS, id), ...parts.map(part => partKey(...part))] }
}

/** Give the batches that *docs* are of, or commit. */
export function batchesOf(docs: Iterable<Stored>): Batch[] {
  return [...docs].flatMap(doc => (doc.batch === null ? [] : [signerOf(doc) + doc.batch]))
}

/** Give the batches that list any of *records*, or what the deletions among them name. */
export async function batchesListing(table: Table, records: readonly Record[]): Promise<Batch[]> {
  return await batchesNaming(table, [...records.map(({ id }) => id), ...records.flatMap(namesDeleted)])
}

/** Give the batches that list any of *ids*. */
export async function batchesNaming(table: Table, ids: readonly string[]): Promise<Batch[]> {
  const found = await Promise.all([...new Set(ids)].map(id => table.find(only(partKey(COMMITS, LISTED, id)))))
  return batchesOf(found.flat())
}

/** Give what of *batch* is here, and which of it is complete; *gone* are no longer here, though a store has them yet. */
export async function reviewed(
  table: Table,
  batch: Batch,
  gone: ReadonlySet<RecordId>,
): Promise<{ readonly docs: readonly Filed[]; readonly complete: ReadonlySet<RecordId> }> {
  const filed = (await table.find(only(partKey(COMMITS, BATCH, batch)))).filter(({ id }) => !gone.has(id))
  const complete = new Set<RecordId>()
  for (const { collection, value, author } of filed) {
    const ids = value as unknown as readonly RecordId[]
    if (collection === COMMITS && (await areThere(table, ids, author, gone))) for (const id of ids) complete.add(id)
  }
  return { docs: filed.filter(({ collection }) => collection !== COMMITS), complete }
}

/** Say whether all of *ids* are here, or deleted by *author*. */
async function areThere(
  table: Table,
  ids: readonly RecordId[],
  author: PublicKey,
  gone: ReadonlySet<RecordId>,
): Promise<boolean> {
  const here = await table.here(ids)
  const missing = ids.filter(id => !here.has(id) || gone.has(id))
  const deletions = await Promise.all(missing.map(id => table.deletions(id, author)))
  return deletions.every(found => found.some(id => !gone.has(id)))
}
