/**
 * Keeps documents in step with the records of a store: which there are, and which of them readers see.
 *
 * Everything happens within the transaction that changes the records.
 */

import type { PublicKey } from '../core/keys.ts'
import { COLLECTIONS_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import { type Definition, isWhole, namesRead } from '../documents/definition.ts'
import {
  ABSENT,
  collectionOf,
  EXPIRED,
  INCOMPLETE,
  MISFIT,
  placeOf,
  present,
  rowOf,
  type State,
  SUPERSEDED,
  type Turnover,
  VOID,
} from '../documents/document.ts'
import { MISFIT_TAG } from '../documents/remains.ts'
import { ConfigError } from '../errors.ts'
import type { Lens } from '../ports.ts'
import {
  type Batch,
  batchesListing,
  batchesNaming,
  batchesOf,
  COMMITS,
  filedCommit,
  LISTED,
  reviewed,
} from './completeness.ts'
import { docOf, type Filed, filed, type Globe, type Stored } from './doc.ts'
import type { Changed } from './listeners.ts'
import type { Gone } from './projection.ts'
import { type DocKey, type Keys, only, partKeys, slotKey } from './sorted.ts'

/** Documents within one transaction. */
export interface Table {
  get(id: RecordId): Promise<Filed | undefined>
  put(doc: Filed): void
  delete(id: RecordId): void
  /** Give what is filed there, each document once: in the order of the keys where they are several. */
  find(keys: Keys, limit?: number): Promise<Filed[]>
  /** Say which of *ids* are here, with their content or without it. */
  here(ids: readonly RecordId[]): Promise<ReadonlySet<RecordId>>
  /** Give deletions by *author* that name a record; where there are several, at least one. */
  deletions(id: RecordId, author: PublicKey): Promise<RecordId[]>
}

/** More changes at once are not told one by one. */
const TURNOVER_MAX = 1_000

/** Says what moderation has to say of a document. */
export type BitsOf = (id: RecordId, author: PublicKey) => State

/** Follows the records, for the collections that are declared. */
export class Projector {
  readonly definitions = new Map<string, Definition>()
  /** Where places are looked for, once a collection has any. */
  globe: Globe | null = null
  /** What new documents have beside what their records say; null: nothing. */
  bitsOf: BitsOf | null = null
  /** Opens what records are envelopes of; null in a room that is not sealed. */
  lens: Lens | null = null
  /** What expires by then is not seen, though it come later. */
  now = 0
  /** What changed that readers see, by collection: whether they see it now; null: anything may have. */
  #changed = new Map<string, Map<RecordId, boolean> | null>()
  /** A commit has been here. */
  #isBatched = false

  /** Know these collections; throws a ConfigError where two read documents of one name. */
  define(definitions: readonly Definition[]): void {
    const known = new Map([...this.definitions, ...definitions.map(each => [each.name, each] as const)])
    if (known.size > COLLECTIONS_MAX) throw new ConfigError(`a room has at most ${COLLECTIONS_MAX} collections`)
    const names = [...known.values()].flatMap(namesRead)
    if (new Set(names).size < names.length) {
      throw new ConfigError(`two of the collections ${[...known.keys()].join(', ')} read documents of one name`)
    }
    for (const each of definitions) {
      const there = this.definitions.get(each.name)
      // Another tab cannot say what functions do.
      const isPoorer = there?.digest === each.digest && !isWhole(each)
      if (!isPoorer) this.definitions.set(each.name, each)
    }
  }

  /** Give what a collection is; throws a ConfigError when it was not declared. */
  definition(name: string): Definition {
    const found = this.definitions.get(name)
    if (found === undefined) throw new ConfigError(`this store knows no collection "${name}": was it dropped here?`)
    return found
  }

  /** Give what changed since the last call. */
  takeChanged(): Changed {
    const changed = this.#changed
    this.#changed = new Map()
    return new Map([...changed].map(([name, ids]) => [name, ids === null ? null : turnoverOf(ids)]))
  }

  /** Nobody knows any more what changed, in these collections or in those where something did. */
  doubt(names: Iterable<string> = [...this.#changed.keys()]): void {
    for (const name of names) this.#changed.set(name, null)
  }

  /** Take in *records*, which are here with their content: they came just now, or there may be documents of some. */
  async add(table: Table, given: readonly Record[], { areNew }: { readonly areNew: boolean }): Promise<void> {
    const records = given.map(record => this.lens?.open(record) ?? record)
    const read = new Map(records.flatMap(record => this.#read(record)))
    const known = areNew ? [] : await Promise.all([...read.keys()].map(id => table.get(id)))
    for (const each of known) if (each !== undefined) read.delete(each.id)
    for (const doc of read.values()) this.#put(table, doc)
    await this.#settle(table, [...read.values()])
    const commits = records.flatMap(record => (record.unread === undefined && filedCommit(record)) || [])
    for (const commit of commits) table.put(commit)
    const listing = (await this.#hasCommits(table)) ? await batchesListing(table, records) : []
    await this.#review(table, [...batchesOf(read.values()), ...batchesOf(commits), ...listing], new Set())
  }

  /** Let go of records that are gone; *names* are what deletions among them named. */
  async remove(table: Table, { ids, names }: Gone): Promise<void> {
    const gone = new Set(ids)
    const docs = await this.#find(table, ids)
    for (const doc of docs) {
      table.delete(doc.id)
      if (doc.state === 0) this.#note(doc, false)
    }
    await this.#settle(table, docs)
    const listing = (await this.#hasCommits(table)) ? await batchesNaming(table, [...ids, ...names]) : []
    await this.#review(table, [...batchesOf(docs), ...listing], gone)
  }

  /** Let go of what records say: as versions they still replace what came before. */
  async empty(table: Table, ids: readonly RecordId[]): Promise<void> {
    await this.#change(table, ids, doc => ({ ...doc, value: null, state: doc.state | VOID }))
    const commits = (await this.#find(table, ids)).filter(({ collection }) => collection === COMMITS)
    for (const { id } of commits) table.delete(id)
    await this.#review(table, batchesOf(commits), new Set())
  }

  /** Forget *docs*, all of a collection that is read anew; what says nothing replaces still what it replaced. */
  async forget(table: Table, docs: readonly Stored[]): Promise<void> {
    for (const doc of docs) table.delete(doc.id)
    this.doubt(new Set(docs.map(({ collection }) => collection).filter(name => name !== COMMITS)))
    const left = docs.filter(({ state }) => (state & VOID) !== 0).map(plainOf)
    for (const doc of left) this.#put(table, doc)
    await this.#settle(table, left)
  }

  /** Set or clear bits. */
  async mark(table: Table, ids: readonly RecordId[], state: State, isSet: boolean): Promise<void> {
    await this.#change(table, ids, doc => ({ ...doc, state: isSet ? doc.state | state : doc.state & ~state }))
  }

  #read(record: Record): [RecordId, Stored][] {
    if (record.unread !== undefined) return []
    for (const definition of this.definitions.values()) {
      const row = rowOf(definition, record)
      if (row === null) continue
      // Of what was purged its tags are left, which say of which register it is a version.
      const misfit = record.tags.some(([tag]) => tag === MISFIT_TAG) ? MISFIT : 0
      const state = placeOf(record, String(collectionOf(record)))[1] | VOID | misfit
      const doc = docOf(record.wire.length === 0 ? { ...row, state, value: null } : row, record)
      const isExpired = doc.expiresAt !== null && doc.expiresAt <= this.now
      // A part of a batch is incomplete until that is found to be complete.
      const alone = (doc.batch === null ? 0 : INCOMPLETE) | (isExpired ? EXPIRED : 0)
      return [[record.id, { ...doc, state: doc.state | alone | (this.bitsOf?.(doc.id, record.author) ?? 0) }]]
    }
    return []
  }

  async #find(table: Table, ids: readonly RecordId[]): Promise<Filed[]> {
    if (this.definitions.size === 0) return []
    const found = await Promise.all(ids.map(id => table.get(id)))
    return found.filter(doc => doc !== undefined)
  }

  async #change(table: Table, ids: readonly RecordId[], change: (doc: Stored) => Stored): Promise<void> {
    const changed: Stored[] = []
    for (const doc of await this.#find(table, ids)) {
      const next = change(plainOf(doc))
      const isSame = next.state === doc.state && next.value === doc.value
      if (!isSame && this.definitions.has(doc.collection)) changed.push(this.#replace(table, doc, next))
    }
    await this.#settle(table, changed)
  }

  /** Let what of *batches* is complete be seen, and nothing else of them. */
  async #review(table: Table, batches: readonly Batch[], gone: ReadonlySet<RecordId>): Promise<void> {
    const changed: Stored[] = []
    for (const batch of new Set(batches)) {
      const { docs, complete } = await reviewed(table, batch, gone)
      for (const doc of docs) {
        const state = complete.has(doc.id) ? doc.state & ~INCOMPLETE : doc.state | INCOMPLETE
        if (state !== doc.state) changed.push(this.#replace(table, doc, { ...plainOf(doc), state }))
      }
    }
    await this.#settle(table, changed)
  }

  async #hasCommits(table: Table): Promise<boolean> {
    this.#isBatched ||= (await table.find(partKeys(COMMITS, LISTED, ''), 1)).length > 0
    return this.#isBatched
  }

  /** Let the last version of each register count that one of *docs* is of. */
  async #settle(table: Table, docs: readonly Stored[]): Promise<void> {
    const slots = new Set<DocKey>()
    for (const { collection, key, author } of docs) {
      const isShared = this.definitions.get(collection)?.isShared === true
      if (key !== null) slots.add(slotKey(collection, key, isShared ? null : author))
    }
    for (const slot of slots) {
      const versions = await table.find(only(slot))
      const winner = present(versions)[0]
      for (const version of versions) {
        const doesCompete = (version.state & ABSENT) === 0 && version.id !== winner?.id
        const state = doesCompete ? version.state | SUPERSEDED : version.state & ~SUPERSEDED
        if (state !== version.state) this.#replace(table, version, { ...plainOf(version), state })
      }
    }
  }

  #replace(table: Table, doc: Stored, next: Stored): Stored {
    if (doc.state === 0) this.#note(doc, false)
    this.#put(table, next)
    return next
  }

  #note({ collection, id }: Stored, isSeen: boolean): void {
    // Commits of batches are no documents.
    if (collection === COMMITS) return
    const ids = this.#changed.get(collection)
    if (ids === undefined) this.#changed.set(collection, new Map([[id, isSeen]]))
    else if (ids !== null && ids.size < TURNOVER_MAX) ids.set(id, isSeen)
    else this.#changed.set(collection, null)
  }

  #put(table: Table, doc: Stored): void {
    const definition = this.definitions.get(doc.collection)
    // What is of a collection that is not declared now is read anew when it is.
    if (definition === undefined) return
    if (doc.state === 0) this.#note(doc, true)
    table.put(filed(definition, doc, this.globe))
  }
}

function turnoverOf(ids: ReadonlyMap<RecordId, boolean>): Turnover {
  const all = [...ids]
  const those = (isWanted: boolean) => all.flatMap(([id, isSeen]) => (isSeen === isWanted ? [id] : []))
  return { came: those(true), gone: those(false) }
}

/** Give a document without its keys. */
function plainOf(doc: Stored): Stored {
  const { id, collection, key, author, createdAt, stamp, state, value, expiresAt, parents, batch } = doc
  return { id, collection, key, author, createdAt, stamp, state, value, expiresAt, parents, batch }
}
