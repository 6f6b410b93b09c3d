/**
 * The default store of a page: a database that the browser may close or delete at any time.
 *
 * It does so to pages in the background, when storage runs low, when the machine wakes up, and when its user clears a
 * site's data. Then the database is opened again, and given back what this page still holds; where that does not help,
 * the room goes on in memory.
 */

import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import type { DaySum } from '../core/day-sum.ts'
import type { Mark, Name, Outline, Question } from '../core/deletion.ts'
import type { Filter } from '../core/filter.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { RoomTag } from '../core/signal.ts'
import { StoreError } from '../errors.ts'
import type { DocumentStore, Lens, Store } from '../ports.ts'
import { Connection } from './connection.ts'
import { IndexedDbStore, type StoreListener } from './indexeddb.ts'
import { Recent } from './recent.ts'

export { eraseDatabase } from './database.ts'

/** A page waits so long for its database, then goes on in memory. */
export const OPEN_SECONDS = 10

/** A database that is lost again so soon is not opened once more. */
export const REOPEN_REST_SECONDS = 10

/** The pauses before it is opened again, one after the other: while a browser deletes it, it opens for nobody. */
const REOPEN_PAUSES_MILLISECONDS = [0, 250, 1_000, 2_000]

/** Whom the store tells what its caller should know; nobody need listen. */
export interface LastingListener extends StoreListener {
  /** The browser keeps nothing for this page, for *reason*: records live in memory until it is closed. */
  readonly onUnavailable?: (reason: string) => void
  /** The browser took the database away: *entries* are all that is here now. Told before anything else is asked. */
  readonly onLost?: (entries: readonly Entry[]) => void
}

/** How to open a store. */
export interface LastingOptions extends LastingListener {
  readonly openSeconds?: number
}

/**
 * Open the store in the database *name*, which is made when it is not there.
 *
 * Gives a store in memory when the browser refuses (private mode, a sandboxed frame, a blocked or newer database), and
 * says so to `onUnavailable`.
 */
export async function openIndexedDbStore(name: string, options: LastingOptions = {}): Promise<Store> {
  try {
    const connection = await connect(name, options, () => store.mend())
    const store = new LastingStore(name, options, connection)
    askToPersist()
    return store
  } catch (error) {
    options.onUnavailable?.(reasonOf(error))
    return await memoryStore()
  }
}

/** Records in a database that is opened again when it is lost. Make one with `openIndexedDbStore`. */
class LastingStore implements Store {
  readonly #name: string
  readonly #options: LastingOptions
  readonly #recent = new Recent()
  /** Where the records rest now: in the database, or in memory. */
  #place: Place
  #roomTag: RoomTag | null = null
  #lens: Lens | null = null
  #documents: DocumentStore | null = null
  /** While the database is opened again, everything waits. */
  #mending: Promise<void> | null = null
  /** It is not opened once more before this, in milliseconds of the page. */
  #restsUntil = 0
  #isClosed = false

  constructor(name: string, options: LastingOptions, connection: Connection) {
    this.#name = name
    this.#options = options
    this.#place = { store: new IndexedDbStore(connection, options), connection }
  }

  /** Make of envelopes what *lens* shows, from now on, wherever they rest. */
  unseal(lens: Lens | null): void {
    this.#lens = lens
    this.#place.store.unseal?.(lens)
  }

  /** Make this the store of one room, for good; refused with a `ConfigError` when it belongs to another. */
  async bind(roomTag: RoomTag): Promise<void> {
    await this.#ask(store => store.bind(roomTag))
    this.#roomTag = roomTag
  }

  /** Add *records* (those already there are left alone), then remove *removed*, in one transaction. */
  async add(
    records: readonly Record[],
    { removed = [] }: { readonly removed?: readonly RecordId[] } = {},
  ): Promise<void> {
    // First, for the database may be lost after it said that they are saved, and before we hear that.
    this.#recent.add(records)
    this.#recent.remove(removed)
    await this.#ask(store => store.add(records, { removed }))
  }

  /** Give those of *ids* that are here, in the order asked. */
  get(ids: readonly RecordId[]): Promise<Record[]> {
    return this.#ask(store => store.get(ids))
  }

  /** Give the wire form of each of *ids*, in order: empty where its content is not here. */
  wires(ids: readonly RecordId[]): Promise<Uint8Array[]> {
    return this.#ask(store => store.wires(ids))
  }

  /** Give [createdAt, id] of every record, in that order. */
  entries(): Promise<Entry[]> {
    return this.#ask(store => store.entries())
  }

  /** Give the records that match, newest first, ties by lowest id first. */
  query(query: Filter): Promise<Record[]> {
    return this.#ask(store => store.query(query))
  }

  /** Give the author of every deletion (kind 5, NIP-09) that names something. */
  deleters(): Promise<Set<PublicKey>> {
    return this.#ask(store => store.deleters())
  }

  /** Give what is here, purged or not, or was removed, under *names*: ids, and addresses with all their versions. */
  named(names: readonly Name[]): Promise<Outline[]> {
    return this.#ask(store => store.named(names))
  }

  /** Give the newest deletion by each author of the name beside it; nothing where none is. */
  marks(questions: readonly Question[]): Promise<Mark[]> {
    return this.#ask(store => store.marks(questions))
  }

  /** Give every record that has versions and is here, purged or not. */
  versions(): Promise<Outline[]> {
    return this.#ask(store => store.versions())
  }

  /** Delete every record with createdAt below *before*, all others than *but*; give how many. */
  async expire(before: UnixTime, but?: ReadonlySet<RecordId>): Promise<number> {
    this.#recent.expire(before, but)
    return await this.#ask(store => store.expire(before, but))
  }

  /** Give what expires by *until* and is here whole, the first to first, at most *limit*. */
  expired(until: UnixTime, limit: number): Promise<RecordId[]> {
    return this.#ask(store => store.expired(until, limit))
  }

  /** Say how many bytes all of it takes, about. */
  weight(): Promise<number> {
    return this.#ask(store => store.weight())
  }

  /** Give what each author wrote on each UTC day, as far as its content is here. */
  sums(): Promise<DaySum[]> {
    return this.#ask(store => store.sums())
  }

  /** Destroy the content, tags and signature of *ids*; deletions are left alone. */
  async purge(ids: readonly RecordId[]): Promise<void> {
    this.#recent.remove(ids)
    await this.#ask(store => store.purge(ids))
  }

  /** Give back the content of those of *records* that were purged and are still here. */
  async fill(records: readonly Record[]): Promise<void> {
    await this.#ask(store => store.fill(records))
  }

  /** Remember that *entries* were refused under *rules*; what others refused is forgotten. */
  refuse(entries: readonly Entry[], rules: string): Promise<void> {
    return this.#ask(store => store.refuse(entries, rules))
  }

  /** Give [createdAt, id] of everything refused under *rules*, in that order. */
  refused(rules: string): Promise<Entry[]> {
    return this.#ask(store => store.refused(rules))
  }

  /** Give every note of *kind*, by key in hex. */
  async notes(kind: string): Promise<Map<string, string>> {
    const notes = await this.#ask(store => store.notes(kind))
    for (const [key, text] of notes) this.#recent.note(kind, key, text)
    return notes
  }

  /** Keep *text* under *kind* and *key* (hex), in place of what was there; null removes it. */
  async note(kind: string, key: string, text: string | null): Promise<void> {
    await this.#ask(store => store.note(kind, key, text))
    this.#recent.note(kind, key, text)
  }

  /** Give what finds these records as documents, wherever they rest. */
  async documents(): Promise<DocumentStore> {
    const { moving } = await import('./moving.ts')
    this.#documents ??= moving(work =>
      this.#ask(async store => {
        if (store.documents === undefined) throw new StoreError('this store finds no documents')
        return await work(await store.documents())
      }),
    )
    return this.#documents
  }

  /** Finish what was asked, then close the database; may be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#mending?.catch(() => {})
    await this.#place.store.close()
  }

  /** Open the database again; for who was told that it is lost. */
  mend(): void {
    // Nobody waits for this: who asks the store next is told when it fails.
    this.#mended().catch(() => {})
  }

  /** Do *work*, again and elsewhere when the database is lost meanwhile. */
  async #ask<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
    for (;;) {
      await this.#mended()
      const { store, connection } = this.#place
      try {
        return await work(store)
      } catch (error) {
        // A store in memory is never lost, so this ends.
        if (this.#isClosed || !connection?.isLost) throw error
      }
    }
  }

  async #mended(): Promise<void> {
    if (this.#isClosed || !this.#place.connection?.isLost) return
    this.#mending ??= this.#move().finally(() => {
      this.#mending = null
    })
    await this.#mending
  }

  async #move(): Promise<void> {
    const place = await this.#another()
    if (this.#isClosed) return await place.store.close()
    const lost = this.#place
    this.#place = place
    this.#options.onLost?.(await place.store.entries())
    await lost.store.close()
  }

  /** Give the database opened again, or memory where that does not help. */
  async #another(): Promise<Place> {
    try {
      if (performance.now() < this.#restsUntil) throw new StoreError(`the database ${this.#name} is lost again`)
      this.#restsUntil = performance.now() + REOPEN_REST_SECONDS * 1_000
      const connection = await this.#reconnect()
      const place = { store: new IndexedDbStore(connection, this.#options), connection }
      await this.#giveBack(place.store)
      return place
    } catch (error) {
      const place = { store: await memoryStore(), connection: null }
      await this.#giveBack(place.store)
      this.#options.onUnavailable?.(reasonOf(error))
      return place
    }
  }

  async #reconnect(): Promise<Connection> {
    let last: unknown
    for (const milliseconds of REOPEN_PAUSES_MILLISECONDS) {
      await new Promise(resolve => setTimeout(resolve, milliseconds))
      try {
        return await connect(this.#name, this.#options, () => this.mend())
      } catch (error) {
        // What is blocked for long, or not ours, will be so in a second.
        if (error instanceof StoreError || this.#isClosed) throw error
        last = error
      }
    }
    throw last
  }

  /** Put into *store* what this page still holds, and it does not. */
  async #giveBack(store: Store): Promise<void> {
    store.unseal?.(this.#lens)
    if (this.#roomTag !== null) await store.bind(this.#roomTag)
    const there = new Set((await store.entries()).map(([, id]) => id))
    await store.add(this.#recent.records.filter(({ id }) => !there.has(id)))
    for (const [kind, key, text] of this.#recent.notes) await store.note(kind, key, text)
  }
}

interface Place {
  readonly store: Store
  /** Null in memory. */
  readonly connection: Connection | null
}

function connect(
  name: string,
  { openSeconds = OPEN_SECONDS }: LastingOptions,
  onLost: () => void,
): Promise<Connection> {
  return Connection.open(name, openSeconds, onLost)
}

async function memoryStore(): Promise<Store> {
  const { MemoryStore } = await import('./memory.ts')
  return new MemoryStore()
}

/** Browsers delete what is not persistent when space runs low; some ask the user, all may say no. */
function askToPersist(): void {
  globalThis.navigator?.storage?.persist?.().catch(() => {})
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
