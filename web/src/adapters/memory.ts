/** The store that forgets: one room's records in this page's memory, for tests and for pages that may keep nothing. */

import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import { type DaySum, DaySums, sumOf } from '../core/day-sum.ts'
import { type Mark, type Name, namesDeleted, type Outline, type Question } from '../core/deletion.ts'
import { expiresAt } from '../core/expiration.ts'
import { type Filter, matches } from '../core/filter.ts'
import type { PublicKey } from '../core/keys.ts'
import { checkNote, NOTES_PER_KIND_MAX } from '../core/note.ts'
import { KIND_DELETION, type Record, type RecordId, type Tags } from '../core/record.ts'
import { atRest, awake } from '../core/resting.ts'
import type { RoomTag } from '../core/signal.ts'
import { remainsOf, shellWith } from '../documents/remains.ts'
import { ConfigError, StoreError } from '../errors.ts'
import type { DocumentStore, Lens, Store } from '../ports.ts'
import { byAge } from './order.ts'
import { Outlines } from './outlines.ts'
import type { Gone } from './projection.ts'
import type { Remembered } from './remembered.ts'

/** Keeps records until it is closed. */
export class MemoryStore implements Store {
  readonly #records = new Map<RecordId, Record>()
  /** Of all records, those that were purged included. */
  #outlines = new Outlines()
  /** What is left of documents that were purged. */
  readonly #shells = new Map<RecordId, Record>()
  /** Of all wire forms together. */
  #bytes = 0
  #sums = new DaySums()
  #rules = ''
  /** What was refused under these rules. */
  readonly #refused = new Map<RecordId, UnixTime>()
  /** When what expires does, of what is here whole. */
  readonly #expiring = new Map<RecordId, number>()
  readonly #notes = new Map<string, Map<string, string>>()
  #roomTag: RoomTag | null = null
  #lens: Lens | null = null
  #remembered: Remembered | null = null
  #documents: DocumentStore | null = null
  #isClosed = false

  /** Make of envelopes what *lens* shows, from now on; of another one than before, documents are made anew. */
  unseal(lens: Lens | null): void {
    if (`${lens?.ids}` !== `${this.#lens?.ids}`) this.#documents = this.#remembered = null
    this.#lens = lens
  }

  /** Make this the store of one room, for good; refused with a `ConfigError` when it belongs to another. */
  async bind(roomTag: RoomTag): Promise<void> {
    this.#checkOpen()
    if (this.#roomTag !== null && this.#roomTag !== roomTag) {
      throw new ConfigError(`this store belongs to another room; give the room ${roomTag} a store of its own`)
    }
    this.#roomTag = roomTag
  }

  /** Add *records* (those already there are left alone), then remove *removed*. */
  async add(
    records: readonly Record[],
    { removed = [] }: { readonly removed?: readonly RecordId[] } = {},
  ): Promise<void> {
    this.#checkOpen()
    const news: Record[] = []
    for (const record of records) {
      if (this.#outlines.has(record.id)) continue
      this.#records.set(record.id, atRest(record))
      this.#weigh(record, 1)
      this.#outlines.add(record)
      const at = record.kind === KIND_DELETION ? null : expiresAt(record)
      if (at !== null) this.#expiring.set(record.id, at)
      news.push(record)
    }
    const gone = this.#remove(removed)
    await this.#remembered?.follow(news, { gone })
  }

  /** Give those of *ids* that are here, in the order asked. */
  async get(ids: readonly RecordId[]): Promise<Record[]> {
    this.#checkOpen()
    return ids.flatMap(id => this.#records.get(id) ?? []).map(awake)
  }

  /** Give the wire form of each of *ids*, in order: empty where its content is not here. */
  async wires(ids: readonly RecordId[]): Promise<Uint8Array[]> {
    this.#checkOpen()
    return ids.map(id => this.#records.get(id)?.wire ?? new Uint8Array())
  }

  /** Give [createdAt, id] of every record, in that order. */
  async entries(): Promise<Entry[]> {
    this.#checkOpen()
    return inOrder(this.#outlines.everything())
  }

  /** Give the records that match, newest first, ties by lowest id first. */
  async query(query: Filter): Promise<Record[]> {
    this.#checkOpen()
    const found = [...this.#records.values()].filter(record => matches(query, record))
    // By what is known of them without reading those that rest.
    const outlines = found.flatMap(({ id }) => this.#outlines.get(id) ?? []).sort(newestFirst)
    return this.get(outlines.slice(0, query.limit ?? found.length).map(({ id }) => id))
  }

  /** Give the author of every deletion (kind 5, NIP-09) that names something. */
  async deleters(): Promise<Set<PublicKey>> {
    this.#checkOpen()
    return this.#outlines.deleters()
  }

  /** Give what is here, purged or not, under *names*: ids, and addresses with all their versions. */
  async named(names: readonly Name[]): Promise<Outline[]> {
    this.#checkOpen()
    return this.#outlines.named(names)
  }

  /** Give the newest deletion by each author of the name beside it; nothing where none is. */
  async marks(questions: readonly Question[]): Promise<Mark[]> {
    this.#checkOpen()
    return this.#outlines.marks(questions)
  }

  /** Give every record that has versions and is here, purged or not. */
  async versions(): Promise<Outline[]> {
    this.#checkOpen()
    return this.#outlines.versions()
  }

  /** Delete every record with createdAt below *before*, all others than *but*; give how many. */
  async expire(before: UnixTime, but?: ReadonlySet<RecordId>): Promise<number> {
    this.#checkOpen()
    const expired = this.#outlines.everything().filter(({ createdAt, id }) => createdAt < before && !but?.has(id))
    const gone = this.#remove(expired.map(({ id }) => id))
    for (const [id, createdAt] of this.#refused) if (createdAt < before) this.#refused.delete(id)
    await this.#remembered?.follow([], { gone })
    return expired.length
  }

  /** Give what expires by *until* and is here whole, the first to first, at most *limit*; deletions never. */
  async expired(until: UnixTime, limit: number): Promise<RecordId[]> {
    this.#checkOpen()
    const due = [...this.#expiring].filter(([, at]) => at <= until)
    return due
      .sort(([one, first], [other, second]) => first - second || (one < other ? -1 : 1))
      .slice(0, limit)
      .map(([id]) => id)
  }

  /** Say how many bytes the wire forms have together. */
  async weight(): Promise<number> {
    this.#checkOpen()
    return this.#bytes
  }

  /** Give what each author wrote on each UTC day, as far as its content is here. */
  async sums(): Promise<DaySum[]> {
    this.#checkOpen()
    return this.#sums.all
  }

  /** Take in what is left of a record that was purged elsewhere: its *outline* and, of a document, its *tags*. */
  recall(outline: Outline, tags: Tags | null): void {
    this.#outlines.keep(outline)
    if (tags !== null) this.#shells.set(outline.id, shellWith(outline, tags))
  }

  /** Destroy the content, tags and signature of *ids*; deletions are left alone. */
  async purge(ids: readonly RecordId[]): Promise<void> {
    const found = (await this.get(ids)).filter(({ kind }) => kind !== KIND_DELETION)
    for (const record of found) {
      const left = this.remainsOf(record)
      if (left !== null) this.#shells.set(record.id, shellWith(record, left))
      this.#forget(record)
    }
    const emptied = found.map(({ id }) => id)
    await this.#remembered?.follow([], { emptied })
  }

  /** Give the tags that are to be left of *record*; null when it is no document. */
  protected remainsOf(record: Record): Tags | null {
    return remainsOf(this.#lens?.open(record) ?? record)
  }

  /** Give back the content of those of *records* that were purged and are still here. */
  async fill(records: readonly Record[]): Promise<void> {
    this.#checkOpen()
    const filled = records.filter(({ id }) => this.#outlines.has(id) && !this.#records.has(id))
    const gone = this.#remove(filled.map(({ id }) => id))
    await this.#remembered?.follow([], { gone })
    await this.add(filled)
  }

  /** Remember that *entries* were refused under *rules*; what others refused is forgotten. */
  async refuse(entries: readonly Entry[], rules: string): Promise<void> {
    this.#checkOpen()
    if (rules !== this.#rules) this.#refused.clear()
    this.#rules = rules
    for (const [createdAt, id] of entries) this.#refused.set(id, createdAt as UnixTime)
  }

  /** Give [createdAt, id] of everything refused under *rules*, in that order. */
  async refused(rules: string): Promise<Entry[]> {
    this.#checkOpen()
    return rules === this.#rules ? inOrder(Array.from(this.#refused, ([id, createdAt]) => ({ createdAt, id }))) : []
  }

  /** Give every note of *kind*, by key. */
  async notes(kind: string): Promise<Map<string, string>> {
    this.#checkOpen()
    return new Map(this.#notes.get(kind))
  }

  /** Keep *text* under *kind* and *key*, in place of what was there; null removes it. */
  async note(kind: string, key: string, text: string | null): Promise<void> {
    this.#checkOpen()
    checkNote(kind, key, text)
    const notes = this.#notes.get(kind) ?? new Map<string, string>()
    this.#notes.set(kind, notes)
    if (text === null) notes.delete(key)
    else if (notes.has(key) || notes.size < NOTES_PER_KIND_MAX) notes.set(key, text)
    else throw new StoreError(`the memory store holds ${NOTES_PER_KIND_MAX} notes of the kind ${kind}: remove some`)
  }

  /** Give what finds these records as documents. */
  async documents(): Promise<DocumentStore> {
    const { Documents, Remembered } = await import('./remembered.ts')
    const all = () => {
      this.#checkOpen()
      return this.#records
    }
    this.#remembered ??= new Remembered(
      all,
      () => this.#outlines,
      () => this.#shells.values(),
    )
    this.#remembered.projector.lens = this.#lens
    this.#documents ??= new Documents(this.#remembered)
    return this.#documents
  }

  /** Forget everything; may be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#records.clear()
    this.#sums = new DaySums()
    this.#shells.clear()
    this.#outlines = new Outlines()
    this.#refused.clear()
    this.#notes.clear()
  }

  /** Remove what is here of *ids*; give that, and what deletions among them named. */
  #remove(ids: readonly RecordId[]): Gone {
    const records = ids.flatMap(id => this.#records.get(id) ?? [])
    for (const id of ids) {
      const record = this.#records.get(id)
      this.#outlines.remove(id, record)
      if (record !== undefined) this.#forget(record)
      this.#shells.delete(id)
    }
    const contents = new Map(records.map(({ id, wire }) => [id, wire]))
    return { ids, names: records.flatMap(namesDeleted), contents }
  }

  #forget(record: Record): void {
    this.#expiring.delete(record.id)
    if (this.#records.delete(record.id)) this.#weigh(record, -1)
  }

  #weigh(record: Record, sign: number): void {
    this.#bytes += sign * record.wire.length
    this.#sums.add(sumOf(record), sign)
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StoreError('the memory store is closed')
  }
}

function newestFirst(one: Outline, other: Outline): number {
  const later = other.createdAt - one.createdAt || other.microseconds - one.microseconds
  return later || (one.id < other.id ? -1 : 1)
}

function inOrder(places: Pick<Record, 'createdAt' | 'id'>[]): Entry[] {
  return places.sort(byAge).map(({ createdAt, id }) => [createdAt, id])
}
