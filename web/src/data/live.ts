/** Live queries: a window of documents that stays up to date. */

import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { QueryError } from '../errors.ts'
import { type Difference, differenceOf } from './difference.ts'
import type { Doc } from './types.ts'

/** What a live query is fed by. */
export interface Feed<T> {
  /** Give the first *limit* documents as they are now. */
  find(limit: number): Promise<readonly Doc<T>[]>
  /** Call *listener* when they may have changed, until what is given back is called. */
  listen(listener: () => void): () => void
  /** Call *end* when the room ends, unless what is given back is called before. */
  keep(end: () => void): () => void
  /** Tell of what could not be read. */
  complain(error: unknown): void
}

/**
 * The documents that match, now and later: `docs`, or iterate its differences.
 *
 * Its `subscribe` and `getSnapshot` are those that React's useSyncExternalStore asks for, and it is a Svelte store.
 */
export class LiveQuery<T> implements AsyncIterable<Difference<T>> {
  readonly #feed: Feed<T>
  readonly #stop: () => void
  readonly #listeners = new Set<(docs: readonly Doc<T>[]) => void>()
  #limit: number
  #docs: readonly Doc<T>[] = []
  #reading: Promise<void> | null = null
  #isStale = false
  #isClosed = false

  private constructor(feed: Feed<T>, limit: number) {
    this.#feed = feed
    this.#limit = limit
    const stops = [feed.listen(() => this.#refresh()), feed.keep(() => this.close())]
    this.#stop = () => {
      for (const stop of stops) stop()
    }
  }

  /** Begin; refused when the documents cannot be read. */
  static async open<T>(feed: Feed<T>, limit: number): Promise<LiveQuery<T>> {
    const live = new LiveQuery(feed, limit)
    try {
      await live.#read()
    } catch (error) {
      live.close()
      throw error
    }
    return live
  }

  /** The documents now; the same list until something changes. */
  get docs(): readonly Doc<T>[] {
    return this.#docs
  }

  /** Make the window longer by *count*. */
  async grow(count: number): Promise<void> {
    const limit = this.#limit + count
    if (!Number.isInteger(count) || count < 0 || limit > PAGE_DOCUMENTS_MAX) {
      throw new QueryError(`a window has at most ${PAGE_DOCUMENTS_MAX} documents, not ${shown(limit)}`)
    }
    this.#limit = limit
    await this.#refresh()
  }

  /** Call *listener* with the documents, now and whenever they change, until what is given back is called. */
  readonly subscribe = (listener: (docs: readonly Doc<T>[]) => void): (() => void) => {
    this.#listeners.add(listener)
    listener(this.#docs)
    return () => this.#listeners.delete(listener)
  }

  /** Give the documents now. */
  readonly getSnapshot = (): readonly Doc<T>[] => this.#docs

  /** Stay as it is. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stop()
    for (const listener of [...this.#listeners]) listener(this.#docs)
    this.#listeners.clear()
  }

  /** Iterate what changes from now on; who is slow gets several differences as one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Difference<T>> {
    let told = this.#docs
    let wake = () => {}
    const stop = this.subscribe(() => wake())
    try {
      for (;;) {
        const difference = differenceOf(told, this.#docs)
        told = this.#docs
        if (difference !== null) yield difference
        else if (this.#isClosed) return
        else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
    } finally {
      stop()
    }
  }

  /** Read again, once more when something changes meanwhile. */
  #refresh(): Promise<void> {
    this.#isStale = true
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #readOn(): Promise<void> {
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false
      await this.#read().catch(error => this.#feed.complain(error))
    }
  }

  async #read(): Promise<void> {
    const found = await this.#feed.find(this.#limit)
    if (this.#isClosed || differenceOf(this.#docs, found) === null) return
    this.#docs = found
    for (const listener of [...this.#listeners]) listener(found)
  }
}
