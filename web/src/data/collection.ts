/** Collections: documents, registers and logs of one schema, among the records of a room. */

import type { Json } from '../core/action.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record } from '../core/record.ts'
import { type AnyKey, readAuthor, shown } from '../core/typed.ts'
import { writeCursor } from '../documents/cursor.ts'
import type { Definition } from '../documents/definition.ts'
import { fieldOfRow, readDocumentKey, rowOf, type Version, VOID } from '../documents/document.ts'
import type { Seat } from '../documents/order.ts'
import { type Explanation, type Plan, plan } from '../documents/plan.ts'
import { isScalar } from '../documents/value.ts'
import { StoreError } from '../errors.ts'
import { Late } from '../moderation/late.ts'
import type { DocumentStore } from '../ports.ts'
import type { Desk } from './desk.ts'
import type { Feed } from './feed.ts'
import type { LiveQuery } from './live.ts'
import type { Model } from './model.ts'
import { Reader } from './reader.ts'
import type { Inside } from './reading.ts'
import type { Doc, FindOptions, Page, Where } from './types.ts'

const PAGE_DOCUMENTS = 100

/** What a collection is made of. */
interface Making<T> {
  readonly definition: Definition
  readonly model: Model<T>
  readonly desk: Desk
  readonly ttlSeconds?: number | undefined
}

/** The documents of one name in a room. Made by `Room.collection`. */
export class Collection<T = Json> extends Reader<T> {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** Its name, schema, columns and indexes. */
  readonly definition: Definition
  readonly #model: Model<T>
  readonly #desk: Desk
  readonly #ttlSeconds: number | undefined
  readonly #built = new Late(async () => {
    while ((await this.#desk.documents.build()) > 0);
  })
  readonly #feed = new Late<Feed<T>>(async () => {
    const { Feed } = await import('./feed.ts')
    return new Feed({ definition: this.definition, desk: this.#desk, make: record => this.#read(record) })
  })

  constructor({ definition, model, desk, ttlSeconds }: Making<T>) {
    super()
    this.definition = definition
    this.#model = model
    this.#desk = desk
    this.#ttlSeconds = ttlSeconds
    this.#built.get().catch(() => {})
  }

  /** For what of a collection is loaded later. */
  override get inside(): Inside<T> {
    return {
      collection: this,
      model: this.#model,
      desk: this.#desk,
      ttlSeconds: this.#ttlSeconds,
      store: () => this.#store(),
      docs: records => this.#docs(records),
      read: record => this.#read(record),
      plan: (where, wish) => this.#plan(where, wish),
      versions: (key, author) => this.#versions(key, author),
    }
  }

  /** The name that its documents carry. */
  get name(): string {
    return this.definition.name
  }

  /** Wait until all that is here is indexed; every query does so by itself. */
  async ready(): Promise<void> {
    this.#desk.checkOpen()
    await this.#built.get()
    // It may have been dropped meanwhile.
    this.#desk.checkOpen()
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

  /** Give the documents that match, in order, after the cursor of the page before. */
  async find(where: Where<T> = {} as Where<T>, options: FindOptions<T> = {}): Promise<Page<T>> {
    return await this.#page(this.#plan(where, { ...options, limit: options.limit ?? PAGE_DOCUMENTS }))
  }

  /** Say how many documents match. */
  async count(
    where: Where<T> = {} as Where<T>,
    options: Pick<FindOptions<T>, 'text' | 'author'> = {},
  ): Promise<number> {
    const [asked, { statistics }] = [this.#plan(where, options), this.#desk]
    return await statistics.timed('count', asked, (await this.#store()).count(asked))
  }

  /** Say by which index a query is answered, and what to declare so that it reads less. */
  async explain(where: Where<T> = {} as Where<T>, options: FindOptions<T> = {}): Promise<Explanation> {
    return await (await this.#store()).explain(this.#plan(where, options))
  }

  /** Follow the documents that match: a window of *limit*, that stays up to date. */
  async live(
    where: Where<T> = {} as Where<T>,
    options: Omit<FindOptions<T>, 'after' | 'at'> = {},
  ): Promise<LiveQuery<T>> {
    const asked = this.#plan(where, { ...options, limit: options.limit ?? PAGE_DOCUMENTS })
    await this.ready()
    return await (await this.#feed.get()).open(asked)
  }

  /** Follow the register under *key*. */
  async watch(key: string, { author }: { author?: AnyKey | undefined } = {}): Promise<LiveQuery<T>> {
    const owner = this.#owner(author) ?? undefined
    return await this.live({ key: readDocumentKey(key) } as Where<T>, { author: owner, limit: 1 })
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
    return await this.#desk.statistics.timed('find', asked, this.#found(asked, await this.#store()))
  }

  async #found(asked: Plan, store: DocumentStore): Promise<Page<T>> {
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
    const values = order.slice(0, -1).map(({ field }) => fieldOfRow(row, field))
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
    const { author, key, stamp, parents } = row
    const signer = record.author
    return { id: record.id, key, author, signer, value, stamp, follows: parents, isDeleted, record }
  }

  async #versions(key: string, author?: AnyKey): Promise<Version[]> {
    const slot = { key: readDocumentKey(key), author: this.#owner(author) }
    return (await (await this.#store()).registerVersions(this.name, [slot]))[0] ?? []
  }

  /** Say whose registers are meant; null for everybody's. */
  #owner(author: AnyKey | undefined): PublicKey | null {
    if (author !== undefined) return readAuthor(author)
    return this.definition.isShared ? null : this.#desk.speaksFor(this.definition)
  }
}
