/** One open IndexedDB database: its transactions, what ends them, and its errors in our words. */

import { PeersetError, StoreError } from '../errors.ts'
import { type Database, type Mode, openDatabase, STORES, type Transaction } from './database.ts'

/** Chromium gives deleted space back only once a database has been closed for a moment. */
const RENEWAL_SECONDS = 1.5

/** A connection to a database, until it is closed or lost. Every failure is a `StoreError`. */
export class Connection {
  readonly name: string
  readonly #openSeconds: number
  readonly #running = new Set<Promise<unknown>>()
  #db: Promise<Database>
  /** Why it cannot be used any more; null while it can. */
  #ending: string | null = null

  private constructor(name: string, openSeconds: number) {
    this.name = name
    this.#openSeconds = openSeconds
    this.#db = this.#open()
  }

  /** Open the database *name*; refused with a `StoreError` after *openSeconds* at the latest. */
  static async open(name: string, openSeconds: number): Promise<Connection> {
    const connection = new Connection(name, openSeconds)
    await connection.#db
    return connection
  }

  /** Do *work* in one transaction over all stores, which is undone when it fails. */
  async run<Kind extends Mode, Result>(
    mode: Kind,
    work: (transaction: Transaction<Kind>) => Promise<Result>,
  ): Promise<Result> {
    this.#checkUsable()
    const task = this.#attempt(mode, work)
    this.#running.add(task)
    try {
      return await task
    } finally {
      this.#running.delete(task)
    }
  }

  /** Close and open again, so that the browser gives back the space of what was deleted. */
  async renew(): Promise<void> {
    this.#checkUsable()
    this.#db = this.#reopen(this.#db)
    await this.#db
  }

  /** Finish what runs, then close; may be called twice. */
  async close(): Promise<void> {
    this.#ending ??= 'is closed'
    await Promise.allSettled(this.#running)
    const [opened] = await Promise.allSettled([this.#db])
    if (opened.status === 'fulfilled') opened.value.close()
  }

  async #attempt<Kind extends Mode, Result>(
    mode: Kind,
    work: (transaction: Transaction<Kind>) => Promise<Result>,
  ): Promise<Result> {
    try {
      const db = await this.#db
      // What is lost in a power cut comes back from other peers.
      const transaction = db.transaction(STORES, mode, { durability: 'relaxed' }) as Transaction<Kind>
      return await this.#finish(transaction, work)
    } catch (error) {
      if (error instanceof PeersetError) throw error
      throw new StoreError(`the database ${this.name} failed: ${reasonOf(error)}`, { cause: error })
    }
  }

  async #finish<Kind extends Mode, Result>(
    transaction: Transaction<Kind>,
    work: (transaction: Transaction<Kind>) => Promise<Result>,
  ): Promise<Result> {
    const done = transaction.done
    try {
      const [result] = await Promise.all([work(transaction), done])
      return result
    } catch (error) {
      const cause = transaction.error ?? error
      abort(transaction)
      await done.catch(() => {})
      throw cause
    }
  }

  async #reopen(previous: Promise<Database>): Promise<Database> {
    const db = await previous
    db.close()
    await new Promise(resolve => setTimeout(resolve, RENEWAL_SECONDS * 1_000))
    return this.#open()
  }

  #open(): Promise<Database> {
    const onLost = (reason: string) => {
      this.#ending ??= `is lost: ${reason}`
    }
    return openDatabase(this.name, { onLost }, this.#openSeconds)
  }

  #checkUsable(): void {
    if (this.#ending !== null) throw new StoreError(`the database ${this.name} ${this.#ending}`)
  }
}

function abort(transaction: Transaction): void {
  try {
    transaction.abort()
  } catch {
    // It has ended already.
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
