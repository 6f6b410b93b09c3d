/**
 * Documents in a page's memory, beside the records of a store that forgets. Loaded by pages that declare a collection,
 * and keep nothing.
 */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import { builtFor, type Definition } from '../documents/definition.ts'
import type { State } from '../documents/document.ts'
import type { ChangeStore } from '../ports.ts'
import type { Access } from './access.ts'
import { COMMITS } from './completeness.ts'
import { compareBytes, type DocKey, type Filed, WORDS } from './doc.ts'
import { Documents, type Place, type Shelf } from './documents.ts'
import type { Journal } from './journal.ts'
import { type Changed, Listeners } from './listeners.ts'
import type { Happening } from './log.ts'
import type { Outlines } from './outlines.ts'
import type { Gone } from './projection.ts'
import { Projector } from './projector.ts'

export { Documents }

const BUILT_AT_ONCE = 1_000
const NOTHING: Gone = { ids: [], names: [], contents: new Map() }

/** The documents of a store that gives all its records at once. */
export class Remembered implements Place {
  readonly projector = new Projector()
  readonly #all: () => ReadonlyMap<RecordId, Record>
  readonly #shelf: Memory
  readonly #listeners = new Listeners()
  #left: Record[] = []
  /** Logs what happens, once anybody reads that. */
  #log: ((happening: Happening) => Promise<void>) | null = null
  #logging: Promise<ChangeStore> | null = null
  /** One after the other, as transactions are. */
  #last: Promise<unknown> = Promise.resolve()

  /** *all* gives the records, and *outlines* what deletions say, and what is left of those without content. */
  constructor(all: () => ReadonlyMap<RecordId, Record>, outlines: () => Outlines) {
    this.#all = all
    this.#shelf = new Memory(outlines)
  }

  /** Follow that *records* came, others are gone, and the content of *emptied* is. */
  async follow(
    records: readonly Record[],
    { gone = NOTHING, emptied = [] }: { gone?: Gone; emptied?: readonly RecordId[] } = {},
  ): Promise<void> {
    const work = async (shelf: Shelf) => {
      await this.projector.add(shelf, records, { areNew: true })
      await this.projector.remove(shelf, gone)
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
    return ids.map(id => this.#all().get(id)).filter(record => record !== undefined)
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    const known = new Map(this.projector.definitions)
    this.projector.define(definitions)
    await this.write(async shelf => {
      const changed = definitions.filter(({ name }) => {
        const before = known.get(name)
        return before === undefined || builtFor(before) !== builtFor(this.projector.definition(name))
      })
      for (const { name } of changed) await this.projector.forget(shelf, await shelf.all(name))
      if (changed.length > 0) this.#left = [...this.#all().values()]
    })
  }

  async build(): Promise<number> {
    const some = this.#left.splice(0, BUILT_AT_ONCE)
    await this.write(shelf => {
      const here = some.filter(({ id }) => this.#all().has(id))
      return this.projector.add(shelf, here, { areNew: false })
    })
    return this.#left.length
  }

  async drop(collections: readonly string[]): Promise<void> {
    await this.write(async shelf => {
      for (const name of collections) {
        await shelf.clear(name)
        this.projector.definitions.delete(name)
      }
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
  readonly #slots = new Map<string, Set<RecordId>>()
  /** What is filed under parts of no collection. */
  readonly #parts = new Map<string, Set<RecordId>>()
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
    this.touched.add(doc.id)
    this.#docs.set(doc.id, doc)
    if (doc.slot !== undefined) putIn(this.#slots, doc.slot.slice(0, 2), doc.id)
    for (const part of doc.parts ?? []) if (part[0] === COMMITS) putIn(this.#parts, part, doc.id)
  }

  delete(id: RecordId): void {
    this.touched.add(id)
    const { slot, parts = [] } = this.#docs.get(id) ?? {}
    this.#docs.delete(id)
    if (slot !== undefined) takeOut(this.#slots, slot.slice(0, 2), id)
    for (const part of parts) takeOut(this.#parts, part, id)
  }

  async slot(collection: string, key: string, author: string | null): Promise<Filed[]> {
    const docs = this.#under(this.#slots, [collection, key])
    return docs.filter(doc => author === null || doc.author === author)
  }

  async hasCommits(): Promise<boolean> {
    return this.#parts.size > 0
  }

  async filed(field: string, part: string): Promise<Filed[]> {
    return this.#under(this.#parts, [COMMITS, field, part])
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
    yield this.#lying(collection, access)
  }

  async count(collection: string, access: Access): Promise<number> {
    return this.#lying(collection, access).length
  }

  async all(collection: string): Promise<Filed[]> {
    return [...this.#docs.values()].filter(doc => doc.collection === collection)
  }

  async newest(index: 'counting' | 'misfit', collection: string, limit: number): Promise<Filed[]> {
    return this.#sorted(doc => doc[index], collection).slice(0, limit)
  }

  async children(parent: RecordId): Promise<Filed[]> {
    return [...this.#docs.values()].filter(({ parents }) => parents.includes(parent))
  }

  async due(now: UnixTime): Promise<Filed[]> {
    return [...this.#docs.values()].filter(({ due }) => due !== undefined && due <= now)
  }

  async veiled(): Promise<Filed[]> {
    return [...this.#docs.values()].filter(({ veiled }) => veiled === 1)
  }

  async everything(): Promise<Filed[]> {
    return [...this.#docs.values()]
  }

  async clear(collection: string): Promise<void> {
    for (const { id } of await this.all(collection)) this.delete(id)
  }

  #under(places: ReadonlyMap<string, ReadonlySet<RecordId>>, place: readonly string[]): Filed[] {
    return [...(places.get(JSON.stringify(place)) ?? [])].flatMap(id => this.#docs.get(id) ?? [])
  }

  #lying(collection: string, { index, part, lower, upper, isBackward }: Access): Filed[] {
    if (part !== null) {
      const isHere = (text: string) => (part.isBeginning ? text.startsWith(part.from) : text === part.from)
      const isWanted = ([name, field, text]: readonly [string, string, string]) =>
        name === collection && field === part.field && (field === WORDS || !part.isBeginning) && isHere(text)
      return [...this.#docs.values()].filter(({ parts }) => parts?.some(isWanted))
    }
    const keyOf = (doc: Filed) => doc[index as 't']
    const found = this.#sorted(keyOf, collection).filter(doc => {
      const [, bytes] = keyOf(doc) ?? []
      const isIn = bytes !== undefined && compareBytes(lower, bytes) <= 0
      return isIn && (upper === null || compareBytes(bytes, upper) < 0)
    })
    return isBackward ? found.reverse() : found
  }

  #sorted(keyOf: (doc: Filed) => DocKey | undefined, collection: string): Filed[] {
    const keyed = [...this.#docs.values()].flatMap(doc => {
      const [name, bytes] = keyOf(doc) ?? []
      return bytes !== undefined && name === collection ? [{ doc, bytes }] : []
    })
    return keyed.sort((one, other) => compareBytes(one.bytes, other.bytes)).map(({ doc }) => doc)
  }
}

function putIn(places: Map<string, Set<RecordId>>, place: readonly string[], id: RecordId): void {
  const name = JSON.stringify(place)
  places.set(name, (places.get(name) ?? new Set()).add(id))
}

function takeOut(places: Map<string, Set<RecordId>>, place: readonly string[], id: RecordId): void {
  const name = JSON.stringify(place)
  places.get(name)?.delete(id)
  if (places.get(name)?.size === 0) places.delete(name)
}
