/**
 * Keeps documents in step with the records of a store: which there are, and which of them readers see.
 *
 * Everything happens within the transaction that changes the records.
 */

import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { ABSENT, present, rowOf, type State, SUPERSEDED, VOID } from '../documents/document.ts'
import { ConfigError, QueryError } from '../errors.ts'
import { type Doc, docOf, type Filed, filed } from './doc.ts'

/** Documents within one transaction. */
export interface Table {
  get(id: RecordId): Promise<Filed | undefined>
  put(doc: Filed): void
  delete(id: RecordId): void
  /** Give every version of a register; *author* is empty where it is shared. */
  slot(collection: string, key: string, author: string): Promise<Filed[]>
  /** Say which of *records* are here with their content. */
  present(records: readonly Record[]): Promise<ReadonlySet<RecordId>>
}

/** Says what moderation has to say of a document. */
export type BitsOf = (id: RecordId, author: PublicKey) => State

/** Follows the records, for the collections that are declared. */
export class Projector {
  readonly definitions = new Map<string, Definition>()
  /** What new documents have beside what their records say; null: nothing. */
  bitsOf: BitsOf | null = null
  /** The collections of which something changed that readers see. */
  #changed = new Set<string>()

  /** Know these collections; throws a ConfigError where two read documents of one name. */
  define(definitions: readonly Definition[]): void {
    const known = new Map([...this.definitions, ...definitions.map(each => [each.name, each] as const)])
    const names = [...known.values()].flatMap(namesOf)
    if (new Set(names).size < names.length) {
      throw new ConfigError(`two of the collections ${[...known.keys()].join(', ')} read documents of one name`)
    }
    for (const each of definitions) {
      const there = this.definitions.get(each.name)
      // Another tab cannot say what functions do.
      const isPoorer = there?.digest === each.digest && !each.older.some(({ upgrade }) => upgrade !== undefined)
      if (!isPoorer) this.definitions.set(each.name, each)
    }
  }

  /** Give what a collection is; throws a QueryError when it was not declared. */
  definition(name: string): Definition {
    const found = this.definitions.get(name)
    if (found === undefined) throw new QueryError(`this store knows no collection "${name}"`)
    return found
  }

  /** Give the collections that changed since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  /** Take in *records*: those that are here, and no documents yet. */
  async add(table: Table, records: readonly Record[]): Promise<void> {
    const read = new Map(records.flatMap(record => this.#read(record)))
    if (read.size === 0) return
    const wanted = records.filter(({ id }) => read.has(id))
    const here = await table.present(wanted)
    const known = await Promise.all([...read.keys()].map(id => table.get(id)))
    for (const each of known) if (each !== undefined) read.delete(each.id)
    for (const id of [...read.keys()]) if (!here.has(id)) read.delete(id)
    for (const doc of read.values()) this.#put(table, doc)
    await this.#settle(table, [...read.values()])
  }

  /** Let go of records that are gone. */
  async remove(table: Table, ids: readonly RecordId[]): Promise<void> {
    const docs = await this.#find(table, ids)
    for (const doc of docs) {
      table.delete(doc.id)
      if (doc.state === 0) this.#changed.add(doc.collection)
    }
    await this.#settle(table, docs)
  }

  /** Let go of what records say: as versions they still replace what came before. */
  async empty(table: Table, ids: readonly RecordId[]): Promise<void> {
    await this.#change(table, ids, doc => ({ ...doc, value: null, state: doc.state | VOID }))
  }

  /** Set or clear bits. */
  async mark(table: Table, ids: readonly RecordId[], state: State, isSet: boolean): Promise<void> {
    await this.#change(table, ids, doc => ({ ...doc, state: isSet ? doc.state | state : doc.state & ~state }))
  }

  #read(record: Record): [RecordId, Doc][] {
    for (const definition of this.definitions.values()) {
      const row = rowOf(definition, record)
      if (row === null) continue
      const doc = docOf(row, record)
      return [[record.id, { ...doc, state: doc.state | (this.bitsOf?.(doc.id, doc.author) ?? 0) }]]
    }
    return []
  }

  async #find(table: Table, ids: readonly RecordId[]): Promise<Filed[]> {
    if (this.definitions.size === 0) return []
    const found = await Promise.all(ids.map(id => table.get(id)))
    return found.filter(doc => doc !== undefined)
  }

  async #change(table: Table, ids: readonly RecordId[], change: (doc: Doc) => Doc): Promise<void> {
    const changed: Doc[] = []
    for (const doc of await this.#find(table, ids)) {
      const next = change(plainOf(doc))
      if (next.state === doc.state && next.value === doc.value) continue
      if (doc.state === 0) this.#changed.add(doc.collection)
      this.#put(table, next)
      changed.push(next)
    }
    await this.#settle(table, changed)
  }

  /** Let the last version of each register count that one of *docs* is of. */
  async #settle(table: Table, docs: readonly Doc[]): Promise<void> {
    const slots = new Map<string, readonly [collection: string, key: string, author: string]>()
    for (const { collection, key, author } of docs) {
      const isShared = this.definitions.get(collection)?.isShared === true
      if (key !== null)
        slots.set(JSON.stringify([collection, key, isShared || author]), [collection, key, isShared ? '' : author])
    }
    for (const slot of slots.values()) {
      const versions = await table.slot(...slot)
      const winner = present(versions)[0]
      for (const version of versions) {
        const doesCompete = (version.state & ABSENT) === 0 && version.id !== winner?.id
        const state = doesCompete ? version.state | SUPERSEDED : version.state & ~SUPERSEDED
        if (state === version.state) continue
        if (version.state === 0) this.#changed.add(version.collection)
        this.#put(table, { ...plainOf(version), state })
      }
    }
  }

  #put(table: Table, doc: Doc): void {
    const definition = this.definitions.get(doc.collection)
    // What is of a collection that is not declared now is read anew when it is.
    if (definition === undefined) return
    if (doc.state === 0) this.#changed.add(doc.collection)
    table.put(filed(definition, doc))
  }
}

/** Give the names by which records are of a collection. */
export function namesOf({ name, older }: Definition): string[] {
  return [name, ...older.map(each => each.name)]
}

/** Give a document without its keys. */
function plainOf(doc: Doc): Doc {
  const { id, collection, key, author, createdAt, stamp, state, value, expiresAt, parents, batch } = doc
  return { id, collection, key, author, createdAt, stamp, state, value, expiresAt, parents, batch }
}
