/**
 * Documents in a page's database, beside the records and in the same transactions. Loaded by pages that declare a
 * collection, and keep their records.
 */

import type { UnixTime } from '../core/clock.ts'
import { KIND_COMMIT, type Record, type RecordId } from '../core/record.ts'
import { builtFor, type Definition, namesRead } from '../documents/definition.ts'
import { MISFIT } from '../documents/document.ts'
import { MISFIT_TAG, shellWith } from '../documents/remains.ts'
import type { ChangeStore, Lens } from '../ports.ts'
import { COMMITS } from './completeness.ts'
import type { Connection } from './connection.ts'
import { COLLECTIONS, LEFT, type Place, type Row, type Transaction, tagFacet } from './database.ts'
import { MISFITS } from './doc.ts'
import { Documents, type Shelf, type Shelves } from './documents.ts'
import { type Changed, Listeners } from './listeners.ts'
import type { Happening } from './log.ts'
import {
  concerned,
  type Gone,
  goneIn,
  goneOf,
  type Known,
  knownCollections,
  note,
  type Projection,
} from './projection.ts'
import { Projector } from './projector.ts'
import { DatabaseShelf, recordsIn } from './shelf.ts'
import { docKeys } from './sorted.ts'

export { Documents }

/** Commits of batches are filed once any collection is declared, whichever. */
const BATCHES = [COMMITS, COMMITS] as const
const BUILT_AT_ONCE = 256

/** The documents of one database. */
export class Shelved implements Shelves, Projection {
  readonly projector = new Projector()
  readonly #connection: Connection
  readonly #get: (ids: readonly RecordId[]) => Promise<Record[]>
  readonly #listeners = new Listeners()
  /** The records of which collections are still to be read. */
  readonly #left = new Map<string, Place[]>()
  #building: Promise<void> | null = null
  /** There may be collections of an earlier page that this one has not declared. */
  #isOthers = true
  /** Logs what happens, once anybody reads that. */
  #log: ((transaction: Transaction<'readwrite'>, happening: Happening) => Promise<void>) | null = null
  #logging: Promise<ChangeStore> | null = null

  constructor(connection: Connection, get: (ids: readonly RecordId[]) => Promise<Record[]>, lens: Lens | null = null) {
    this.#connection = connection
    this.#get = get
    this.projector.lens = lens
  }

  async saved(transaction: Transaction<'readwrite'>, records: readonly Record[], gone: Gone): Promise<void> {
    const shelf = new DatabaseShelf(transaction)
    await this.projector.add(shelf, records, { areNew: true })
    await this.projector.remove(shelf, gone)
    await this.#follow(transaction, shelf, { added: records.map(({ id }) => id), gone })
    if (this.#isOthers) await note(transaction, concerned(records, gone))
  }

  async emptied(transaction: Transaction<'readwrite'>, ids: readonly RecordId[]): Promise<void> {
    const shelf = new DatabaseShelf(transaction)
    await noteMisfits(transaction, shelf, ids)
    await this.projector.empty(shelf, ids)
    await this.#follow(transaction, shelf, { emptied: ids })
    if (this.#isOthers) await note(transaction, ids)
  }

  async erasing(transaction: Transaction<'readwrite'>, range: IDBKeyRange): Promise<void> {
    const isLogged = this.#log !== null
    const rows = isLogged ? await transaction.objectStore('records').getAll(range) : []
    await this.saved(transaction, [], isLogged ? goneOf(rows) : await goneIn(transaction, range))
  }

  done(): void {
    this.#listeners.tell(this.projector.takeChanged())
  }

  failed(): void {
    this.projector.doubt()
    this.done()
  }

  async read<Result>(work: (shelf: Shelf) => Promise<Result>): Promise<Result> {
    return await this.#connection.run('readonly', transaction => work(new DatabaseShelf(transaction)))
  }

  async write<Result>(work: (shelf: Shelf) => Promise<Result>, happening?: Happening): Promise<Result> {
    try {
      const result = await this.#connection.run('readwrite', async transaction => {
        const shelf = new DatabaseShelf(transaction)
        const found = await work(shelf)
        await this.#follow(transaction, shelf, happening)
        return found
      })
      this.done()
      return result
    } catch (error) {
      this.failed()
      throw error
    }
  }

  log(): Promise<ChangeStore> {
    this.#logging ??= this.#openLog().catch(error => {
      this.#logging = null
      throw error
    })
    return this.#logging
  }

  records(ids: readonly RecordId[]): Promise<Record[]> {
    return this.#get(ids)
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    // For when there is no network.
    if (globalThis.navigator?.onLine === true) import('./logged.ts').catch(() => {})
    this.projector.define(definitions)
    await this.#inOne(async (shelf, transaction) => {
      const known = { ...(await knownCollections(transaction)) }
      // What was purged while nobody had declared a collection was read as it was declared before.
      await noteMisfits(transaction, shelf, (await transaction.objectStore('late').getAllKeys()) as RecordId[])
      const asked = definitions.map(({ name }) => this.projector.definition(name))
      for (const [name, digest] of [this.#digestOf(null), ...asked.map(each => this.#digestOf(each))]) {
        if (known[name]?.digest === digest && known[name].isBuilt) continue
        await this.projector.forget(shelf, await shelf.all(name))
        known[name] = { digest, isBuilt: false }
      }
      await remember(transaction, known)
      this.#isOthers = Object.keys(known).some(name => name !== COMMITS && !this.projector.definitions.has(name))
      // First, so that what is complete is known once all documents are read.
      if (known[COMMITS]?.isBuilt === false) this.#left.set(COMMITS, await placesOf(transaction, 'kind', [KIND_COMMIT]))
      for (const definition of asked) {
        const isBuilt = known[definition.name]?.isBuilt === true
        if (isBuilt && definition.fits !== null) await this.#judgeAnew(transaction, shelf, definition.name)
        if (isBuilt) continue
        this.#left.set(definition.name, await this.#placesOf(transaction, definition))
      }
      return await this.#catchUp(transaction, shelf)
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
    // At once: what is defined from now on is another one.
    for (const name of collections) {
      this.projector.definitions.delete(name)
      this.#left.delete(name)
    }
    this.#isOthers = true
    await this.#inOne(async (shelf, transaction) => {
      const known = { ...(await knownCollections(transaction)) }
      for (const name of collections) {
        await shelf.clear(name)
        delete known[name]
      }
      if (Object.keys(known).every(name => name === COMMITS)) {
        await shelf.clear(COMMITS)
        delete known[COMMITS]
      }
      await remember(transaction, known)
      return {}
    })
  }

  watch(listener: (changed: Changed) => void): () => void {
    return this.#listeners.add(listener)
  }

  async #buildSome(name: string, places: Place[]): Promise<void> {
    const some = places.slice(0, BUILT_AT_ONCE)
    await this.#inOne(async (shelf, transaction) => {
      // It was dropped, or defined anew, meanwhile.
      if (this.#left.get(name) !== places) return {}
      const rows = await Promise.all(some.map(place => transaction.objectStore('records').get(place)))
      await this.projector.add(shelf, [...rows.flatMap(recordsIn), ...rows.flatMap(shellsIn)], { areNew: false })
      if (some.length < places.length) return {}
      const known = await knownCollections(transaction)
      const [, digest] = this.#digestOf(name === COMMITS ? null : this.projector.definition(name))
      await remember(transaction, { ...known, [name]: { digest, isBuilt: true } })
      return {}
    })
    places.splice(0, some.length)
    if (places.length === 0 && this.#left.get(name) === places) this.#left.delete(name)
    this.done()
  }

  /** Give a name, and for what is built under it: *definition*, or batches, and the secrets that open what it is made of. */
  #digestOf(definition: Definition | null): readonly [name: string, digest: string] {
    const [name, digest] = definition === null ? BATCHES : [definition.name, builtFor(definition)]
    const { lens } = this.projector
    return [name, lens === null ? digest : [digest, ...lens.ids].join(' ')]
  }

  /** Give where records may lie that a collection reads. */
  async #placesOf(transaction: Transaction, definition: Definition): Promise<Place[]> {
    const names = namesRead(definition)
    const { lens } = this.projector
    const shown = lens === null ? names : names.flatMap(name => lens.hidden('c', name))
    const found = [placesOf(transaction, tagFacet('c'), shown), placesOf(transaction, LEFT, names)]
    return (await Promise.all(found)).flat()
  }

  /** Ask the validator of this page of what did not fit before: it may be another one. */
  async #judgeAnew(transaction: Transaction<'readwrite'>, shelf: Shelf, name: string): Promise<void> {
    const misfits = await shelf.find(docKeys(MISFITS, name))
    const records = transaction.objectStore('records')
    const rows = await Promise.all(misfits.map(({ createdAt, id }) => records.get([createdAt, id])))
    const here = rows.flatMap(recordsIn)
    for (const { id } of here) shelf.delete(id)
    await this.projector.add(shelf, here, { areNew: true })
  }

  /** Take in what happened while nobody had declared a collection, and give it for the log. */
  async #catchUp(transaction: Transaction<'readwrite'>, shelf: Shelf): Promise<Happening> {
    const late = transaction.objectStore('late')
    const ids = (await late.getAllKeys()) as RecordId[]
    const index = transaction.objectStore('records').index('byId')
    const rows = await Promise.all(ids.map(id => index.get(id)))
    const gone = ids.filter((_, at) => rows[at] === undefined)
    const empty = ids.filter((_, at) => rows[at]?.wire === null)
    const records = rows.flatMap(recordsIn)
    await this.projector.add(shelf, [...records, ...rows.flatMap(shellsIn)], { areNew: false })
    // What deletions name that are gone was noted as well.
    await this.projector.remove(shelf, { ids: gone, names: ids, contents: new Map() })
    await this.projector.empty(shelf, empty)
    // What is of collections that are not declared yet waits on.
    if (!this.#isOthers) await late.clear()
    return { added: records.map(({ id }) => id), late: [...gone, ...empty] }
  }

  async #openLog(): Promise<ChangeStore> {
    const { begin, follow, Logged, NO_BITS, Viewing } = await import('./logged.ts')
    const bits = () => this.projector.bitsOf ?? NO_BITS
    const [log = 0] = crypto.getRandomValues(new Uint32Array(1))
    // What is written meanwhile waits for the next transaction.
    this.#log = (transaction, happening) => follow(new Logged(transaction), bits(), happening)
    await this.#inOne(async (shelf, transaction) => {
      await begin(new Logged(transaction), log, bits())
      return { ...(await this.#catchUp(transaction, shelf)), isHeeded: true }
    })
    this.done()
    return new Viewing({
      read: work => this.#connection.run('readonly', transaction => work(new Logged(transaction))),
      write: work => this.#connection.run('readwrite', transaction => work(new Logged(transaction))),
    })
  }

  /** Do *work* in one transaction, and log what it says and touches. */
  async #inOne(work: (shelf: Shelf, transaction: Transaction<'readwrite'>) => Promise<Happening>): Promise<void> {
    try {
      await this.#connection.run('readwrite', async transaction => {
        const shelf = new DatabaseShelf(transaction)
        await this.#follow(transaction, shelf, await work(shelf, transaction))
      })
    } catch (error) {
      this.failed()
      throw error
    }
  }

  async #follow(transaction: Transaction<'readwrite'>, shelf: Shelf, happening: Happening = {}): Promise<void> {
    await this.#log?.(transaction, { ...happening, touched: [...shelf.touched, ...(happening.touched ?? [])] })
  }
}

/** Give where the records lie that have one of these values. */
async function placesOf(
  transaction: Transaction,
  facet: string,
  values: readonly (string | number)[],
): Promise<Place[]> {
  const index = transaction.objectStore('records').index('byFacet')
  const ranges = values.map(value => IDBKeyRange.bound([facet, value], [facet, value, []]))
  return (await Promise.all(ranges.map(range => index.getAllKeys(range)))).flat()
}

async function remember(transaction: Transaction<'readwrite'>, known: Known): Promise<void> {
  await transaction.objectStore('meta').put(JSON.stringify(known), COLLECTIONS)
}

/** Let what is purged of *ids*, and did not fit, be a misfit still, whatever its collection is declared as afterwards. */
async function noteMisfits(transaction: Transaction<'readwrite'>, shelf: Shelf, ids: readonly RecordId[]) {
  const records = transaction.objectStore('records')
  for (const doc of await Promise.all(ids.map(id => shelf.get(id)))) {
    if (doc === undefined || (doc.state & MISFIT) === 0) continue
    const row = await records.get([doc.createdAt, doc.id])
    if (row?.left !== undefined) await records.put({ ...row, left: [...row.left, [MISFIT_TAG]] })
  }
}

/** Give what is left of a document that was purged. */
function shellsIn(row: Row | undefined): Record[] {
  if (row?.left === undefined) return []
  const { id, author, kind, place, left } = row
  return [shellWith({ id: id as RecordId, author, kind, createdAt: place[0] as UnixTime }, left)]
}
