/**
 * Documents beside the records of a page's store, in whatever holds both. Loaded by pages that declare a collection.
 */

import type { UnixTime } from '../core/clock.ts'
import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { EXPIRED, HIDDEN, SHADOWED, type State, type Version } from '../documents/document.ts'
import type { Explanation, Figure, Link, Plan, Slot } from '../documents/plan.ts'
import type { Scalar } from '../documents/value.ts'
import type { ChangeStore, DocumentStore } from '../ports.ts'
import { type Access, choose } from './access.ts'
import { type Filed, MISFITS, type Stored, signerOf } from './doc.ts'
import { following, matching, page } from './finding.ts'
import { ask } from './forwarding.ts'
import type { Changed } from './listeners.ts'
import type { Happening } from './log.ts'
import type { BitsOf, Projector, Table } from './projector.ts'
import { docKeys, dueKeys, only, VEILED } from './sorted.ts'

/** To read more rows is much. */
export const ROWS_MANY = 10_000
/** One in so many of the rows read, or more of them, is worth what it costs. */
export const SHARE_SMALL = 10

/** So many are read at first of which not all may be wanted. */
const READ_FIRST = 32

/** Documents within one transaction, with all that reads them. */
export interface Shelf extends Table {
  /** The documents that were written or deleted. */
  readonly touched: ReadonlySet<RecordId>
  /** Give the documents in a stretch of an index, in its order, a slice at a time: *first* of them, then more. */
  read(collection: string, access: Access, first?: number): AsyncIterable<Filed[]>
  /** Give how many lie there. */
  count(collection: string, access: Access): Promise<number>
  /** Give all of a collection, whatever their state. */
  all(collection: string): Promise<Filed[]>
  /** Give every document. */
  everything(): Promise<Filed[]>
  /** Read what was found as records; null where these lie elsewhere, or one is damaged. */
  records(docs: readonly Stored[]): Promise<Record[] | null>
  /** Forget the documents of a collection. */
  clear(collection: string): Promise<void>
}

/** Where documents and records rest together. */
export interface Shelves {
  readonly projector: Projector
  read<Result>(work: (shelf: Shelf) => Promise<Result>): Promise<Result>
  /** Do *work*, and log what it touches beside what *happening* says. */
  write<Result>(work: (shelf: Shelf) => Promise<Result>, happening?: Happening): Promise<Result>
  /** Give the log of changes, which is begun when there is none. */
  log(): Promise<ChangeStore>
  /** Give records that are here with their content, in the order asked. */
  records(ids: readonly RecordId[]): Promise<Record[]>
  /** Know these collections, and what of each is to be read anew. */
  define(definitions: readonly Definition[]): Promise<void>
  build(): Promise<number>
  drop(collections: readonly string[]): Promise<void>
  watch(listener: (changed: Changed) => void): () => void
}

/** What was read to answer a query, and what that takes beside what is here. */
interface Tally {
  rows: number
  readonly lineage: typeof import('./lineage.ts') | null
}

/** Finds the documents on shelves. */
export class Documents implements DocumentStore {
  readonly #shelves: Shelves

  constructor(shelves: Shelves) {
    this.#shelves = shelves
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    void provide()
    if (definitions.some(({ place }) => place !== null)) {
      this.#shelves.projector.globe ??= await import('./globe.ts')
    }
    await this.#shelves.define(definitions)
  }

  async build(): Promise<number> {
    return await this.#shelves.build()
  }

  async drop(collections: readonly string[]): Promise<void> {
    await this.#shelves.drop(collections)
  }

  async find(plan: Plan): Promise<Record[]> {
    const tally = await begun(plan)
    const [docs, records] = await this.#shelves.read(async shelf => {
      const found = await this.#page(shelf, plan, tally)
      return [found, await shelf.records(found)] as const
    })
    this.#watch(plan, tally, docs.length)
    return records ?? (await this.#recordsOf(docs))
  }

  async count(plan: Plan): Promise<number> {
    const definition = this.#shelves.projector.definition(plan.collection)
    const tally = await begun(plan)
    const count = await this.#shelves.read(async shelf => {
      const access = choose(definition, withoutSeat(plan))
      const isCounted = access.isExact && plan.at === null
      return isCounted ? shelf.count(plan.collection, access) : (await this.#matching(shelf, plan, tally)).length
    })
    this.#watch(plan, tally, count)
    return count
  }

  async aggregate(
    plan: Plan,
    figures: readonly Figure[],
    by: string | null,
  ): Promise<{ readonly [name: string]: Scalar }[]> {
    const tally = await begun(plan)
    const docs = await this.#shelves.read(shelf => this.#matching(shelf, plan, tally))
    this.#watch(plan, tally, docs.length)
    return (await import('./figures.ts')).aggregated(docs, figures, by)
  }

  async explain(plan: Plan): Promise<Explanation> {
    const definition = this.#shelves.projector.definition(plan.collection)
    const { explained } = await import('./explaining.ts')
    return await this.#shelves.read(shelf => explained(shelf, definition, plan, this.#shelves.projector.globe))
  }

  async misfits(collection: string): Promise<Record[]> {
    this.#shelves.projector.definition(collection)
    const docs = await this.#shelves.read(shelf => shelf.find(docKeys(MISFITS, collection), PAGE_DOCUMENTS_MAX))
    return await this.#recordsOf(docs)
  }

  async registerVersions(collection: string, slots: readonly Slot[]): Promise<Version[][]> {
    const definition = this.#shelves.projector.definition(collection)
    const { versionsIn } = await import('./lineage.ts')
    return await this.#shelves.read(shelf => versionsIn(shelf, definition, slots))
  }

  async heads(collection: string, limit: number): Promise<Record[]> {
    const definition = this.#shelves.projector.definition(collection)
    const { headsIn } = await import('./lineage.ts')
    const docs = await this.#shelves.read(shelf => headsIn(shelf, definition, limit))
    return await this.#recordsOf(docs)
  }

  async links(ids: readonly RecordId[], { ofParents }: { readonly ofParents: boolean }): Promise<Link[]> {
    const { linksOf } = await import('./lineage.ts')
    return await this.#shelves.read(shelf => linksOf(shelf, ids, ofParents))
  }

  async heed(bitsOf: BitsOf | null): Promise<void> {
    const { projector } = this.#shelves
    projector.bitsOf = bitsOf
    const work = async (shelf: Shelf) => {
      const docs = bitsOf === null ? await shelf.find(only(VEILED)) : await shelf.everything()
      for (const bit of [SHADOWED, HIDDEN]) {
        const isWanted = (doc: Stored) => ((bitsOf?.(doc.id, signerOf(doc)) ?? 0) & bit) !== 0
        const wrong = docs.filter(doc => isWanted(doc) !== ((doc.state & bit) !== 0))
        for (const isSet of [true, false]) {
          const ids = wrong.filter(doc => isWanted(doc) === isSet).map(({ id }) => id)
          await projector.mark(shelf, ids, bit, isSet)
        }
      }
    }
    await this.#shelves.write(work, { isHeeded: true })
  }

  async mark(ids: readonly RecordId[], state: State, { isSet }: { readonly isSet: boolean }): Promise<void> {
    await this.#shelves.write(shelf => this.#shelves.projector.mark(shelf, ids, state, isSet), { touched: ids })
  }

  async marked(state: State): Promise<RecordId[]> {
    const { markedIn } = await import('./lineage.ts')
    return await this.#shelves.read(shelf => markedIn(shelf, state))
  }

  async sweep(now: UnixTime): Promise<RecordId[]> {
    const { projector } = this.#shelves
    const work = async (shelf: Shelf) => {
      projector.now = Math.max(projector.now, now)
      const ids = (await shelf.find(dueKeys(now))).map(({ id }) => id).sort()
      await projector.mark(shelf, ids, EXPIRED, true)
      return ids
    }
    return await this.#shelves.write(work, { now })
  }

  async log<Method extends keyof ChangeStore>(method: Method, ...given: Parameters<ChangeStore[Method]>) {
    return (await ask(await this.#shelves.log(), method, given)) as never
  }

  watch(listener: (changed: Changed) => void): () => void {
    return this.#shelves.watch(listener)
  }

  async #page(shelf: Shelf, plan: Plan, tally: Tally): Promise<Stored[]> {
    const definition = this.#shelves.projector.definition(plan.collection)
    const access = choose(definition, plan)
    const isWalk = plan.at === null && access.isOrdered && (await this.#led(shelf, plan, access))[0] === access
    if (!isWalk) return page(await this.#matching(shelf, plan, tally), plan)
    const found: Stored[] = []
    if (plan.limit === 0) return found
    for await (const docs of shelf.read(
      plan.collection,
      access,
      access.isExact ? plan.limit : Math.max(plan.limit, READ_FIRST),
    )) {
      tally.rows += docs.length
      found.push(...following(matching(docs, plan, definition.text), plan))
      if (found.length >= plan.limit) break
    }
    return found.slice(0, plan.limit)
  }

  /** Give all that match, in no order. */
  async #matching(shelf: Shelf, plan: Plan, tally: Tally): Promise<Stored[]> {
    const definition = this.#shelves.projector.definition(plan.collection)
    if (plan.at !== null && tally.lineage !== null) {
      const docs = tally.lineage.asOf(plan.at, await shelf.all(plan.collection), definition)
      return matching(docs, plan, definition.text)
    }
    const found: Stored[] = []
    // Whoever wants all walks in no order.
    const access = { ...choose(definition, withoutSeat(plan)), isOrdered: false }
    for (const each of await this.#led(shelf, plan, access)) {
      for await (const docs of shelf.read(plan.collection, each)) {
        tally.rows += docs.length
        found.push(...matching(docs, plan, definition.text))
      }
    }
    return found
  }

  /** Give where to read: at *access*, or where places lie. */
  async #led(shelf: Shelf, plan: Plan, access: Access): Promise<readonly Access[]> {
    const { projector } = this.#shelves
    const { globe } = projector
    return globe === null ? [access] : await globe.led(shelf, projector.definition(plan.collection), plan, access)
  }

  /** Tell of a query that read much to give little. */
  #watch(plan: Plan, { rows }: Tally, given: number): void {
    if (rows <= ROWS_MANY || given * SHARE_SMALL >= rows) return
    const definition = this.#shelves.projector.definition(plan.collection)
    import('./slow.ts').then(({ tell }) => tell(this, definition, plan, { rows, given })).catch(() => {})
  }

  async #recordsOf(docs: readonly Stored[]): Promise<Record[]> {
    return docs.length === 0 ? [] : await this.#shelves.records(docs.map(({ id }) => id))
  }
}

/** Load in the background, while there is a network, what may be asked for when there is none. */
async function provide(): Promise<void> {
  if (globalThis.navigator?.onLine !== true) return
  await Promise.allSettled([import('./explaining.ts'), import('./figures.ts'), import('./lineage.ts')])
}

/** Load what a query needs before anything is read: no transaction waits for that. */
async function begun({ at }: Plan): Promise<Tally> {
  return { rows: 0, lineage: at === null ? null : await import('./lineage.ts') }
}

function withoutSeat(plan: Plan): Plan {
  return { ...plan, after: null }
}
