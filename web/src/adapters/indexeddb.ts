/**
 * Where a page's default store has its records: one room's records in one IndexedDB database, one transaction a batch.
 *
 * What rests here was verified before it was saved, so nothing is verified again after a reload.
 */

import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import type { DaySum } from '../core/day-sum.ts'
import type { Mark, Name, Outline, Question } from '../core/deletion.ts'
import { type Filter, matches } from '../core/filter.ts'
import type { PublicKey } from '../core/keys.ts'
import { checkNote, NOTES_PER_KIND_MAX } from '../core/note.ts'
import { decodeRecord, type Record, type RecordId } from '../core/record.ts'
import type { RoomTag } from '../core/signal.ts'
import { ConfigError, MalformedError, StoreError } from '../errors.ts'
import type { DocumentStore, Lens, Store } from '../ports.ts'
import type { Connection } from './connection.ts'
import { emptied, HEAD, type Records, type Row, rowOf, type Transaction } from './database.ts'
import { Fullness, isFull, type MakeRoom } from './fullness.ts'
import { deleters, marks, named, versions } from './naming.ts'
import { newestFirst } from './order.ts'
import { Behind, goneOf, type Projection } from './projection.ts'
import { isPurgeable, once, ROWS_WRITTEN_AT_ONCE, save } from './saving.ts'
import { allPlaces, candidates, isPlace, partsBetween, rowsOf, span } from './selection.ts'
import { countAll, gained, lost, recount, reweigh, sumUp, unweigh, weigh } from './weight.ts'

/** Whom a store tells what its caller should know; nobody need listen. */
export interface StoreListener {
  /** The browser's storage is full: make room for some *bytes*, by `purge`; say whether there is more room now. */
  readonly onFull?: MakeRoom
  /** Something in the database was not what was saved there, and was thrown away; other peers have it still. */
  readonly onDamaged?: (reason: string) => void
}

/** Records in a database, while that is there. */
export class IndexedDbStore implements Store {
  readonly #connection: Connection
  readonly #listener: StoreListener
  #projection: Projection = new Behind()
  #documents: DocumentStore | null = null
  readonly #fullness: Fullness
  #lens: Lens | null = null

  constructor(connection: Connection, listener: StoreListener) {
    this.#connection = connection
    this.#listener = listener
    this.#fullness = new Fullness(listener.onFull)
  }

  /** Make of envelopes what *lens* shows, from now on. */
  unseal(lens: Lens | null): void {
    this.#lens = this.#fullness.lens = lens
  }

  /** Make this the store of one room, for good; refused with a `ConfigError` when it belongs to another. */
  async bind(roomTag: RoomTag): Promise<void> {
    const [bound, isLogged] = await this.#connection.run('readwrite', async transaction => {
      const meta = transaction.objectStore('meta')
      const [known, head] = await Promise.all([meta.get('room'), meta.getKey(HEAD)])
      if (known === undefined) await meta.put(roomTag, 'room')
      await countAll(transaction)
      return [known ?? roomTag, head !== undefined]
    })
    if (bound !== roomTag) {
      const { name } = this.#connection
      throw new ConfigError(`the database ${name} belongs to another room; give the room ${roomTag} its own`)
    }
    // What cannot be loaded now catches up later; views may have to begin anew then.
    if (isLogged)
      await this.documents()
        .then(documents => documents.log('lastChange'))
        .catch(() => {})
  }

  /**
   * Add *records* (those already there are left alone), then remove *removed*, in one transaction.
   *
   * When the browser's storage is full, `onFull` is to give something up. Where that does not help soon, this is refused
   * with a `StoreError`, and for `FULL_REST_SECONDS` nothing else is given up.
   */
  async add(
    records: readonly Record[],
    { removed = [] }: { readonly removed?: readonly RecordId[] } = {},
  ): Promise<void> {
    this.#fullness.forget(removed)
    const news = once(records)
    await this.#fit(news, () => this.#save(news.map(rowOf), news, removed))
  }

  /** Give those of *ids* that are here, in the order asked. */
  async get(ids: readonly RecordId[]): Promise<Record[]> {
    const rows = await this.#connection.run('readonly', async transaction => {
      const found = await rowsOf(transaction.objectStore('records'), ids)
      return ids.map(id => found.get(id)).filter(row => row !== undefined)
    })
    const { records, damaged } = sift(rows)
    await this.#throwAway(damaged.map(row => row.place))
    return records
  }

  /** Give the wire form of each of *ids*, in order: empty where its content is not here. */
  async wires(ids: readonly RecordId[]): Promise<Uint8Array[]> {
    return this.#connection.run('readonly', async transaction => {
      const found = await rowsOf(transaction.objectStore('records'), ids)
      return ids.map(id => wireOf(found.get(id)))
    })
  }

  /** Give [createdAt, id] of every record, in that order. */
  async entries(): Promise<Entry[]> {
    const places = await this.#look(allPlaces)
    const damaged = places.filter(place => !isPlace(place))
    if (damaged.length === 0) return places
    await this.#throwAway(damaged)
    return places.filter(isPlace)
  }

  /** Give the records that match, newest first, ties by lowest id first. */
  async query(query: Filter): Promise<Record[]> {
    const limit = query.limit ?? Number.POSITIVE_INFINITY
    if (query.ids !== null) return choose(query, await this.get([...query.ids])).slice(0, limit)
    const found: Record[] = []
    const damaged: Row[] = []
    await this.#connection.run('readonly', async transaction => {
      if (limit === 0) return
      for await (const rows of candidates(transaction.objectStore('records'), query)) {
        const sifted = sift(rows)
        damaged.push(...sifted.damaged)
        for (const record of choose(query, sifted.records)) found.push(record)
        if (found.length >= limit) break
      }
    })
    await this.#throwAway(damaged.map(row => row.place))
    return found.slice(0, limit)
  }

  /** Give the author of every deletion (kind 5, NIP-09) that names something. */
  async deleters(): Promise<Set<PublicKey>> {
    return this.#look(deleters)
  }

  /** Give what is here, purged or not, or was removed, under *names*: ids, and addresses with all their versions. */
  async named(names: readonly Name[]): Promise<Outline[]> {
    return this.#look(records => named(records, names))
  }

  /** Give the newest deletion by each author of the name beside it; nothing where none is. */
  async marks(questions: readonly Question[]): Promise<Mark[]> {
    return this.#look(records => marks(records, questions))
  }

  /** Give every record that has versions and is here, purged or not. */
  async versions(): Promise<Outline[]> {
    return this.#look(versions)
  }

  /** Delete every record with createdAt below *before*, all others than *but*; give how many. */
  async expire(before: UnixTime, but?: ReadonlySet<RecordId>): Promise<number> {
    if (!(before > 0)) return 0
    const last = Math.ceil(before) - 1
    this.#fullness.forget([], before)
    return this.#change(async transaction => {
      const [records, range] = [transaction.objectStore('records'), span(0, last)]
      const parts = but?.size ? await partsBetween(records, range, but) : null
      const runs = parts?.runs ?? [range]
      for (const run of runs) await this.#projection.erasing(transaction, run)
      await unweigh(transaction, last, parts)
      await records.delete(span(-1 - last, -1))
      await transaction.objectStore('refused').delete(range)
      const counts = await Promise.all(runs.map(run => records.count(run)))
      await Promise.all(runs.map(run => records.delete(run)))
      return counts.reduce((sum, count) => sum + count, 0)
    })
  }

  /** Give what expires by *until* and is here whole, the first to first, at most *limit*; deletions never. */
  async expired(until: UnixTime, limit: number): Promise<RecordId[]> {
    return (await import('./expiring.ts')).expired(this.#connection, until, limit, [reweigh, lost, gained])
  }

  /** Say how many bytes all records take here, about. */
  async weight(): Promise<number> {
    const owed = this.#fullness.changes.reduce((sum, { bytes, sign }) => sum + sign * bytes, 0)
    return Math.max(0, (await this.#connection.run('readonly', weigh)) + owed)
  }

  /** Give what each author wrote on each UTC day, as far as its content is here. */
  async sums(): Promise<DaySum[]> {
    return this.#connection.run('readonly', transaction => sumUp(transaction, this.#fullness.changes))
  }

  /**
   * Destroy the content, tags and signature of *ids*; deletions are left alone.
   *
   * The database no longer gives them; when the browser overwrites its file is up to the browser. Where there is not
   * even room for what is left of them, that is gone as well.
   */
  async purge(ids: readonly RecordId[]): Promise<void> {
    for (let start = 0; start < ids.length; start += ROWS_WRITTEN_AT_ONCE) {
      const some = ids.slice(start, start + ROWS_WRITTEN_AT_ONCE)
      await this.#empty(some).catch(error => (isFull(error) ? this.#erase(some) : Promise.reject(error)))
    }
  }

  /** Give back the content of those of *records* that were purged and are still here. */
  async fill(records: readonly Record[]): Promise<void> {
    const ids = records.map(({ id }) => id)
    await this.#fit(records, () =>
      this.#change(async transaction => {
        const store = transaction.objectStore('records')
        const found = await rowsOf(store, ids)
        const filled = once(records).filter(({ id }) => found.get(id)?.wire === null)
        const [gone, come] = [filled.flatMap(({ id }) => found.get(id) ?? []), filled.map(rowOf)]
        await Promise.all(come.map(row => store.put(row)))
        await reweigh(transaction, [...gone.map(lost), ...come.map(gained)])
        await this.#projection.saved(transaction, [], goneOf(gone))
        await this.#projection.saved(transaction, filled, goneOf([]))
      }),
    )
  }

  /** Remember that *entries* were refused under *rules*; what others refused is forgotten. */
  async refuse(entries: readonly Entry[], rules: string): Promise<void> {
    await this.#connection.run('readwrite', async transaction => {
      const [refused, meta] = [transaction.objectStore('refused'), transaction.objectStore('meta')]
      if ((await meta.get('rules')) !== rules) await Promise.all([refused.clear(), meta.put(rules, 'rules')])
      await Promise.all(entries.map(([createdAt, id]) => refused.put(0, [createdAt, id])))
    })
  }

  /** Give [createdAt, id] of everything refused under *rules*, in that order. */
  async refused(rules: string): Promise<Entry[]> {
    return this.#connection.run('readonly', async transaction => {
      const isOurs = (await transaction.objectStore('meta').get('rules')) === rules
      return isOurs ? transaction.objectStore('refused').getAllKeys() : []
    })
  }

  /** Give every note of *kind*, by key in hex. */
  async notes(kind: string): Promise<Map<string, string>> {
    return this.#connection.run('readonly', async transaction => {
      const notes = transaction.objectStore('notes')
      const [keys, texts] = await Promise.all([notes.getAllKeys(notesOf(kind)), notes.getAll(notesOf(kind))])
      return new Map(keys.map(([, key], at) => [key, String(texts[at])]))
    })
  }

  /** Keep *text* under *kind* and *key* (hex), in place of what was there; null removes it. */
  async note(kind: string, key: string, text: string | null): Promise<void> {
    checkNote(kind, key, text)
    await this.#connection.run('readwrite', async transaction => {
      const notes = transaction.objectStore('notes')
      if (text === null) return notes.delete([kind, key])
      const isNew = (await notes.getKey([kind, key])) === undefined
      if (isNew && (await notes.count(notesOf(kind))) >= NOTES_PER_KIND_MAX) {
        const { name } = this.#connection
        throw new StoreError(`the database ${name} holds ${NOTES_PER_KIND_MAX} notes of the kind ${kind}: remove some`)
      }
      await notes.put(text, [kind, key])
    })
  }

  /** Give what finds these records as documents. */
  async documents(): Promise<DocumentStore> {
    // Only what did load is kept: who was offline asks again.
    const { Documents, Shelved } = await import('./shelved.ts')
    if (this.#documents === null) {
      const shelved = new Shelved(this.#connection, ids => this.get(ids), this.#lens)
      this.#projection = shelved
      this.#documents = new Documents(shelved)
    }
    return this.#documents
  }

  /** Finish what was asked, then close the database; may be called twice. */
  async close(): Promise<void> {
    await this.#connection.close()
  }

  #look<T>(work: (records: Records) => Promise<T>): Promise<T> {
    return this.#connection.run('readonly', transaction => work(transaction.objectStore('records')))
  }

  async #save(rows: readonly Row[], records: readonly Record[], removed: readonly RecordId[]): Promise<void> {
    await this.#change(async transaction => {
      const { fresh, gone, traces } = await save(transaction, rows, removed)
      const news = records.filter(({ id }) => fresh.has(id))
      await reweigh(transaction, [
        ...gone.map(lost),
        ...[...rows.filter(({ id }) => fresh.has(id)), ...traces].map(gained),
      ])
      await this.#projection.saved(transaction, news, goneOf(gone))
    })
  }

  /** Change records, and what documents make of them, in one transaction. */
  async #change<Result>(work: (transaction: Transaction<'readwrite'>) => Promise<Result>): Promise<Result> {
    try {
      const result = await this.#connection.run('readwrite', work)
      this.#projection.done()
      return result
    } catch (error) {
      this.#projection.failed()
      throw error
    }
  }

  /** Do *work*, which writes *records*, and what there was no room for before. */
  async #fit(records: readonly Record[], work: () => Promise<void>): Promise<void> {
    const bytes = records.reduce((sum, { wire }) => sum + wire.length, 0)
    await this.#fullness.fit(bytes, work)
    await this.#settle()
  }

  /** Make shells of *ids*. */
  async #empty(ids: readonly RecordId[]): Promise<void> {
    await this.#change(async transaction => {
      const records = transaction.objectStore('records')
      const rows = [...(await rowsOf(records, ids)).values()].filter(isPurgeable)
      const shells = rows.map(row => emptied(row, this.#lens))
      await Promise.all(shells.map(row => records.put(row)))
      await reweigh(transaction, [...rows.map(lost), ...shells.map(gained)])
      const gone = rows.map(({ id }) => id)
      await this.#projection.emptied(transaction, gone)
    })
  }

  /** Let *ids* go, for there is not even room for shells; these follow when there is. */
  async #erase(ids: readonly RecordId[]): Promise<void> {
    const rows = await this.#change(async transaction => {
      const records = transaction.objectStore('records')
      const found = [...(await rowsOf(records, ids)).values()].filter(isPurgeable)
      await Promise.all(found.map(row => records.delete(row.place)))
      await this.#projection.saved(transaction, [], goneOf(found))
      return found
    })
    this.#fullness.owe(rows)
    await this.#settle()
  }

  async #settle(): Promise<void> {
    await this.#fullness.settle(ROWS_WRITTEN_AT_ONCE, (shells, changes) =>
      this.#change(async transaction => {
        await Promise.all(shells.map(row => transaction.objectStore('records').put(row)))
        await reweigh(transaction, changes)
      }),
    )
  }

  /** Delete what is not what was saved: after the next load it comes back from other peers. */
  async #throwAway(places: readonly IDBValidKey[]): Promise<void> {
    if (places.length === 0) return
    const { name } = this.#connection
    await this.#change(async transaction => {
      const records = transaction.objectStore('records')
      await Promise.all(places.map(place => records.delete(IDBKeyRange.only(place))))
      const ids = places.flatMap(place => (Array.isArray(place) ? [place[1] as RecordId] : []))
      await this.#projection.saved(transaction, [], { ids, names: [], contents: new Map() })
      await recount(transaction, places)
    })
    this.#listener.onDamaged?.(`${places.length} records in the database ${name} are damaged; they were thrown away`)
  }
}

/** Give the records of *records* that match, newest first. */
function choose(query: Filter, records: readonly Record[]): Record[] {
  return records.filter(record => matches(query, record)).sort(newestFirst)
}

/** Read the records that *rows* hold, shells aside; and say which of them are not what was saved. */
function sift(rows: readonly Row[]): { records: Record[]; damaged: Row[] } {
  const records: Record[] = []
  const damaged: Row[] = []
  for (const row of rows) {
    if (row.wire === null) continue
    const record = readWire(row.wire)
    if (record?.id === row.id && record.createdAt === row.place[0]) records.push(record)
    else damaged.push(row)
  }
  return { records, damaged }
}

function wireOf(row: Row | undefined): Uint8Array {
  return row?.wire instanceof Uint8Array ? row.wire : new Uint8Array()
}

function readWire(wire: Uint8Array): Record | null {
  try {
    return decodeRecord(wire)
  } catch (error) {
    // What is not even bytes ends in a TypeError.
    if (error instanceof MalformedError || error instanceof TypeError) return null
    throw error
  }
}

function notesOf(kind: string): IDBKeyRange {
  return IDBKeyRange.bound([kind], [kind, []])
}
