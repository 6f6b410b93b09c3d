/**
 * Documents beside the records of a page's store, in whatever holds both. Loaded by pages that declare a collection.
 */

import type { UnixTime } from '../core/clock.ts'
import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import {
  ABSENT,
  EXPIRED,
  HIDDEN,
  present,
  SHADOWED,
  type State,
  type Version,
  VOID,
  winnerFirst,
} from '../documents/document.ts'
import type { Explanation, Figure, Link, Plan, Slot } from '../documents/plan.ts'
import type { Scalar } from '../documents/value.ts'
import type { ChangeStore, DocumentStore } from '../ports.ts'
import { type Access, choose } from './access.ts'
import type { Doc, Filed } from './doc.ts'
import { following, matching, page } from './finding.ts'
import { ask } from './forwarding.ts'
import type { Changed } from './listeners.ts'
import type { Happening } from './log.ts'
import type { BitsOf, Projector, Table } from './projector.ts'

/** Documents within one transaction, with all that reads them. */
export interface Shelf extends Table {
  /** The documents that were written or deleted. */
  readonly touched: ReadonlySet<RecordId>
  /** Give the documents in a stretch of an index, in its order, a slice at a time. */
  read(collection: string, access: Access): AsyncIterable<Filed[]>
  /** Give how many lie there. */
  count(collection: string, access: Access): Promise<number>
  /** Give all of a collection, whatever their state. */
  all(collection: string): Promise<Filed[]>
  /** Give what counts, or does not fit, newest first, at most *limit*; no limit where that is null. */
  newest(index: 'counting' | 'misfit', collection: string, limit: number): Promise<Filed[]>
  /** Give what follows *parent*. */
  children(parent: RecordId): Promise<Filed[]>
  /** Give what expires by *now*. */
  due(now: UnixTime): Promise<Filed[]>
  /** Give what a rule shadows, or a policy or mute hides. */
  veiled(): Promise<Filed[]>
  /** Give every document. */
  everything(): Promise<Filed[]>
  /** Forget the documents of a collection. */
  clear(collection: string): Promise<void>
}

/** Where documents and records rest together. */
export interface Place {
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

/** Finds documents in a place. */
export class Documents implements DocumentStore {
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    await this.#place.define(definitions)
  }

  async build(): Promise<number> {
    return await this.#place.build()
  }

  async drop(collections: readonly string[]): Promise<void> {
    await this.#place.drop(collections)
  }

  async find(plan: Plan): Promise<Record[]> {
    const found = await this.#place.read(shelf => this.#page(shelf, plan))
    return await this.#recordsOf(found)
  }

  async count(plan: Plan): Promise<number> {
    const definition = this.#place.projector.definition(plan.collection)
    return await this.#place.read(async shelf => {
      const access = choose(definition, withoutSeat(plan))
      const isAll = plan.where.length === 0 && plan.words.length === 0 && plan.at === null
      return isAll ? shelf.count(plan.collection, access) : (await this.#matching(shelf, plan)).length
    })
  }

  async aggregate(
    plan: Plan,
    figures: readonly Figure[],
    by: string | null,
  ): Promise<{ readonly [name: string]: Scalar }[]> {
    const docs = await this.#place.read(shelf => this.#matching(shelf, plan))
    return (await import('./figures.ts')).aggregated(docs, figures, by)
  }

  async explain(plan: Plan): Promise<Explanation> {
    const definition = this.#place.projector.definition(plan.collection)
    const rows = await this.#place.read(shelf => shelf.count(plan.collection, choose(definition, plan)))
    return (await import('./explaining.ts')).explained(definition, plan, rows)
  }

  async misfits(collection: string): Promise<Record[]> {
    this.#place.projector.definition(collection)
    const docs = await this.#place.read(shelf => shelf.newest('misfit', collection, PAGE_DOCUMENTS_MAX))
    return await this.#recordsOf(docs)
  }

  async registerVersions(collection: string, slots: readonly Slot[]): Promise<Version[][]> {
    const { isShared } = this.#place.projector.definition(collection)
    return await this.#place.read(shelf =>
      Promise.all(
        slots.map(async ({ key, author }) => {
          const docs = await shelf.slot(collection, key, isShared ? null : author)
          const asked = docs.filter(doc => author === null || doc.author === author)
          return asked.sort(winnerFirst).map(({ id, author: by, stamp, state, parents }) => {
            return { id, author: by, stamp, state, parents }
          })
        }),
      ),
    )
  }

  async heads(collection: string, limit: number): Promise<Record[]> {
    const { isShared } = this.#place.projector.definition(collection)
    const docs = await this.#place.read(async shelf => {
      const heads: Doc[] = []
      for (const doc of await shelf.newest('counting', collection, Number.POSITIVE_INFINITY)) {
        if (heads.length >= limit) break
        const children = await shelf.children(doc.id)
        if (!children.some(child => doesFollow(child, doc, isShared))) heads.push(doc)
      }
      return heads
    })
    return await this.#recordsOf(docs)
  }

  async links(ids: readonly RecordId[], { ofParents }: { readonly ofParents: boolean }): Promise<Link[]> {
    const links = await this.#place.read(async shelf => {
      const found = await Promise.all(ids.map(async id => (ofParents ? shelf.children(id) : [await shelf.get(id)])))
      return found.flatMap((docs, at) =>
        docs.flatMap(doc => {
          const parents = ofParents ? [ids[at]] : (doc?.parents ?? [])
          return parents.flatMap(parent =>
            parent === undefined || doc === undefined ? [] : [{ parent, child: doc.id }],
          )
        }),
      )
    })
    return links.sort((one, other) => (one.parent + one.child < other.parent + other.child ? -1 : 1))
  }

  async heed(bitsOf: BitsOf | null): Promise<void> {
    const { projector } = this.#place
    projector.bitsOf = bitsOf
    const work = async (shelf: Shelf) => {
      const docs = bitsOf === null ? await shelf.veiled() : await shelf.everything()
      for (const bit of [SHADOWED, HIDDEN]) {
        const isWanted = (doc: Doc) => ((bitsOf?.(doc.id, doc.author) ?? 0) & bit) !== 0
        const wrong = docs.filter(doc => isWanted(doc) !== ((doc.state & bit) !== 0))
        for (const isSet of [true, false]) {
          const ids = wrong.filter(doc => isWanted(doc) === isSet).map(({ id }) => id)
          await projector.mark(shelf, ids, bit, isSet)
        }
      }
    }
    await this.#place.write(work, { isHeeded: true })
  }

  async mark(ids: readonly RecordId[], state: State, { isSet }: { readonly isSet: boolean }): Promise<void> {
    await this.#place.write(shelf => this.#place.projector.mark(shelf, ids, state, isSet), { touched: ids })
  }

  async marked(state: State): Promise<RecordId[]> {
    const docs = await this.#place.read(shelf => shelf.everything())
    return docs
      .filter(doc => (doc.state & state) !== 0)
      .map(({ id }) => id)
      .sort()
  }

  async sweep(now: UnixTime): Promise<RecordId[]> {
    const { projector } = this.#place
    const work = async (shelf: Shelf) => {
      projector.now = Math.max(projector.now, now)
      const ids = (await shelf.due(now)).map(({ id }) => id).sort()
      await projector.mark(shelf, ids, EXPIRED, true)
      return ids
    }
    return await this.#place.write(work, { now })
  }

  async log<Method extends keyof ChangeStore>(method: Method, ...given: Parameters<ChangeStore[Method]>) {
    return (await ask(await this.#place.log(), method, given)) as never
  }

  watch(listener: (changed: Changed) => void): () => void {
    return this.#place.watch(listener)
  }

  async #page(shelf: Shelf, plan: Plan): Promise<Doc[]> {
    const definition = this.#place.projector.definition(plan.collection)
    const access = choose(definition, plan)
    if (plan.at !== null || !access.isOrdered) return page(await this.#matching(shelf, plan), plan)
    const found: Doc[] = []
    if (plan.limit === 0) return found
    for await (const docs of shelf.read(plan.collection, access)) {
      found.push(...following(matching(docs, plan, definition.text), plan))
      if (found.length >= plan.limit) break
    }
    return found.slice(0, plan.limit)
  }

  /** Give all that match, in no order. */
  async #matching(shelf: Shelf, plan: Plan): Promise<Doc[]> {
    const definition = this.#place.projector.definition(plan.collection)
    if (plan.at !== null) {
      return matching(asOf(plan.at, await shelf.all(plan.collection), definition), plan, definition.text)
    }
    const found: Doc[] = []
    for await (const docs of shelf.read(plan.collection, choose(definition, withoutSeat(plan)))) {
      found.push(...matching(docs, plan, definition.text))
    }
    return found
  }

  async #recordsOf(docs: readonly Doc[]): Promise<Record[]> {
    return docs.length === 0 ? [] : await this.#place.records(docs.map(({ id }) => id))
  }
}

function withoutSeat(plan: Plan): Plan {
  return { ...plan, after: null }
}

/** Give what was seen at the stamp *at*, of all of a collection. */
function asOf(at: number, docs: readonly Doc[], { isShared }: Definition): Doc[] {
  const slots = new Map<string, Doc[]>()
  for (const doc of docs) {
    if (doc.stamp > at) continue
    const name = doc.key === null ? doc.id : JSON.stringify([doc.key, isShared || doc.author])
    slots.set(name, [...(slots.get(name) ?? []), doc])
  }
  return [...slots.values()].flatMap(versions => {
    const winner = present(versions)[0]
    return winner === undefined || (winner.state & (VOID | EXPIRED)) !== 0 ? [] : [winner]
  })
}

/** Say whether a link counts: a document of its own follows any, and a version those of its register. */
function doesFollow(child: Doc, parent: Doc, isShared: boolean): boolean {
  const isOfSame = child.key === parent.key && (isShared || child.author === parent.author)
  if (child.collection !== parent.collection || !(child.key === null || isOfSame)) return false
  return (child.state & ABSENT) === 0 && parent.stamp < child.stamp
}
