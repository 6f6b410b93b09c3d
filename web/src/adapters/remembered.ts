/**
 * Documents in a page's memory, beside the records of a store that forgets. Loaded by pages that declare a collection,
 * and keep nothing.
 */

import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import { awake } from '../core/resting.ts'
import { builtFor, type Definition } from '../documents/definition.ts'
import { MISFIT, type State } from '../documents/document.ts'
import { MISFIT_TAG } from '../documents/remains.ts'
import type { ChangeStore } from '../ports.ts'
import { type Access, keysOf } from './access.ts'
import { COMMITS } from './completeness.ts'
import type { Filed } from './doc.ts'
import { Documents, type Shelf, type Shelves } from './documents.ts'
import type { Journal } from './journal.ts'
import { type Changed, Listeners } from './listeners.ts'
import type { Happening } from './log.ts'
import type { Outlines } from './outlines.ts'
import type { Gone } from './projection.ts'
import { Projector } from './projector.ts'
import { type DocKey, isLookedUp, type Keys, only } from './sorted.ts'

export { Documents }

const READ_AT_ONCE = 256
const BUILT_AT_ONCE = 1_000
const NOTHING: Gone = { ids: [], names: [], contents: new Map() }

/** The documents of a store that gives all its records at once. */
export class Remembered implements Shelves {
  readonly projector = new Projector()
  readonly #shells: () => Iterable<Record>
  readonly #all: () => ReadonlyMap<RecordId, Record>
  readonly #shelf: Memory
  readonly #listeners = new Listeners()
  #left: Record[] = []
  /** What was purged, and did not fit. */
  readonly #misfits = new Set<RecordId>()
  /** Logs what happens, once anybody reads that. */
  #log: ((happening: Happening) => Promise<void>) | null = null
  #logging: Promise<ChangeStore> | null = null
  /** One after the other, as transactions are. */
  #last: Promise<unknown> = Promise.resolve()

  /** *all* gives the records, *outlines* what deletions say, and *shells* what is left of documents that were purged. */
  constructor(all: () => ReadonlyMap<RecordId, Record>, outlines: () => Outlines, shells: () => Iterable<Record>) {
    this.#all = all
    this.#shells = shells
    this.#shelf = new Memory(outlines)
  }

  /** Follow that *records* came, others are gone, and the content of *emptied* is. */
  async follow(
    records: readonly Record[],
    { gone = NOTHING, emptied = [] }: { gone?: Gone; emptied?: readonly RecordId[] } = {},
  ): Promise<void> {
    const work = async (shelf: Shelf) => {
      await this.projector.add(shelf, records, { areNew: true })
      for (const id of gone.ids) this.#misfits.delete(id)
      await this.projector.remove(shelf, gone)
      for (const id of emptied) if (((await shelf.get(id))?.state ?? 0) & MISFIT) this.#misfits.add(id)
      await this.projector.empty(shelf, emptied)
    }
    await this.write(work, { added: records.map(({ id }) => id), gone, emptied })
  }

  read<Result>(work: (shelf: Shelf) => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => work(this.#shelf))
    this.#last = result.catch(() => {})
    return result
  }

  async write<Result>(work: (shelf: Shelf) => Promise<Result>, happening: Happening = {}): Promise<Result> {
    const result = await this.read(async shelf => {
      this.#shelf.touched.clear()
      const found = await work(shelf)
      const touched = [...shelf.touched, ...(happening.touched ?? [])]
      await this.#log?.({ ...happening, touched })
      return found
    })
    this.#listeners.tell(this.projector.takeChanged())
    return result
  }

  log(): Promise<ChangeStore> {
    this.#logging ??= this.#openLog().catch(error => {
      this.#logging = null
      throw error
    })
    return this.#logging
  }

  async records(ids: readonly RecordId[]): Promise<Record[]> {
    return ids.flatMap(id => this.#all().get(id) ?? []).map(awake)
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    // For when there is no network.
    if (globalThis.navigator?.onLine === true) import('./recalled.ts').catch(() => {})
    const known = new Map(this.projector.definitions)
    this.projector.define(definitions)
    await this.write(async shelf => {
      const changed = definitions.filter(({ name }) => {
        const before = known.get(name)
        return before === undefined || builtFor(before) !== builtFor(this.projector.definition(name))
      })
      for (const { name } of changed) await this.projector.forget(shelf, await shelf.all(name))
      if (changed.length > 0) this.#left = [...this.#all().values(), ...this.#remains()]
    })
  }

  async build(): Promise<number> {
    const some = this.#left.splice(0, BUILT_AT_ONCE)
    await this.write(shelf => {
      const here = some.filter(({ id, wire }) => wire.length === 0 || this.#all().has(id))
      return this.projector.add(shelf, here.map(awake), { areNew: false })
    })
    return this.#left.length
  }

  /** Give what is left of what was purged; a misfit stays one, whatever its collection is declared as. */
  #remains(): Record[] {
    const left = [...this.#shells()]
    return left.map(each => (this.#misfits.has(each.id) ? { ...each, tags: [...each.tags, [MISFIT_TAG]] } : each))
  }

  async drop(collections: readonly string[]): Promise<void> {
    // At once: what is defined from now on is another one.
    for (const name of collections) this.projector.definitions.delete(name)
    await this.write(async shelf => {
      for (const name of collections) await shelf.clear(name)
    })
  }

  async #openLog(): Promise<ChangeStore> {
    const { begin, follow, NO_BITS, Recalled, Viewing } = await import('./recalled.ts')
    const journal = new Recalled(this.#all, id => this.#shelf.stateOf(id))
    const bits = () => this.projector.bitsOf ?? NO_BITS
    const [log = 0] = crypto.getRandomValues(new Uint32Array(1))
    await this.read(async () => {
      await begin(journal, log, bits())
      this.#log = happening => follow(journal, bits(), happening)
    })
    const inTurn = <Result>(work: (journal: Journal) => Promise<Result>) => this.read(() => work(journal))
    return new Viewing({ read: inTurn, write: inTurn })
  }

  watch(listener: (changed: Changed) => void): () => void {
    return this.#listeners.add(listener)
  }
}

/** All documents; they are few enough to look at each. */
class Memory implements Shelf {
  readonly touched = new Set<RecordId>()
  readonly #docs = new Map<RecordId, Filed>()
  /** What is looked up with every record that comes. */
  readonly #byKey = new Map<DocKey, Set<RecordId>>()
  readonly #outlines: () => Outlines

  constructor(outlines: () => Outlines) {
    this.#outlines = outlines
  }

  async get(id: RecordId): Promise<Filed | undefined> {
    return this.#docs.get(id)
  }

  stateOf(id: RecordId): State | undefined {
    const doc = this.#docs.get(id)
    // Commits of batches are no documents, though they are filed as such.
    return doc === undefined || doc.collection === COMMITS ? undefined : doc.state
  }

  put(doc: Filed): void {
    this.delete(doc.id)
    this.#docs.set(doc.id, doc)
    for (const key of doc.keys.filter(isLookedUp)) this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(doc.id))
  }

  delete(id: RecordId): void {
    this.touched.add(id)
    for (const key of this.#docs.get(id)?.keys ?? []) {
      const ids = this.#byKey.get(key)
      ids?.delete(id)
      if (ids?.size === 0) this.#byKey.delete(key)
    }
    this.#docs.delete(id)
  }

  async find(keys: Keys, limit?: number): Promise<Filed[]> {
    const [from, end] = keys
    if (!isLookedUp(from) || end !== only(from)[1]) return this.#lying(keys).slice(0, limit)
    return [...(this.#byKey.get(from) ?? [])].flatMap(id => this.#docs.get(id) ?? []).slice(0, limit)
  }

  async here(ids: readonly RecordId[]): Promise<ReadonlySet<RecordId>> {
    return new Set(ids.filter(id => this.#outlines().has(id)))
  }

  async deletions(id: RecordId, author: PublicKey): Promise<RecordId[]> {
    return this.#outlines()
      .marks([[id, author]])
      .map(({ deletion }) => deletion)
  }

  async *read(collection: string, access: Access): AsyncIterable<Filed[]> {
    const found = this.#lying(keysOf(collection, access))
    const docs = access.isBackward ? found.reverse() : found
    for (let start = 0; start < docs.length; start += READ_AT_ONCE) yield docs.slice(start, start + READ_AT_ONCE)
  }

  async count(collection: string, access: Access): Promise<number> {
    return this.#lying(keysOf(collection, access)).length
  }

  async all(collection: string): Promise<Filed[]> {
    return [...this.#docs.values()].filter(doc => doc.collection === collection)
  }

  async everything(): Promise<Filed[]> {
    return [...this.#docs.values()]
  }

  async records(): Promise<null> {
    return null
  }

  async clear(collection: string): Promise<void> {
    for (const { id } of await this.all(collection)) this.delete(id)
  }

  /** Give what lies there, in order, each document once. */
  #lying([from, end]: Keys): Filed[] {
    const keyed = [...this.#docs.values()].flatMap(doc => {
      const key = doc.keys.find(each => from <= each && each < end)
      return key === undefined ? [] : [{ doc, key }]
    })
    return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ doc }) => doc)
  }
}
