/**
 * Documents in a page's database, beside the records and in the same transactions. Loaded by pages that declare a
 * collection, and keep their records.
 */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { decodeRecord, KIND_COMMIT, type Record, type RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { MalformedError } from '../errors.ts'
import type { Access } from './access.ts'
import { COMMITS } from './completeness.ts'
import type { Connection } from './connection.ts'
import { type Place as At, type Docs, MARK, type Row, type Transaction, tagFacet } from './database.ts'
import type { Filed } from './doc.ts'
import { Documents, type Place, type Shelf } from './documents.ts'
import { Listeners } from './listeners.ts'
import {
  COLLECTIONS,
  concerned,
  type Gone,
  goneIn,
  type Known,
  knownCollections,
  note,
  type Projection,
} from './projection.ts'
import { namesOf, Projector } from './projector.ts'

export { Documents }

/** Commits of batches are filed once any collection is declared, whichever. */
const BATCHES = { name: COMMITS, digest: COMMITS }
const BUILT_AT_ONCE = 256
const READ_FIRST = 32
const READ_MOST = 1_024

/** The documents of one database. */
export class Shelved implements Place, Projection {
  readonly projector = new Projector()
  readonly #connection: Connection
  readonly #get: (ids: readonly RecordId[]) => Promise<Record[]>
  readonly #listeners = new Listeners()
  /** The records of which collections are still to be read. */
  readonly #left = new Map<string, At[]>()
  #building: Promise<void> | null = null
  /** Collections of an earlier page that this one has not declared. */
  #isOthers = false

  constructor(connection: Connection, get: (ids: readonly RecordId[]) => Promise<Record[]>) {
    this.#connection = connection
    this.#get = get
  }

  async saved(transaction: Transaction<'readwrite'>, records: readonly Record[], gone: Gone): Promise<void> {
    const table = new Database(transaction)
    await this.projector.add(table, records)
    await this.projector.remove(table, gone)
    if (this.#isOthers) await note(transaction, concerned(records, gone))
  }

  async emptied(transaction: Transaction<'readwrite'>, ids: readonly RecordId[]): Promise<void> {
    await this.projector.empty(new Database(transaction), ids)
    if (this.#isOthers) await note(transaction, ids)
  }

  async erasing(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<void> {
    await this.saved(transaction, [], await goneIn(transaction, range))
  }

  done(): void {
    this.#listeners.tell(this.projector.takeChanged())
  }

  async read<Result>(work: (shelf: Shelf) => Promise<Result>): Promise<Result> {
    return await this.#connection.run('readonly', transaction => work(new Database(transaction)))
  }

  async write<Result>(work: (shelf: Shelf) => Promise<Result>): Promise<Result> {
    const result = await this.#connection.run('readwrite', transaction => work(new Database(transaction)))
    this.done()
    return result
  }

  records(ids: readonly RecordId[]): Promise<Record[]> {
    return this.#get(ids)
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    this.projector.define(definitions)
    await this.#connection.run('readwrite', async transaction => {
      const known = { ...(await knownCollections(transaction)) }
      const shelf = new Database(transaction)
      for (const { name, digest } of [BATCHES, ...definitions]) {
        if (known[name]?.digest === digest && known[name].isBuilt) continue
        await this.projector.forget(shelf, await shelf.all(name))
        known[name] = { digest, isBuilt: false }
      }
      await remember(transaction, known)
      this.#isOthers = Object.keys(known).some(name => name !== COMMITS && !this.projector.definitions.has(name))
      // First, so that what is complete is known once all documents are read.
      if (known[COMMITS]?.isBuilt === false) this.#left.set(COMMITS, await placesOf(transaction, 'kind', [KIND_COMMIT]))
      for (const definition of definitions) {
        if (known[definition.name]?.isBuilt === true) continue
        this.#left.set(definition.name, await placesOf(transaction, tagFacet('c'), namesOf(definition)))
      }
      await this.#catchUp(transaction, shelf)
    })
    this.done()
  }

  async build(): Promise<number> {
    const [next] = this.#left
    // Several may wait for it.
    this.#building ??= (next === undefined ? Promise.resolve() : this.#buildSome(...next)).finally(() => {
      this.#building = null
    })
    await this.#building
    return [...this.#left.values()].reduce((sum, { length }) => sum + length, 0)
  }

  async drop(collections: readonly string[]): Promise<void> {
    await this.#connection.run('readwrite', async transaction => {
      const known = { ...(await knownCollections(transaction)) }
      for (const name of collections) {
        await new Database(transaction).clear(name)
        delete known[name]
        this.projector.definitions.delete(name)
        this.#left.delete(name)
      }
      if (Object.keys(known).every(name => name === COMMITS)) {
        await new Database(transaction).clear(COMMITS)
        delete known[COMMITS]
      }
      await remember(transaction, known)
    })
  }

  watch(listener: (collections: ReadonlySet<string>) => void): () => void {
    return this.#listeners.add(listener)
  }

  async #buildSome(name: string, places: At[]): Promise<void> {
    const some = places.slice(0, BUILT_AT_ONCE)
    await this.#connection.run('readwrite', async transaction => {
      const rows = await Promise.all(some.map(place => transaction.objectStore('records').get(place)))
      await this.projector.add(new Database(transaction), rows.flatMap(recordsIn))
      if (some.length < places.length) return
      const known = await knownCollections(transaction)
      const { digest } = name === COMMITS ? BATCHES : this.projector.definition(name)
      await remember(transaction, { ...known, [name]: { digest, isBuilt: true } })
    })
    places.splice(0, some.length)
    if (places.length === 0) this.#left.delete(name)
    this.done()
  }

  /** Take in what happened while nobody had declared a collection. */
  async #catchUp(transaction: Transaction<'readwrite'>, shelf: Shelf): Promise<void> {
    const late = transaction.objectStore('late')
    const ids = (await late.getAllKeys()) as RecordId[]
    const index = transaction.objectStore('records').index('byId')
    const rows = await Promise.all(ids.map(id => index.get(id)))
    const gone = ids.filter((_, at) => rows[at] === undefined)
    const empty = ids.filter((_, at) => rows[at]?.wire === null)
    await this.projector.add(shelf, rows.flatMap(recordsIn))
    // What deletions name that are gone was noted as well.
    await this.projector.remove(shelf, { ids: gone, names: ids })
    await this.projector.empty(shelf, empty)
    // What is of collections that are not declared yet waits on.
    if (!this.#isOthers) await late.clear()
  }
}

/** Documents in one transaction. */
class Database implements Shelf {
  readonly #docs: Docs
  readonly #transaction: Transaction

  constructor(transaction: Transaction) {
    this.#transaction = transaction
    this.#docs = transaction.objectStore('docs') as Docs
  }

  async get(id: RecordId): Promise<Filed | undefined> {
    return await this.#docs.get(id)
  }

  put(doc: Filed): void {
    // What fails here ends the transaction, which tells it.
    this.#docs.put?.(doc).catch(() => {})
  }

  delete(id: RecordId): void {
    this.#docs.delete?.(id).catch(() => {})
  }

  async slot(collection: string, key: string, author: string | null): Promise<Filed[]> {
    const all = [collection, key]
    const range = author === null ? IDBKeyRange.bound(all, [...all, []]) : IDBKeyRange.only([...all, author])
    return await this.#docs.index('slot').getAll(range)
  }

  async present(records: readonly Record[]): Promise<ReadonlySet<RecordId>> {
    const store = this.#transaction.objectStore('records')
    const rows = await Promise.all(records.map(({ createdAt, id }) => store.get([createdAt, id])))
    return new Set(rows.flatMap(row => (row === undefined || row.wire === null ? [] : [row.id])))
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

/** Give where the records lie that have one of these values. */
async function placesOf(transaction: Transaction, facet: string, values: readonly (string | number)[]): Promise<At[]> {
  const index = transaction.objectStore('records').index('byFacet')
  const ranges = values.map(value => IDBKeyRange.bound([facet, value], [facet, value, []]))
  return (await Promise.all(ranges.map(range => index.getAllKeys(range)))).flat()
}

async function remember(transaction: Transaction<'readwrite'>, known: Known): Promise<void> {
  await transaction.objectStore('meta').put(JSON.stringify(known), COLLECTIONS)
}

function recordsIn(row: Row | undefined): Record[] {
  if (row === undefined || row.wire === null) return []
  try {
    return [decodeRecord(row.wire)]
  } catch (error) {
    // What is damaged is thrown away when it is read as a record.
    if (error instanceof MalformedError || error instanceof TypeError) return []
    throw error
  }
}
