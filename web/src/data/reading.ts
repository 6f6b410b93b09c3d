/** What readers of a collection ask beside its queries: several at once, differences, and what follows what. Loaded by name. */

import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import { KIND_DELETION, KIND_KEYED, type Record, type RecordId } from '../core/record.ts'
import { type AnyKey, several } from '../core/typed.ts'
import { EXPIRED, present, readDocumentKey, type Version, winnerFirst } from '../documents/document.ts'
import { checkColumn, readFigures } from '../documents/figures.ts'
import { headsOf } from '../documents/linking.ts'
import type { Plan } from '../documents/plan.ts'
import { compareTexts, type Scalar } from '../documents/value.ts'
import { ConfigError } from '../errors.ts'
import type { DocumentStore } from '../ports.ts'
import type { Collection } from './collection.ts'
import type { Desk } from './desk.ts'
import { type AnyDoc, idOf } from './expected.ts'
import type { Model } from './model.ts'
import type { Doc, FindOptions, Where } from './types.ts'

const HEADS_MAX = 1_000
const UPDATES_AT_ONCE = 100

/** What a collection is inside. */
export interface Inside<T> {
  readonly collection: Collection<T>
  readonly model: Model<T>
  readonly desk: Desk
  /** The time to live of what says none. */
  readonly ttlSeconds: number | undefined
  store(): Promise<DocumentStore>
  /** Read a query. */
  plan(where: unknown, wish: object): Plan
  /** Read records as documents, but for what is of other collections, hidden, or does not fit. */
  docs(records: readonly Record[]): Promise<Doc<T>[]>
  /** Read a record, hidden or not; null when it is of another collection, or does not fit. */
  read(record: Record): Promise<Doc<T> | null>
  /** Give the versions of a register of *author*, ours unless it is said or the collection is shared. */
  versions(key: string, author?: AnyKey): Promise<Version[]>
}

/** Whose registers are meant. */
export interface Whose {
  readonly author?: AnyKey | undefined
}

/** Which registers are compared. */
export interface DiffOptions extends Whose {
  /** Of those whose keys begin so. */
  readonly prefix?: string | undefined
}

/** A register that differs between two times. */
export interface Differing<T> {
  readonly key: string
  readonly old: Doc<T> | null
  readonly new: Doc<T> | null
}

/** The reading half of a collection that few pages need. */
export class Reading<T> {
  readonly #inside: Inside<T>

  constructor(inside: Inside<T>) {
    this.#inside = inside
    inside.desk.checkOpen()
  }

  async getMany(keys: string | Iterable<string>, { author }: Whose): Promise<Map<string, Doc<T>>> {
    const wanted = [...new Set((typeof keys === 'string' ? [keys] : several(keys)).map(readDocumentKey))]
    const found = new Map<string, Doc<T>>()
    for (let start = 0; start < wanted.length; start += PAGE_DOCUMENTS_MAX) {
      const where = { key: { in: wanted.slice(start, start + PAGE_DOCUMENTS_MAX) } } as unknown as Where<T>
      const options = { author: this.#owner(author), limit: PAGE_DOCUMENTS_MAX }
      const { docs } = await this.#inside.collection.find(where, options)
      for (const doc of docs) if (doc.key !== null) found.set(doc.key, doc)
    }
    return new Map(wanted.flatMap(key => entryOf(found, key)))
  }

  async *all(where: Where<T>, options: Omit<FindOptions<T>, 'limit'>): AsyncGenerator<Doc<T>> {
    let after = options.after
    do {
      const page = await this.#inside.collection.find(where, { ...options, after, limit: PAGE_DOCUMENTS_MAX })
      yield* page.docs
      after = page.next
    } while (after !== null)
  }

  async doc(given: AnyDoc): Promise<Doc<T> | null> {
    const { desk, docs, store } = this.#inside
    await store()
    return (await docs(await desk.get([idOf(given)])))[0] ?? null
  }

  async remove(given: AnyDoc): Promise<void> {
    const { desk } = this.#inside
    const { id, signer, stamp, record } = await this.#required(given)
    if (signer !== desk.key) {
      throw new ConfigError(`document ${short(id)} is not ours: only who signed it can delete it`)
    }
    const tags = [
      ['e', id],
      ['k', `${record.kind}`],
    ]
    await desk.write([{ kind: KIND_DELETION, tags, content: '', after: stamp }])
  }

  async updateAll(where: Where<T>, change: (value: T) => T): Promise<number> {
    const { collection } = this.#inside
    const keys: string[] = []
    for await (const { key } of collection.all(where, { author: this.#owner(), order: KEY_ORDER as never })) {
      if (key !== null) keys.push(key)
    }
    const update = async (key: string): Promise<boolean> => {
      const changed = (value: T | null): T => {
        if (value === null) throw GONE
        return change(value)
      }
      try {
        await collection.update(key, changed)
        return true
      } catch (error) {
        if (error === GONE) return false
        throw error
      }
    }
    let count = 0
    for (let start = 0; start < keys.length; start += UPDATES_AT_ONCE) {
      const done = await Promise.allSettled(keys.slice(start, start + UPDATES_AT_ONCE).map(update))
      for (const each of done) {
        if (each.status === 'rejected') throw each.reason
        count += each.value ? 1 : 0
      }
    }
    return count
  }

  async heads(key: string | undefined, { author }: Whose): Promise<Doc<T>[]> {
    const { collection, desk, docs, store, versions } = this.#inside
    if (key === undefined) return await docs(await (await store()).heads(collection.name, HEADS_MAX))
    const heads = headsOf(await versions(key, author)).filter(({ state }) => (state & EXPIRED) === 0)
    return await docs(await desk.get(heads.map(({ id }) => id)))
  }

  async history(key: string, { author }: Whose): Promise<Doc<T>[]> {
    const { desk, docs, versions } = this.#inside
    return await docs(await desk.get(present(await versions(key, author)).map(({ id }) => id)))
  }

  async misfits(): Promise<Record[]> {
    const { collection, desk, store } = this.#inside
    const found = await (await store()).misfits(collection.name)
    return found.filter(record => !desk.hides(record))
  }

  async aggregate(
    compute: { readonly [name: string]: string },
    { where, by = null }: { where?: Where<T> | undefined; by?: string | null | undefined },
  ): Promise<{ readonly [name: string]: Scalar }[]> {
    const { collection, desk, plan, store } = this.#inside
    const asked = plan(where, {})
    const figures = readFigures(collection.definition, compute)
    if (by !== null) checkColumn(collection.definition, by)
    return await desk.statistics.timed('aggregate', asked, (await store()).aggregate(asked, figures, by))
  }

  async *diff(
    before: FindOptions['at'],
    after: FindOptions['at'],
    { prefix = '', author }: DiffOptions,
  ): AsyncGenerator<Differing<T>> {
    const where = { key: { prefix } } as unknown as Where<T>
    const at = (time: FindOptions['at']) =>
      this.#inside.collection.all(where, { order: KEY_ORDER as never, author: this.#owner(author), at: time })
    const [olds, news] = [at(before), at(after)]
    const next = async (docs: AsyncGenerator<Doc<T>>) => (await docs.next()).value ?? null
    let [old, young] = [await next(olds), await next(news)]
    while (old !== null || young !== null) {
      const order = old === null ? 1 : young === null ? -1 : compareTexts(old.key ?? '', young.key ?? '')
      const [left, right]: [Doc<T> | null, Doc<T> | null] = [order <= 0 ? old : null, order >= 0 ? young : null]
      if (left?.id !== right?.id) yield { key: left?.key ?? right?.key ?? '', old: left, new: right }
      if (order <= 0) old = await next(olds)
      if (order >= 0) young = await next(news)
    }
  }

  async linked(given: AnyDoc, ofParents: boolean): Promise<Doc<T>[]> {
    const { store, desk, docs } = this.#inside
    const doc = await this.#required(given)
    const links = await (await store()).links([doc.id], { ofParents })
    const others = await docs(await desk.get(links.map(({ child, parent }) => (ofParents ? child : parent))))
    return others.filter(each => (ofParents ? counts(doc, each) : counts(each, doc))).sort(winnerFirst as never)
  }

  async *ancestors(given: AnyDoc): AsyncGenerator<Doc<T>> {
    const seen = new Set<RecordId>()
    for (let edge: AnyDoc[] = [given]; edge.length > 0; ) {
      const found = (await Promise.all(edge.map(each => this.linked(each, false)))).flat()
      edge = []
      for (const doc of found) {
        if (seen.has(doc.id)) continue
        seen.add(doc.id)
        edge.push(doc)
        yield doc
      }
    }
  }

  async missing(): Promise<RecordId[]> {
    const { collection, desk } = this.#inside
    const named = new Set<RecordId>()
    for await (const { follows } of collection.all()) for (const id of follows) named.add(id)
    const wanted = [...named].sort()
    for (let start = 0; start < wanted.length; start += PAGE_DOCUMENTS_MAX) {
      for (const { id } of await desk.get(wanted.slice(start, start + PAGE_DOCUMENTS_MAX))) named.delete(id)
    }
    return wanted.filter(id => named.has(id))
  }

  async #required(given: AnyDoc): Promise<Doc<T>> {
    const doc = await this.doc(given)
    if (doc !== null) return doc
    throw new ConfigError(`there is no document ${short(idOf(given))} in "${this.#inside.collection.name}" here`)
  }

  /** Say whose registers are meant; nothing for everybody's. */
  #owner(author?: AnyKey): AnyKey | undefined {
    const { collection, desk } = this.#inside
    return author ?? (collection.definition.isShared ? undefined : desk.speaksFor(collection.definition))
  }
}

const KEY_ORDER = 'key'
/** A register is not seen any more. */
const GONE = new Error('it is gone')

/** Say whether a link means something: both are versions of one register, or the child none, and the times agree. */
function counts<T>(parent: Doc<T>, child: Doc<T>): boolean {
  return (child.record.kind !== KIND_KEYED || child.key === parent.key) && parent.stamp < child.stamp
}

function entryOf<T>(found: ReadonlyMap<string, Doc<T>>, key: string): [string, Doc<T>][] {
  const doc = found.get(key)
  return doc === undefined ? [] : [[key, doc]]
}

function short(id: RecordId): string {
  return id.slice(0, 8)
}
