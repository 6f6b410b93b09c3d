/** The log of changes in a page's database. Loaded once somebody reads it. */

import type { UnixTime } from '../core/clock.ts'
import { decodeRecord, type Record, type RecordId } from '../core/record.ts'
import { endOf } from '../documents/keys.ts'
import { COMMITS } from './completeness.ts'
import { type Docs, HEAD, type Row, type Transaction } from './database.ts'
import type { Filed } from './doc.ts'
import type { Head, Journal, Kept, Look, Past, Rows, Seen, ViewState } from './journal.ts'
import { everything } from './selection.ts'

export { begin, follow, NO_BITS } from './log.ts'
export { Viewing } from './viewing.ts'

const IDS_AT_ONCE = 1_000

/** A log in one transaction; what fails of what it writes ends that, which tells it. */
export class Logged implements Journal {
  readonly #transaction: Transaction

  constructor(transaction: Transaction) {
    this.#transaction = transaction
  }

  async head(): Promise<Head | null> {
    const text = await this.#transaction.objectStore('meta').get(HEAD)
    return text === undefined ? null : (JSON.parse(text) as Head)
  }

  keepHead(head: Head): void {
    quietly(this.#transaction.objectStore('meta').put?.(JSON.stringify(head), HEAD))
  }

  seen(id: RecordId): Promise<Seen | undefined> {
    return this.#seen.get(id)
  }

  putSeen(seen: Seen): void {
    quietly(this.#seen.put?.(seen))
  }

  deleteSeen(id: RecordId): void {
    quietly(this.#seen.delete?.(id))
  }

  everythingSeen(isHiddenOnly: boolean): Promise<Seen[]> {
    return isHiddenOnly ? this.#seen.index('hidden').getAll() : this.#seen.getAll()
  }

  came(after: number, count: number): Promise<Seen[]> {
    return this.#seen.index('at').getAll(IDBKeyRange.lowerBound(after, true), count)
  }

  went(after: number, count: number): Promise<Past[]> {
    return this.#gone.getAll(IDBKeyRange.lowerBound(after, true), count)
  }

  countGone(): Promise<number> {
    return this.#gone.count()
  }

  putGone(gone: Past): void {
    quietly(this.#gone.put?.(gone))
  }

  forget(upTo: number): void {
    quietly(this.#gone.delete?.(IDBKeyRange.upperBound(upTo)))
  }

  kept(id: RecordId): Promise<Kept | undefined> {
    return this.#kept.get(id)
  }

  keep(kept: Kept): void {
    quietly(this.#kept.put?.(kept))
  }

  async release(upTo: number): Promise<void> {
    const ids = await this.#kept.index('at').getAllKeys(IDBKeyRange.upperBound(upTo))
    for (const id of ids) quietly(this.#kept.delete?.(id as RecordId))
  }

  async look(ids: readonly RecordId[]): Promise<Look[]> {
    const docs = this.#transaction.objectStore('docs') as Docs
    const found = await Promise.all(ids.map(id => Promise.all([this.#row(id), docs.get(id)])))
    return found.flatMap(([row, doc]) => {
      if (row === undefined || row.wire === null) return []
      const { id, author, kind, place } = row
      const createdAt = place[0] as UnixTime
      return [{ id: id as RecordId, author, createdAt, kind, state: doc?.state ?? 0, isPlain: isPlain(doc) }]
    })
  }

  async records(ids: readonly RecordId[]): Promise<Record[]> {
    const rows = await Promise.all(ids.map(id => this.#row(id)))
    return rows.flatMap(row => (row === undefined || row.wire === null ? [] : [decodeRecord(row.wire)]))
  }

  async *ids(): AsyncIterable<RecordId[]> {
    const records = this.#transaction.objectStore('records')
    for (let range = everything(); ; ) {
      const places = await records.getAllKeys(range, IDS_AT_ONCE)
      yield places.map(([, id]) => id)
      const last = places.at(-1)
      if (last === undefined || places.length < IDS_AT_ONCE) return
      range = IDBKeyRange.bound(last, range.upper, true, range.upperOpen)
    }
  }

  view(name: string): Promise<ViewState | undefined> {
    return this.#transaction.objectStore('views').get(name)
  }

  views(): Promise<ViewState[]> {
    return this.#transaction.objectStore('views').getAll()
  }

  putView(view: ViewState): void {
    quietly(this.#transaction.objectStore('views').put?.(view))
  }

  deleteView(name: string): void {
    quietly(this.#transaction.objectStore('views').delete?.(name))
    this.clearRows(name)
  }

  clearRows(name: string): void {
    quietly(this.#rows.delete?.(IDBKeyRange.bound([name], [name, []])))
  }

  async rows(name: string, { prefix, limit, isReversed }: Rows): Promise<[key: string, text: string][]> {
    const range = IDBKeyRange.bound([name, prefix], [name, endOf(prefix)], false, true)
    if (isReversed) return await this.#reversed(range, limit)
    const count = limit ?? undefined
    if (count === 0) return []
    const [keys, texts] = await Promise.all([this.#rows.getAllKeys(range, count), this.#rows.getAll(range, count)])
    return keys.map(([, key], at) => [key, texts[at] ?? ''])
  }

  row(name: string, key: string): Promise<string | undefined> {
    return this.#rows.get([name, key])
  }

  putRow(name: string, key: string, text: string | null): void {
    quietly(text === null ? this.#rows.delete?.([name, key]) : this.#rows.put?.(text, [name, key]))
  }

  get #seen() {
    return this.#transaction.objectStore('seen')
  }

  get #gone() {
    return this.#transaction.objectStore('gone')
  }

  get #kept() {
    return this.#transaction.objectStore('kept')
  }

  get #rows() {
    return this.#transaction.objectStore('rows')
  }

  #row(id: RecordId): Promise<Row | undefined> {
    return this.#transaction.objectStore('records').index('byId').get(id)
  }

  async #reversed(range: IDBKeyRange, limit: number | null): Promise<[key: string, text: string][]> {
    const found: [string, string][] = []
    let cursor = limit === 0 ? null : await this.#rows.openCursor(range, 'prev')
    while (cursor !== null) {
      found.push([cursor.key[1], cursor.value])
      cursor = found.length === limit ? null : await cursor.continue()
    }
    return found
  }
}

/** Commits of batches are no documents, though they are filed as such. */
function isPlain(doc: Filed | undefined): boolean {
  return doc === undefined || doc.collection === COMMITS
}

function quietly(work: Promise<unknown> | undefined): void {
  work?.catch(() => {})
}
