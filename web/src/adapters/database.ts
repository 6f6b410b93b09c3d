/** How the records of one room lie in an IndexedDB database, and how it is opened. */

import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPObjectStore, type IDBPTransaction, openDB } from 'idb'
import type { UnixTime } from '../core/clock.ts'
import { addressOf, namesDeleted, type Outline } from '../core/deletion.ts'
import { expiresAt } from '../core/expiration.ts'
import type { PublicKey } from '../core/keys.ts'
import { decodeRecord, KIND_DELETION, KIND_RECORD, type Record, type RecordId, type Tags } from '../core/record.ts'
import { microsecondsOf } from '../core/stamp.ts'
import { nameIn, remainsOf } from '../documents/remains.ts'
import { MalformedError, StoreError } from '../errors.ts'
import type { Lens } from '../ports.ts'
import type { Filed } from './doc.ts'
import type { Kept, Past, Seen, ViewState } from './journal.ts'

export const DATABASE_VERSION = 7

/** Where a record lies: its keys in order are the room's entries. */
export type Place = [createdAt: number, id: RecordId]

/** The facet of all versions of a record. */
export const ADDRESS = '@'
/** The facet of what a deletion names, behind its author. */
export const MARK = '!'

/** The facet of what is left of a document that was purged: its collection. */
export const LEFT = '~'
/** The facet of what expires: when. */
export const EXPIRES = 'x'

/** What a record is found by, beside its place: `author`, `kind`, `@`, `!`, or `#` and the letter of a tag. */
export type Facet = [name: string, value: string | number]

/** A record as it rests. */
export interface Row {
  readonly place: Place
  readonly id: RecordId
  readonly author: PublicKey
  readonly kind: number
  readonly microseconds: number
  readonly facets: readonly [name: string, value: string | number, createdAt: number][]
  /** Null when the record was purged, and the row is its shell, or deleted, and the row is its trace. */
  readonly wire: Uint8Array | null
  /** Of a document that was purged, what is left of its tags. */
  readonly left?: Tags
}

interface Schema extends DBSchema {
  records: {
    key: Place
    value: Row
    indexes: { byId: string; byFacet: [name: string, value: string | number, createdAt: number] }
  }
  /** Texts by [kind, key in hex]. */
  notes: { key: [kind: string, key: string]; value: string }
  /** The room that the database belongs to, by the name `room`. */
  /** And, by the name `rules`, the id of the rules that refused what is in `refused`. */
  meta: { key: string; value: string }
  /** The places of refused records. */
  refused: { key: Place; value: 0 }
  /** What a page that declares collections knows of records. */
  docs: { key: RecordId; value: Filed; indexes: { keys: string } }
  /** The ids of records that collections have to catch up on. */
  late: { key: string; value: 0 }
  /** What the log of changes says: of what is seen, of what went, and the content that views have yet to see going. */
  seen: { key: RecordId; value: Seen; indexes: { at: number; hidden: number } }
  gone: { key: number; value: Past }
  kept: { key: RecordId; value: Kept; indexes: { at: number } }
  /** Views, and their rows as JSON. */
  views: { key: string; value: ViewState }
  rows: { key: [view: string, key: string]; value: string }
}

type Name = ('records' | 'notes' | 'meta' | 'refused' | 'docs' | 'late') | ('seen' | 'gone' | 'kept' | 'views' | 'rows')

/** An open database. */
export type Database = IDBPDatabase<Schema>
/** Whether a transaction may write. */
export type Mode = 'readonly' | 'readwrite'
/** A transaction over all of a room's object stores. */
export type Transaction<Kind extends Mode = Mode> = IDBPTransaction<Schema, Name[], Kind>
/** The records within a transaction. */
export type Records<Kind extends Mode = Mode> = IDBPObjectStore<Schema, Name[], 'records', Kind>

/** The documents within a transaction. */
export type Docs = IDBPObjectStore<Schema, Name[], 'docs', Mode>

export const STORES: Name[] = [
  ...(['records', 'notes', 'meta', 'refused', 'docs', 'late'] as const),
  ...(['seen', 'gone', 'kept', 'views', 'rows'] as const),
]

/** What all else is made of. */
const OF_RECORDS: Name[] = ['records', 'notes', 'meta']

/** The name in `meta` of how far the log of changes has come. */
export const HEAD = 'log'

/** The name in `meta` of the last place that was read for what expires, while older versions may have saved some. */
export const UNREAD = 'unread'

/** The name in `meta` of what is known of collections: the digests of those that are built, by name. */
export const COLLECTIONS = 'collections'

/** What is told of a database that is open. */
export interface Watch {
  /** It had to be closed, for example because another tab deletes it. */
  readonly onLost: (reason: string) => void
}

/**
 * Open the database *name*, which is made when it is not there.
 *
 * Refused with a `StoreError` when the browser forbids it, it is another program's, or it does not open within
 * *seconds*.
 */
export async function openDatabase(name: string, watch: Watch, seconds: number): Promise<Database> {
  if (globalThis.indexedDB === undefined) throw new StoreError('this browser has no IndexedDB here')
  return await open(name, watch, seconds).catch(error => {
    // The browser cleared it away while it was being made.
    if (isAborted(error)) return open(name, watch, seconds)
    throw error
  })
}

async function open(name: string, { onLost }: Watch, seconds: number): Promise<Database> {
  let isForeign = false
  const opening = openDB<Schema>(name, DATABASE_VERSION, {
    upgrade: (db, version, _newest, transaction) => {
      isForeign = !upgrade(db, version, transaction)
    },
    blocking: (_current, _next, event) => {
      onLost('another tab needs it: it was deleted, or a newer version of this page is open')
      closeSource(event)
    },
    terminated: () => onLost('the browser closed it'),
  })
  const db = await within(opening, seconds).catch(error => {
    throw isForeign && isAborted(error) ? foreign(name) : error
  })
  if (STORES.every(store => db.objectStoreNames.contains(store))) return db
  db.close()
  throw foreign(name)
}

/**
 * Delete the database *name* with all it holds; tabs that have it open are told so, and close it.
 *
 * Refused with a `StoreError` when somebody else holds it open: it is deleted once that tab is closed.
 */
export async function eraseDatabase(name: string): Promise<void> {
  if (globalThis.indexedDB === undefined) return
  await new Promise((resolve, reject) => {
    const blocked = () => reject(new StoreError(`another tab holds the database ${name}: close it, then try again`))
    deleteDB(name, { blocked }).then(resolve, reject)
  })
}

/** Say how *record* rests. */
export function rowOf(record: Record): Row {
  const { id, author, kind, createdAt, wire } = record
  const microseconds = microsecondsOf(record)
  const facets = facetsOf(record).map(([name, value]): Row['facets'][number] => [name, value, createdAt])
  // A view would be written with all of the buffer it looks into, which may be a message of many records.
  return { place: [createdAt, id], id, author, kind, microseconds, facets, wire: new Uint8Array(wire) }
}

/** Give what is left of a row when its content is destroyed; of an envelope, as *lens* opens it. */
export function emptied(row: Row, lens: Lens | null = null): Row {
  const left = leftOf(row, lens)
  const name = left === null ? null : nameIn(left)
  const shell = bare(row)
  if (left === null || name === null) return shell
  return { ...shell, facets: [...shell.facets, [LEFT, name, row.place[0]]], left }
}

function bare({ left: _, ...row }: Row): Row {
  return { ...row, facets: row.facets.filter(([name]) => name === ADDRESS), wire: null }
}

function leftOf(row: Row, lens: Lens | null): Tags | null {
  const record = recordIn(row)
  return record === null ? null : remainsOf(lens?.open(record) ?? record)
}

/** Read the record that rests in a row; null when its content is gone, or damaged. */
export function recordIn({ wire }: Row): Record | null {
  try {
    return wire === null ? null : decodeRecord(wire)
  } catch (error) {
    if (error instanceof MalformedError || error instanceof TypeError) return null
    throw error
  }
}

/**
 * Give what is left of a row when its record is deleted: the set of another tab may hold it still.
 *
 * It lies at a time before 1970, where nobody looks for records, and has an id of its own, so that the record may come
 * back.
 */
export function traceOf(row: Row): Row {
  const [createdAt, id] = row.place
  return { ...bare(row), place: [-1 - createdAt, id], id: traceId(id) }
}

/** Give the id of the trace of the record *id*. */
export function traceId(id: RecordId): RecordId {
  return `~${id}` as RecordId
}

/** Read what a row says of its record, also when it is a shell or a trace. */
export function readOutline({ place: [time, id], author, kind, microseconds, facets }: Row): Outline {
  const createdAt = (time < 0 ? -1 - time : time) as UnixTime
  const address = facets.find(([name]) => name === ADDRESS)?.[1]
  return { id, author, createdAt, microseconds, kind, address: address === undefined ? null : String(address) }
}

/** Say whether records are found by tags of this name: one letter (NIP-01), but `h`, alike in all of a room. */
export function isIndexed(name: string): boolean {
  return LETTER.test(name)
}

/** Give the name of the facet of tags called *name*. */
export function tagFacet(name: string): string {
  return `#${name}`
}

const LETTER = /^[a-gi-zA-Z]$/

/** Say whether records of *kind* are not found by it: they are what a room is full of, and each index takes its time. */
export function isMain(kind: number): boolean {
  return kind === KIND_RECORD
}

function facetsOf(record: Record): Facet[] {
  const { author, kind, tags } = record
  const address = addressOf(record)
  const facets: Facet[] = [
    ['author', author],
    ...(isMain(kind) ? [] : [['kind', kind] satisfies Facet]),
    ...namesDeleted(record).map((name): Facet => [MARK, author + name]),
  ]
  if (address !== null) facets.push([ADDRESS, address])
  const at = kind === KIND_DELETION ? null : expiresAt(record)
  if (at !== null) facets.push([EXPIRES, at])
  for (const [name = '', value] of tags) {
    if (value !== undefined && isIndexed(name)) facets.push([tagFacet(name), value])
  }
  return facets
}

/** Bring the database from *version*, 0 of one that was just made, to the newest; false, and left alone, if it is foreign. */
function upgrade(db: Database, version: number, transaction: Upgrading): boolean {
  const isOurs = OF_RECORDS.every(store => db.objectStoreNames.contains(store))
  if (version > 0 && !isOurs) {
    quietly(transaction.done)
    transaction.abort()
    return false
  }
  if (version === 0) {
    const records = db.createObjectStore('records', { keyPath: 'place' })
    records.createIndex('byId', 'id', { unique: true })
    records.createIndex('byFacet', 'facets', { multiEntry: true })
    db.createObjectStore('notes')
    db.createObjectStore('meta')
  }
  if (version > 0) {
    quietly(transaction.objectStore('meta').put('[0]', UNREAD))
    if (version === 6) return true
    quietly(renew(transaction.objectStore('records')))
  }
  // What was made of records is made anew.
  for (const name of [...db.objectStoreNames]) if (!OF_RECORDS.includes(name)) db.deleteObjectStore(name)
  for (const name of [COLLECTIONS, HEAD]) quietly(transaction.objectStore('meta').delete(name))
  db.createObjectStore('refused')
  shelve(db)
  log(db)
  return true
}

type Upgrading = IDBPTransaction<Schema, Name[], 'versionchange'>

/** Let records be found by what was none of their facets before: addresses of kinds below 20000, and what names these. */
async function renew(records: IDBPObjectStore<Schema, Name[], 'records', 'versionchange'>): Promise<void> {
  const kinds = IDBKeyRange.bound(['kind', 0], ['kind', 20_000])
  for await (const cursor of records.index('byFacet').iterate(kinds)) {
    const record = recordIn(cursor.value)
    if (record !== null) await cursor.update(rowOf(record))
  }
}

/** Make the store of documents. */
function shelve(db: Database): void {
  db.createObjectStore('late')
  db.createObjectStore('docs', { keyPath: 'id' }).createIndex('keys', 'keys', { multiEntry: true })
}

/** Make the stores of the log of changes. */
function log(db: Database): void {
  const seen = db.createObjectStore('seen', { keyPath: 'id' })
  for (const name of ['at', 'hidden'] as const) seen.createIndex(name, name)
  db.createObjectStore('gone', { keyPath: 'at' })
  db.createObjectStore('kept', { keyPath: 'id' }).createIndex('at', 'at')
  db.createObjectStore('views', { keyPath: 'name' })
  db.createObjectStore('rows')
}

function foreign(name: string): StoreError {
  return new StoreError(`the database ${name} is not one of peerset`)
}

function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

function quietly(work: Promise<unknown>): void {
  work.catch(() => {})
}

function closeSource(event: IDBVersionChangeEvent): void {
  if (event.target instanceof IDBDatabase) event.target.close()
}

/** Give the database once it is open; one that opens later than *seconds* is closed again. */
function within(opening: Promise<Database>, seconds: number): Promise<Database> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new StoreError(`the database did not open within ${seconds} seconds: does another tab hold it?`))
      opening.then(
        db => db.close(),
        () => {},
      )
    }, seconds * 1_000)
    opening.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
