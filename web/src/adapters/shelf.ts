/** Documents in one transaction of a page's database. */

import { unwrap } from 'idb'
import type { PublicKey } from '../core/keys.ts'
import { decodeRecord, type Record, type RecordId } from '../core/record.ts'
import { MalformedError } from '../errors.ts'
import { type Access, keysOf } from './access.ts'
import { type Docs, MARK, type Row, type Transaction } from './database.ts'
import { type Filed, SEEN, type Stored, UNSEEN } from './doc.ts'
import type { Shelf } from './documents.ts'
import { docKeys, type Keys } from './sorted.ts'

const READ_MOST = 1_024

/** Documents in one transaction. */
export class DatabaseShelf implements Shelf {
  readonly touched = new Set<RecordId>()
  readonly #docs: Docs
  readonly #bare: IDBObjectStore
  readonly #transaction: Transaction

  constructor(transaction: Transaction) {
    this.#transaction = transaction
    this.#docs = transaction.objectStore('docs') as Docs
    this.#bare = unwrap(this.#docs)
  }

  async get(id: RecordId): Promise<Filed | undefined> {
    return await this.#docs.get(id)
  }

  put(doc: Filed): void {
    this.touched.add(doc.id)
    // What fails here ends the transaction, which tells it; nobody waits for each.
    this.#bare.put(doc)
  }

  delete(id: RecordId): void {
    this.touched.add(id)
    this.#bare.delete(id)
  }

  async find([from, end]: Keys, limit?: number): Promise<Filed[]> {
    const found = await this.#keys.getAll(IDBKeyRange.bound(from, end, false, true), limit)
    return [...new Map(found.map(doc => [doc.id, doc])).values()]
  }

  async here(ids: readonly RecordId[]): Promise<ReadonlySet<RecordId>> {
    const index = this.#transaction.objectStore('records').index('byId')
    const places = await Promise.all(ids.map(id => index.getKey(id)))
    return new Set(ids.filter((_, at) => places[at] !== undefined))
  }

  async deletions(id: RecordId, author: PublicKey): Promise<RecordId[]> {
    const index = this.#transaction.objectStore('records').index('byFacet')
    const name = author + id
    const places = await index.getAllKeys(IDBKeyRange.bound([MARK, name], [MARK, name, []]))
    return places.map(([, deletion]) => deletion)
  }

  async *read(collection: string, access: Access, first = READ_MOST): AsyncIterable<Filed[]> {
    let [from, end] = keysOf(collection, access)
    if (access.part !== null) return yield await this.find([from, end])
    for (let count = Math.min(first, READ_MOST); from < end; count = Math.min(2 * count, READ_MOST)) {
      const range = IDBKeyRange.bound(from, end, false, true)
      const docs = access.isBackward ? await this.#readBackward(range, count) : await this.#keys.getAll(range, count)
      yield docs
      const last = docs.at(-1)?.keys.find(key => from <= key && key < end)
      if (docs.length < count || last === undefined) return
      if (access.isBackward) end = last
      else from = `${last}\0`
    }
  }

  async count(collection: string, access: Access): Promise<number> {
    const [from, end] = keysOf(collection, access)
    return from < end ? await this.#keys.count(IDBKeyRange.bound(from, end, false, true)) : 0
  }

  async all(collection: string): Promise<Filed[]> {
    return [...(await this.find(docKeys(SEEN, collection))), ...(await this.find(docKeys(UNSEEN, collection)))]
  }

  async everything(): Promise<Filed[]> {
    return await this.#docs.getAll()
  }

  async records(docs: readonly Stored[]): Promise<Record[] | null> {
    const store = this.#transaction.objectStore('records')
    const rows = await Promise.all(docs.map(({ createdAt, id }) => store.get([createdAt, id])))
    const records = rows.flatMap(recordsIn)
    return docs.every(({ id }, at) => records[at]?.id === id) ? records : null
  }

  async clear(collection: string): Promise<void> {
    for (const { id } of await this.all(collection)) this.delete(id)
  }

  async #readBackward(range: IDBKeyRange, count: number): Promise<Filed[]> {
    const docs: Filed[] = []
    let cursor = await this.#keys.openCursor(range, 'prev')
    while (cursor !== null && docs.length < count) {
      docs.push(cursor.value)
      cursor = await cursor.continue()
    }
    return docs
  }

  get #keys() {
    return this.#docs.index('keys')
  }
}

/** Give what a row holds, as a record; nothing where it holds none. */
export function recordsIn(row: Row | undefined): Record[] {
  if (row === undefined || row.wire === null) return []
  try {
    return [decodeRecord(row.wire)]
  } catch (error) {
    // What is damaged is thrown away when it is read as a record.
    if (error instanceof MalformedError || error instanceof TypeError) return []
    throw error
  }
}
