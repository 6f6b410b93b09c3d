/** The log of changes in a page's memory. Loaded once somebody reads it. */

import { bisectRight } from '../core/bisect.ts'
import type { Record, RecordId } from '../core/record.ts'
import { awake } from '../core/resting.ts'
import type { State } from '../documents/document.ts'
import { endOf } from '../documents/keys.ts'
import type { Head, Journal, Kept, Look, Past, Rows, Seen, ViewState } from './journal.ts'

export { begin, follow, NO_BITS } from './log.ts'
export { Viewing } from './viewing.ts'

/** A log in memory; *all* gives the records that are here with their content, *stateOf* the state of a document. */
export class Recalled implements Journal {
  readonly #all: () => ReadonlyMap<RecordId, Record>
  readonly #stateOf: (id: RecordId) => State | undefined
  #head: Head | null = null
  readonly #seen = new Map<RecordId, Seen>()
  readonly #came = new Line<RecordId>()
  readonly #gone = new Line<Past>()
  readonly #kept = new Map<RecordId, Kept>()
  readonly #views = new Map<string, ViewState>()
  readonly #rows = new Map<string, Table>()

  constructor(all: () => ReadonlyMap<RecordId, Record>, stateOf: (id: RecordId) => State | undefined) {
    this.#all = all
    this.#stateOf = stateOf
  }

  async head(): Promise<Head | null> {
    return this.#head
  }

  keepHead(head: Head): void {
    this.#head = head
  }

  async seen(id: RecordId): Promise<Seen | undefined> {
    return this.#seen.get(id)
  }

  putSeen(seen: Seen): void {
    this.deleteSeen(seen.id)
    this.#seen.set(seen.id, seen)
    if (seen.at !== undefined) this.#came.put(seen.at, seen.id)
  }

  deleteSeen(id: RecordId): void {
    const at = this.#seen.get(id)?.at
    if (at !== undefined) this.#came.delete(at)
    this.#seen.delete(id)
  }

  async everythingSeen(): Promise<Seen[]> {
    return [...this.#seen.values()]
  }

  async came(after: number, count: number): Promise<Seen[]> {
    return this.#came.after(after, count).flatMap(id => this.#seen.get(id) ?? [])
  }

  async went(after: number, count: number): Promise<Past[]> {
    return this.#gone.after(after, count)
  }

  async countGone(): Promise<number> {
    return this.#gone.size
  }

  putGone(gone: Past): void {
    this.#gone.put(gone.at, gone)
  }

  forget(upTo: number): void {
    this.#gone.deleteUpTo(upTo)
  }

  async kept(id: RecordId): Promise<Kept | undefined> {
    return this.#kept.get(id)
  }

  keep(kept: Kept): void {
    this.#kept.set(kept.id, kept)
  }

  async release(upTo: number): Promise<void> {
    for (const [id, { at }] of this.#kept) if (at <= upTo) this.#kept.delete(id)
  }

  async look(ids: readonly RecordId[]): Promise<Look[]> {
    const records = await this.records(ids)
    return records.map(({ id, author, createdAt, kind }) => {
      const state = this.#stateOf(id)
      return { id, author, createdAt, kind, state: state ?? 0, isPlain: state === undefined }
    })
  }

  async records(ids: readonly RecordId[]): Promise<Record[]> {
    return ids.flatMap(id => this.#all().get(id) ?? []).map(awake)
  }

  async *ids(): AsyncIterable<RecordId[]> {
    yield [...this.#all().keys()]
  }

  async view(name: string): Promise<ViewState | undefined> {
    return this.#views.get(name)
  }

  async views(): Promise<ViewState[]> {
    return [...this.#views.values()]
  }

  putView(view: ViewState): void {
    this.#views.set(view.name, view)
  }

  deleteView(name: string): void {
    this.#views.delete(name)
    this.clearRows(name)
  }

  clearRows(name: string): void {
    this.#rows.delete(name)
  }

  async rows(name: string, rows: Rows): Promise<[key: string, text: string][]> {
    return this.#rows.get(name)?.rows(rows) ?? []
  }

  async row(name: string, key: string): Promise<string | undefined> {
    return this.#rows.get(name)?.texts.get(key)
  }

  putRow(name: string, key: string, text: string | null): void {
    const table = this.#rows.get(name) ?? new Table()
    this.#rows.set(name, table)
    table.put(key, text)
  }
}

/** Things by ascending numbers. */
class Line<Each> {
  #numbers: number[] = []
  readonly #things = new Map<number, Each>()

  get size(): number {
    return this.#things.size
  }

  put(number: number, thing: Each): void {
    this.#numbers.push(number)
    this.#things.set(number, thing)
  }

  delete(number: number): void {
    this.#things.delete(number)
    // What is gone is passed over, until that is most.
    if (this.#numbers.length > 2 * this.#things.size + 16) {
      this.#numbers = this.#numbers.filter(each => this.#things.has(each))
    }
  }

  deleteUpTo(number: number): void {
    const end = bisectRight(this.#numbers, number)
    for (const each of this.#numbers.splice(0, end)) this.#things.delete(each)
  }

  after(number: number, count: number): Each[] {
    const found: Each[] = []
    for (let at = bisectRight(this.#numbers, number); at < this.#numbers.length && found.length < count; at++) {
      const thing = this.#things.get(this.#numbers[at] ?? 0)
      if (thing !== undefined) found.push(thing)
    }
    return found
  }
}

/** The rows of a view. */
class Table {
  readonly texts = new Map<string, string>()
  /** Null when they have to be sorted anew. */
  #keys: string[] | null = null

  put(key: string, text: string | null): void {
    if (this.texts.has(key) !== (text !== null)) this.#keys = null
    if (text === null) this.texts.delete(key)
    else this.texts.set(key, text)
  }

  rows({ prefix, limit, isReversed }: Rows): [key: string, text: string][] {
    this.#keys ??= [...this.texts.keys()].sort()
    const end = endOf(prefix)
    const keys = this.#keys.filter(key => key >= prefix && key < end)
    const wanted = (isReversed ? keys.reverse() : keys).slice(0, limit ?? keys.length)
    return wanted.map(key => [key, this.texts.get(key) ?? ''])
  }
}
