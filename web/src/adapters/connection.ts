/** One open IndexedDB database: its transactions, what ends them, and its errors in our words. */

import { PeersetError, StoreError } from '../errors.ts'
import { type Database, type Mode, openDatabase, STORES, type Transaction } from './database.ts'

/**
 * What transactions fail with when the fault is not theirs: the connection is closed, the backing store cannot be read,
 * the process behind it died.
 */
const LOSSES: ReadonlySet<string> = new Set([
  'InvalidStateError',
  'UnknownError',
  'AbortError',
  'NotFoundError',
  'NotReadableError',
  'TimeoutError',
])

/** A connection to a database, until it is closed or lost. Every failure is a `StoreError`. */
export class Connection {
  readonly #db: Database
  readonly #running = new Set<Promise<unknown>>()
  /** Why it cannot be used any more; null while it can. */
  #ending: string | null = null
  #isLost = false
  readonly #onLost: () => void

  private constructor(db: Database, onLost: () => void) {
    this.#db = db
    this.#onLost = onLost
  }

  /** Open the database *name*; refused when that is not done after *seconds*. *onLost* is told once, if it is lost. */
  static async open(name: string, seconds: number, onLost: () => void = () => {}): Promise<Connection> {
    let connection: Connection | null = null
    const watch = {
      onLost: (reason: string) => {
        if (connection !== null) connection.#lose(reason)
      },
    }
    connection = new Connection(await openDatabase(name, watch, seconds), onLost)
    return connection
  }

  /** The browser closed or deleted it, or can use it no more: another connection may still do better. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** The name of the database. */
  get name(): string {
    return this.#db.name
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

  /** Finish what runs, then close; may be called twice. */
  async close(): Promise<void> {
    this.#ending ??= 'is closed'
    await Promise.allSettled(this.#running)
    this.#db.close()
  }

  async #attempt<Kind extends Mode, Result>(
    mode: Kind,
    work: (transaction: Transaction<Kind>) => Promise<Result>,
  ): Promise<Result> {
    try {
      // What is lost in a power cut comes back from other peers.
      const transaction = this.#db.transaction(STORES, mode, { durability: 'relaxed' }) as Transaction<Kind>
      return await this.#finish(transaction, work)
    } catch (error) {
      if (error instanceof PeersetError) throw error
      if (error instanceof DOMException && LOSSES.has(error.name)) this.#lose(reasonOf(error))
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

  #lose(reason: string): void {
    if (this.#ending !== null) return
    this.#ending = `is lost: ${reason}`
    this.#isLost = true
    this.#db.close()
    this.#onLost()
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
  // A full storage has a name and no words.
  return error instanceof Error ? error.message || error.name : String(error)
}
