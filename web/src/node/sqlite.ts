/**
 * A store in a file of SQLite: one in memory, of which every change is written first.
 *
 * What it holds is read when it is opened, so it serves sets that fit into memory. The content of what is purged is gone
 * from the file (secure_delete), too.
 */

import type { BindValues, Database, Statement } from 'node-sqlite3-wasm'
import { MemoryStore } from '../adapters/memory.ts'
import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import { type Outline, outlineOf } from '../core/deletion.ts'
import { decodeRecord, KIND_DELETION, type Record, type RecordId, type Tags } from '../core/record.ts'
import type { RoomTag } from '../core/signal.ts'
import { PeersetError, StoreError } from '../errors.ts'
import { type Ownership, own } from './owning.ts'

/** The form of the file; another one is refused. */
const VERSION = 1

/** A row of records has a wire form, or the outline of one that was purged and the tags that are left, in JSON. */
const SCHEMA = `
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, wire BLOB, remains TEXT)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (kind TEXT, key TEXT, text TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
PRAGMA user_version = ${VERSION};`

/** The facts that are kept. */
const ROOM = 'room'
const RULES = 'rules'

/** The package, as much of it as is used. */
export interface Driver {
  readonly Database: new (path: string) => Database
}

/** Keeps records in a file; every failure is a `StoreError`. */
export class SQLiteStore extends MemoryStore {
  readonly #path: string
  readonly #db: Database
  readonly #ownership: Ownership
  /** Each is prepared once. */
  readonly #statements = new Map<string, Statement>()

  private constructor(path: string, db: Database, ownership: Ownership) {
    super()
    this.#path = path
    this.#db = db
    this.#ownership = ownership
  }

  /** Open the file *path*; refused with a StoreError when it is none of ours, or another process has it open. */
  static async open(path: string, driver: Driver): Promise<SQLiteStore> {
    const ownership = own(path)
    let db: Database | null = null
    try {
      db = new driver.Database(path)
      const store = new SQLiteStore(path, db, ownership)
      await store.#load()
      return store
    } catch (error) {
      db?.close()
      ownership.end()
      throw error instanceof PeersetError ? error : failure(path, error)
    }
  }

  override async bind(roomTag: RoomTag): Promise<void> {
    await super.bind(roomTag)
    this.#write(() => this.#run('INSERT OR REPLACE INTO facts VALUES (?, ?)', [ROOM, roomTag]))
  }

  override async add(
    records: readonly Record[],
    options: { readonly removed?: readonly RecordId[] } = {},
  ): Promise<void> {
    const { removed = [] } = options
    this.#write(() => {
      for (const { id, createdAt, wire } of records) {
        this.#run('INSERT OR IGNORE INTO records VALUES (?, ?, ?, NULL)', [id, createdAt, wire])
      }
      for (const id of removed) this.#run('DELETE FROM records WHERE id = ?', [id])
    })
    await super.add(records, options)
  }

  override async expire(before: UnixTime, but?: ReadonlySet<RecordId>): Promise<number> {
    const kept = JSON.stringify([...(but ?? [])])
    this.#write(() => {
      this.#run('DELETE FROM refused WHERE created_at < ?', [before])
      this.#run('DELETE FROM records WHERE created_at < ? AND id NOT IN (SELECT value FROM json_each(?))', [
        before,
        kept,
      ])
    })
    return await super.expire(before, but)
  }

  override async purge(ids: readonly RecordId[]): Promise<void> {
    const found = (await this.get(ids)).filter(({ kind }) => kind !== KIND_DELETION)
    this.#write(() => {
      for (const record of found) {
        const remains = JSON.stringify({ outline: outlineOf(record), tags: this.remainsOf(record) } satisfies Remains)
        this.#run('UPDATE records SET wire = NULL, remains = ? WHERE id = ?', [remains, record.id])
      }
    })
    await super.purge(ids)
  }

  override async fill(records: readonly Record[]): Promise<void> {
    this.#write(() => {
      for (const { id, wire } of records) {
        this.#run('UPDATE records SET wire = ?, remains = NULL WHERE id = ? AND wire IS NULL', [wire, id])
      }
    })
    await super.fill(records)
  }

  override async refuse(entries: readonly Entry[], rules: string): Promise<void> {
    this.#write(() => {
      const known = this.#fact(RULES)
      if (known !== rules) this.#run('DELETE FROM refused', [])
      this.#run('INSERT OR REPLACE INTO facts VALUES (?, ?)', [RULES, rules])
      for (const [createdAt, id] of entries) {
        this.#run('INSERT OR REPLACE INTO refused VALUES (?, ?)', [id, createdAt])
      }
    })
    await super.refuse(entries, rules)
  }

  override async note(kind: string, key: string, text: string | null): Promise<void> {
    // What may not be noted is refused there.
    await super.note(kind, key, text)
    this.#write(() => {
      if (text === null) this.#run('DELETE FROM notes WHERE kind = ? AND key = ?', [kind, key])
      else this.#run('INSERT OR REPLACE INTO notes VALUES (?, ?, ?)', [kind, key, text])
    })
  }

  override async close(): Promise<void> {
    await super.close()
    for (const statement of this.#statements.values()) statement.finalize()
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
    this.#ownership.end()
  }

  /** Read all that the file holds. */
  async #load(): Promise<void> {
    const version = this.#all<{ user_version: number }>('PRAGMA user_version')[0]?.user_version
    const isOther = version !== VERSION && this.#all('SELECT 1 FROM sqlite_schema').length > 0
    if (isOther) throw new StoreError(`${this.#path} is no file of this version of peerset`)
    this.#db.exec(SCHEMA)
    const room = this.#fact(ROOM)
    if (room !== null) await super.bind(room as RoomTag)
    const rows = this.#all<Row>('SELECT wire, remains FROM records')
    await super.add(rows.flatMap(({ wire }) => (wire === null ? [] : decodeRecord(new Uint8Array(wire)))))
    for (const { remains } of rows) if (remains !== null) this.#recall(JSON.parse(remains))
    const refused = this.#all<{ id: RecordId; created_at: number }>('SELECT id, created_at FROM refused')
    await super.refuse(
      refused.map(({ id, created_at }) => [created_at as UnixTime, id]),
      this.#fact(RULES) ?? '',
    )
    const notes = this.#all<{ kind: string; key: string; text: string }>('SELECT kind, key, text FROM notes')
    for (const { kind, key, text } of notes) await super.note(kind, key, text)
  }

  #recall({ outline, tags }: Remains): void {
    this.recall(outline, tags)
  }

  #fact(name: string): string | null {
    return this.#all<{ value: string }>('SELECT value FROM facts WHERE name = ?', [name])[0]?.value ?? null
  }

  #all<Found>(sql: string, values: BindValues = []): Found[] {
    return this.#db.all(sql, values) as Found[]
  }

  #run(sql: string, values: BindValues): void {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    statement.run(values)
  }

  /** Do *work* in one transaction, which is undone when it fails. */
  #write(work: () => void): void {
    if (!this.#db.isOpen) throw new StoreError(`the store ${this.#path} is closed`)
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      throw failure(this.#path, error)
    }
  }
}

interface Row {
  readonly wire: Uint8Array | null
  readonly remains: string | null
}

interface Remains {
  readonly outline: Outline
  readonly tags: Tags | null
}

function failure(path: string, cause: unknown): StoreError {
  return new StoreError(`the store ${path} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  })
}
