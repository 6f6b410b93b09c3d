/** Documents in one transaction of a page's database. */

import { unwrap } from 'idb'
import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { RecordId } from '../core/record.ts'
import type { Access } from './access.ts'
import { COMMITS } from './completeness.ts'
import { type Docs, MARK, type Transaction } from './database.ts'
import type { Filed } from './doc.ts'
import type { Shelf } from './documents.ts'

const READ_FIRST = 32
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

  async slot(collection: string, key: string, author: string | null): Promise<Filed[]> {
    const all = [collection, key]
    const range = author === null ? IDBKeyRange.bound(all, [...all, []]) : IDBKeyRange.only([...all, author])
    return await this.#docs.index('slot').getAll(range)
  }

  async hasCommits(): Promise<boolean> {
    return (await this.#docs.index('collection').getKey(COMMITS)) !== undefined
  }

  async filed(field: string, part: string): Promise<Filed[]> {
    return await this.#docs.index('parts').getAll(IDBKeyRange.only([COMMITS, field, part]))
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

  async *read(collection: string, access: Access): AsyncIterable<Filed[]> {
    if (access.part !== null) return yield await this.#byPart(collection, access.part)
    const index = this.#docs.index(access.index)
    let range = rangeOf(collection, access)
    for (let count = READ_FIRST; range !== null; count = Math.min(2 * count, READ_MOST)) {
      const docs = access.isBackward
        ? await this.#readBackward(access.index, range, count)
        : await index.getAll(range, count)
      yield docs
      const last = docs.at(-1)?.[access.index as 't']
      if (docs.length < count || last === undefined) return
      range = access.isBackward
        ? bounded(range.lower, last, { isUpperOpen: true })
        : bounded(last, range.upper, { isLowerOpen: true, isUpperOpen: true })
    }
  }

  async count(collection: string, access: Access): Promise<number> {
    if (access.part !== null) return await this.#docs.index('parts').count(partRange(collection, access.part))
    const range = rangeOf(collection, access)
    return range === null ? 0 : await this.#docs.index(access.index).count(range)
  }

  async all(collection: string): Promise<Filed[]> {
    return await this.#docs.index('collection').getAll(collection)
  }

  async newest(index: 'counting' | 'misfit', collection: string, limit: number): Promise<Filed[]> {
    const range = IDBKeyRange.bound([collection], [collection, []])
    return await this.#docs.index(index).getAll(range, Number.isFinite(limit) ? limit : undefined)
  }

  async children(parent: RecordId): Promise<Filed[]> {
    return await this.#docs.index('parents').getAll(parent)
  }

  async due(now: UnixTime): Promise<Filed[]> {
    return await this.#docs.index('due').getAll(IDBKeyRange.upperBound(now))
  }

  async veiled(): Promise<Filed[]> {
    return await this.#docs.index('veiled').getAll(1)
  }

  async everything(): Promise<Filed[]> {
    return await this.#docs.getAll()
  }

  async clear(collection: string): Promise<void> {
    const ids = await this.#docs.index('collection').getAllKeys(collection)
    for (const id of ids) this.delete(id as RecordId)
  }

  async #byPart(collection: string, part: NonNullable<Access['part']>): Promise<Filed[]> {
    const found = await this.#docs.index('parts').getAll(partRange(collection, part))
    return [...new Map(found.map(doc => [doc.id, doc])).values()]
  }

  async #readBackward(index: string, range: IDBKeyRange, count: number): Promise<Filed[]> {
    const docs: Filed[] = []
    let cursor = await this.#docs.index(index).openCursor(range, 'prev')
    while (cursor !== null && docs.length < count) {
      docs.push(cursor.value)
      cursor = await cursor.continue()
    }
    return docs
  }
}

function rangeOf(collection: string, { lower, upper }: Access): IDBKeyRange | null {
  // No bytes at all are a key that some take for one that was given away.
  const start = lower.length === 0 ? [collection] : [collection, lower]
  return bounded(start, [collection, upper ?? []], { isUpperOpen: true })
}

/** Give the range between two keys; null where nothing can lie in it. */
function bounded(
  lower: unknown,
  upper: unknown,
  { isLowerOpen = false, isUpperOpen = false }: { isLowerOpen?: boolean; isUpperOpen?: boolean },
): IDBKeyRange | null {
  const isEmpty = indexedDB.cmp(lower, upper) > (isLowerOpen || isUpperOpen ? -1 : 0)
  return isEmpty ? null : IDBKeyRange.bound(lower, upper, isLowerOpen, isUpperOpen)
}

function partRange(collection: string, { field, from, isBeginning }: NonNullable<Access['part']>): IDBKeyRange {
  const key = [collection, field, from]
  if (!isBeginning) return IDBKeyRange.only(key)
  // Nothing that is a word begins with the last unit of UTF-16.
  return IDBKeyRange.bound(key, [collection, field, `${from}\uffff`])
}
