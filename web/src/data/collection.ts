/** Collections: documents, registers and logs of one schema, among the records of a room. */

import type { Json } from '../core/action.ts'
import { addressText } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import { KIND_DELETION, KIND_KEYED, type Record } from '../core/record.ts'
import { type AnyKey, readAuthor, several, shown } from '../core/typed.ts'
import { writeCursor } from '../documents/cursor.ts'
import type { Definition } from '../documents/definition.ts'
import {
  EXPIRED,
  fieldOfRow,
  headsOf,
  present,
  readDocumentKey,
  rowOf,
  type Version,
  VOID,
} from '../documents/document.ts'
import type { Seat } from '../documents/order.ts'
import { checkColumn, type Explanation, type Plan, plan, readFigures } from '../documents/plan.ts'
import { isScalar, readJson, type Scalar } from '../documents/value.ts'
import { ConfigError, ConflictError, QueryError, StoreError } from '../errors.ts'
import type { DocumentStore } from '../ports.ts'
import type { Desk, Draft } from './desk.ts'
import { draftDocument, draftVersion, expiryOf, withUnknown } from './drafts.ts'
import {
  checkExpected,
  type Expecting,
  idOf,
  type Lasting,
  type Replacing,
  readExpected,
  type Writing,
} from './expected.ts'
import type { Feed } from './feed.ts'
import type { LiveQuery } from './live.ts'
import { inTurn } from './locks.ts'
import type { Model } from './model.ts'
import { Reader } from './reader.ts'
import type { Inside } from './reading.ts'
import type { Doc, FindOptions, Page, Where } from './types.ts'

const PAGE_DOCUMENTS = 100
const HEADS_MAX = 1_000
const LOG_HEADS_MAX = 16
const UPDATE_TRIES_MAX = 100

/** Checks what is expected, and drafts what is to be signed. */
export type Drafting = () => Promise<Draft>

/** The documents of one name in a room. Made by `Room.collection`. */
export class Collection<T = Json> extends Reader<T> {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** Its name, schema, columns and indexes. */
  readonly definition: Definition
  readonly #model: Model<T>
  readonly #desk: Desk
  #built: Promise<void> | null = null
  #feed: Promise<Feed<T>> | null = null

  constructor(definition: Definition, model: Model<T>, desk: Desk) {
    super()
    this.definition = definition
    this.#model = model
    this.#desk = desk
    this.#build().catch(() => {})
  }

  /** For what of a collection is loaded later. */
  override get inside(): Inside<T> {
    const [desk, docs] = [this.#desk, (records: readonly Record[]) => this.#docs(records)]
    return { collection: this, desk, store: () => this.#store(), docs }
  }

  /** The name that its documents carry. */
  get name(): string {
    return this.definition.name
  }

  /** Wait until all that is here is indexed; every query does so by itself. */
  async ready(): Promise<void> {
    this.#desk.checkOpen()
    await this.#build()
  }

  /** Write a document; *follows* are documents that it comes after. */
  async add(value: T, options: Writing = {}): Promise<Doc<T>> {
    this.#desk.checkOpen()
    return await this.#write(await this.draftDocument(value, options))
  }

  /** Write a document that follows the heads of the collection, as a log of several writers does. */
  async append(value: T, { ttlSeconds }: { ttlSeconds?: number | undefined } = {}): Promise<Doc<T>> {
    this.#desk.checkOpen()
    const content = await this.#model.dump(value)
    const expiresAt = expiryOf(ttlSeconds, this.#desk.now())
    return await this.inTurn('', async () => {
      const heads = await (await this.#store()).heads(this.name, LOG_HEADS_MAX)
      const entries = heads.filter(({ kind }) => kind !== KIND_KEYED)
      return await this.#write(async () => draftDocument(this.definition, content, entries, expiresAt))
    })
  }

  /**
   * Write a version of the register under *key* that replaces all heads known here.
   *
   * Refused with a ConflictError when it holds something else than *expected*; that is checked against what is here.
   */
  async put(key: string, value: T, options: Replacing = {}): Promise<Doc<T>> {
    return await this.#put(key, await this.draftVersion(key, value, options))
  }

  /**
   * Write what *change* makes of the value under *key*, or of null, again when another version came meanwhile.
   *
   * Fields that the model does not know are kept.
   */
  async update(key: string, change: (value: T | null) => T, options: Lasting = {}): Promise<Doc<T>> {
    for (let tries = 1; ; tries++) {
      const expected = headsOf(await this.#versions(key)).map(({ id }) => id)
      const doc = await this.get(key)
      const content = await this.#model.dump(change(doc?.value ?? null))
      try {
        return await this.#put(key, this.#draft(key, this.#withUnknown(content, doc), { ...options, expected }))
      } catch (error) {
        if (!(error instanceof ConflictError) || tries >= UPDATE_TRIES_MAX) throw error
      }
    }
  }

  /** Write a tombstone in place of the heads of the register under *key*, and give it. */
  async delete(key: string, options: Expecting = {}): Promise<Doc<T>> {
    return await this.#put(key, this.draftTombstone(key, options))
  }

  /** Delete every version of ours under *key* (NIP-09), so that honest peers forget them; give how many. */
  async erase(key: string): Promise<number> {
    return await this.inTurn(readDocumentKey(key), async () => {
      const ours = await this.#versions(key, this.#desk.key)
      const address = addressText(KIND_KEYED, this.#desk.key, `${this.name}/${key}`)
      const tags = [
        ['a', address],
        ['k', `${KIND_KEYED}`],
      ]
      const after = Math.max(0, ...ours.map(({ stamp }) => stamp))
      if (ours.length > 0) await this.#desk.write([{ kind: KIND_DELETION, tags, content: '', after }])
      return ours.length
    })
  }

  /** Give the register under *key*, ours unless *author* says whose or the collection is shared. */
  async get(
    key: string,
    { author, at }: { author?: AnyKey | undefined; at?: FindOptions['at'] } = {},
  ): Promise<Doc<T> | null> {
    const where = { key: readDocumentKey(key) }
    const asked = this.#plan(where, { author: this.#owner(author), at, limit: 1 })
    return (await this.#page(asked)).docs[0] ?? null
  }

  /** Give the versions of a register that no other follows, the winner first; or those of all documents. */
  async heads(key?: string, { author }: { author?: AnyKey | undefined } = {}): Promise<Doc<T>[]> {
    const store = await this.#store()
    if (key === undefined) return await this.#docs(await store.heads(this.name, HEADS_MAX))
    const heads = headsOf(await this.#versions(key, author)).filter(({ state }) => (state & EXPIRED) === 0)
    return await this.#docs(await this.#desk.get(heads.map(({ id }) => id)))
  }

  /** Give all versions of a register that are here, newest first, tombstones included. */
  async history(key: string, { author }: { author?: AnyKey | undefined } = {}): Promise<Doc<T>[]> {
    const versions = present(await this.#versions(key, author))
    return await this.#docs(await this.#desk.get(versions.map(({ id }) => id)))
  }

  /** Give the documents that match, in order, after the cursor of the page before. */
  async find(where: Where<T> = {} as Where<T>, options: FindOptions<T> = {}): Promise<Page<T>> {
    return await this.#page(this.#plan(where, { ...options, limit: options.limit ?? PAGE_DOCUMENTS }))
  }

  /** Give all documents that match, page by page. */
  async *all(where: Where<T> = {} as Where<T>, options: Omit<FindOptions<T>, 'limit'> = {}): AsyncGenerator<Doc<T>> {
    let after = options.after
    do {
      const page = await this.find(where, { ...options, after, limit: PAGE_DOCUMENTS_MAX })
      yield* page.docs
      after = page.next
    } while (after !== null)
  }

  /** Say how many documents match. */
  async count(
    where: Where<T> = {} as Where<T>,
    options: Pick<FindOptions<T>, 'text' | 'author'> = {},
  ): Promise<number> {
    return await (await this.#store()).count(this.#plan(where, options))
  }

  /** Compute over all that match, as in `{ n: 'count', best: 'max:stars' }`; one row for each value of *by*. */
  async aggregate(
    compute: { readonly [name: string]: string },
    { where, by = null }: { where?: Where<T> | undefined; by?: string | null | undefined } = {},
  ): Promise<{ readonly [name: string]: Scalar }[]> {
    const asked = this.#plan(where, {})
    const figures = readFigures(this.definition, compute)
    if (by !== null) checkColumn(this.definition, by)
    return await (await this.#store()).aggregate(asked, figures, by)
  }

  /** Say by which index a query is answered, and what to declare so that it reads less. */
  async explain(where: Where<T> = {} as Where<T>, options: FindOptions<T> = {}): Promise<Explanation> {
    return await (await this.#store()).explain(this.#plan(where, options))
  }

  /** Give what does not fit the schema, newest first, at most 1,000; nothing else gives these. */
  async misfits(): Promise<Record[]> {
    const found = await (await this.#store()).misfits(this.name)
    return found.filter(record => !this.#desk.hides(record))
  }

  /** Follow the documents that match: a window of *limit*, that stays up to date. */
  async live(
    where: Where<T> = {} as Where<T>,
    options: Omit<FindOptions<T>, 'after' | 'at'> = {},
  ): Promise<LiveQuery<T>> {
    const asked = this.#plan(where, { ...options, limit: options.limit ?? PAGE_DOCUMENTS })
    if (asked.at !== null || asked.after !== null)
      throw new QueryError('a live query is about the first there are, now')
    await this.ready()
    this.#feed ??= this.#openFeed()
    return await (await this.#feed).open(asked)
  }

  /** Follow the register under *key*. */
  async watch(key: string, { author }: { author?: AnyKey | undefined } = {}): Promise<LiveQuery<T>> {
    const owner = this.#owner(author) ?? undefined
    return await this.live({ key: readDocumentKey(key) } as Where<T>, { author: owner, limit: 1 })
  }

  async #openFeed(): Promise<Feed<T>> {
    const { Feed } = await import('./feed.ts')
    return new Feed({ definition: this.definition, desk: this.#desk, make: record => this.#read(record) })
  }

  #build(): Promise<void> {
    const build = async () => {
      while ((await this.#desk.documents.build()) > 0);
    }
    this.#built ??= build().catch(error => {
      this.#built = null
      throw error
    })
    return this.#built
  }

  async #store(): Promise<DocumentStore> {
    await this.ready()
    return this.#desk.documents
  }

  #plan(where: unknown, wish: object): Plan {
    this.#desk.checkOpen()
    return plan(this.definition, where, wish, this.#desk.now())
  }

  async #page(asked: Plan): Promise<Page<T>> {
    const store = await this.#store()
    const docs: Doc<T>[] = []
    let { after } = asked
    // One more tells whether there are any; what a rule hides is passed over, though the store were not told of it yet.
    while (asked.limit > 0 && docs.length <= asked.limit) {
      const wanted = asked.limit + 1 - docs.length
      const records = await store.find({ ...asked, after, limit: wanted })
      docs.push(...(await this.#docs(records)))
      const last = records.at(-1)
      if (records.length < wanted || last === undefined) break
      after = this.#seat(asked, last)
    }
    const last = docs[asked.limit - 1]
    if (docs.length <= asked.limit || last === undefined) return { docs, next: null }
    return { docs: docs.slice(0, -1), next: writeCursor(asked.digest, this.#seat(asked, last.record)) }
  }

  #seat({ order }: Plan, record: Record): Seat {
    const row = rowOf(this.definition, record)
    if (row === null) throw new StoreError(`the store gave what is no document of ${shown(this.name)}`)
    const values = order.slice(0, -1).map(({ field }) => fieldOfRow(row, record.author, field))
    return { values: values.map(each => (isScalar(each) ? each : null)), stamp: row.stamp, id: record.id }
  }

  /** Read records as documents, but for what is of other collections, hidden, or does not fit. */
  async #docs(records: readonly Record[]): Promise<Doc<T>[]> {
    const docs = await Promise.all(records.filter(each => !this.#desk.hides(each)).map(each => this.#read(each)))
    return docs.filter(doc => doc !== null)
  }

  async #read(record: Record): Promise<Doc<T> | null> {
    const row = rowOf(this.definition, record)
    if (row === null || (row.state & ~VOID) !== 0) return null
    const isDeleted = row.state !== 0
    const value = isDeleted ? (null as T) : await this.#model.load(row.value)
    if (value === undefined) return null
    const { key, stamp, parents } = row
    return { id: record.id, key, author: record.author, value, stamp, follows: parents, isDeleted, record }
  }

  async #put(key: string, drafting: Drafting): Promise<Doc<T>> {
    return await this.inTurn(key, () => this.#write(drafting))
  }

  async #write(drafting: Drafting): Promise<Doc<T>> {
    const [record] = await this.#desk.write([await drafting()])
    return await this.written(record as Record)
  }

  #draft(given: string, content: string | null, { expected, ttlSeconds }: Replacing): Drafting {
    const key = readDocumentKey(given)
    const wanted = readExpected(expected)
    const expiresAt = content === null ? null : expiryOf(ttlSeconds, this.#desk.now())
    return async () => {
      const versions = await this.#versions(key)
      checkExpected(key, wanted, headsOf(versions))
      return draftVersion(this.definition, key, content, versions, { author: this.#desk.key, expiresAt })
    }
  }

  #withUnknown(content: string, doc: Doc<T> | null): string {
    const old = doc === null ? null : rowOf(this.definition, doc.record)
    if (old === null) return content
    return JSON.stringify(withUnknown(readJson(content), old.value, this.definition.schema, doc?.value))
  }

  // What batches write: checked at once, drafted when it is their turn.

  /** Say how a document is drafted; refused with a SchemaError when the value does not fit. For batches only. */
  async draftDocument(value: T, { follows = [], ttlSeconds }: Writing): Promise<Drafting> {
    const content = await this.#model.dump(value)
    const ids = [...new Set(several(follows).map(idOf))]
    const expiresAt = expiryOf(ttlSeconds, this.#desk.now())
    return async () => {
      const found = ids.length === 0 ? [] : await this.#desk.get(ids)
      const missing = ids.find(id => !found.some(record => record.id === id))
      if (missing !== undefined) throw new ConfigError(`there is no record ${missing.slice(0, 8)} here to follow`)
      return draftDocument(this.definition, content, found, expiresAt)
    }
  }

  /** Say how the next version of a register is drafted; refused as `put` is. For batches only. */
  async draftVersion(key: string, value: T, options: Replacing): Promise<Drafting> {
    return this.#draft(key, await this.#model.dump(value), options)
  }

  /** Say how the tombstone of a register is drafted. For batches only. */
  draftTombstone(key: string, options: Expecting): Drafting {
    return this.#draft(key, null, options)
  }

  /** Do *work* when nobody else writes under *key*. For batches only. */
  async inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    this.#desk.checkOpen()
    return await inTurn(this.#desk.documents, `${this.name}/${key}`, work)
  }

  /** Read what was written here. For batches only. */
  async written(record: Record): Promise<Doc<T>> {
    const doc = await this.#read(record)
    if (doc === null) throw new ConfigError(`the schema of ${shown(this.name)} does not read what it wrote`)
    return doc
  }

  async #versions(key: string, author?: AnyKey): Promise<Version[]> {
    const slot = { key: readDocumentKey(key), author: this.#owner(author) }
    return (await (await this.#store()).registerVersions(this.name, [slot]))[0] ?? []
  }

  /** Say whose registers are meant; null for everybody's. */
  #owner(author: AnyKey | undefined): PublicKey | null {
    if (author !== undefined) return readAuthor(author)
    return this.definition.isShared ? null : this.#desk.key
  }
}
