/** Live queries: a window of documents that stays up to date. */

import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { QueryError } from '../errors.ts'
import { type Difference, differenceOf, type Place } from './difference.ts'
import type { Doc } from './types.ts'
import type { Window } from './window.ts'

/** What keeps the window of a live query up to date. */
export interface Keeper {
  /** Make it longer. */
  grow(size: number): Promise<void>
  /** Forget it. */
  close(): void
}

/**
 * The documents that match, now and later: `docs`, or iterate its differences.
 *
 * Its `subscribe` and `getSnapshot` are those that React's useSyncExternalStore asks for, and it is a Svelte store.
 */
export class LiveQuery<T> implements AsyncIterable<Difference<T>> {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** Told once, when it is closed. */
  onClose: () => void = () => {}
  readonly #window: Window<T>
  readonly #keeper: Keeper
  readonly #listeners = new Set<(docs: readonly Doc<T>[]) => void>()
  #docs: readonly Doc<T>[] = []
  #places: readonly Place<T>[] = []
  /** Of the window, when `docs` was made. */
  #version = -1
  #isClosed = false

  constructor(window: Window<T>, keeper: Keeper) {
    this.#window = window
    this.#keeper = keeper
  }

  /** The documents now; the same list until something changes. */
  get docs(): readonly Doc<T>[] {
    return this.#docs
  }

  /** Make the window longer by *count*. */
  async grow(count: number): Promise<void> {
    const size = this.#window.size + count
    if (!Number.isInteger(count) || count <= 0 || size > PAGE_DOCUMENTS_MAX) {
      const most = `to at most ${PAGE_DOCUMENTS_MAX}`
      throw new QueryError(`a window of ${this.#window.size} documents cannot grow by ${shown(count)} ${most}`)
    }
    if (!this.#isClosed) await this.#keeper.grow(size)
  }

  /** Call *listener* with the documents, now and whenever they change, until what is given back is called. */
  readonly subscribe = (listener: (docs: readonly Doc<T>[]) => void): (() => void) => {
    // One that is given twice is told twice, and its mistake breaks nothing here.
    const told = (docs: readonly Doc<T>[]) => {
      try {
        listener(docs)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
    this.#listeners.add(told)
    told(this.#docs)
    return () => this.#listeners.delete(told)
  }

  /** Give the documents now. */
  readonly getSnapshot = (): readonly Doc<T>[] => this.#docs

  /** Stay as it is. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#keeper.close()
    this.onClose()
    this.#tell()
    this.#listeners.clear()
  }

  /** Tell who follows it that the window may have changed; for who keeps it. */
  wake(): void {
    if (this.#isClosed || this.#window.version === this.#version) return
    this.#version = this.#window.version
    const { places } = this.#window
    const isSame =
      places.length === this.#places.length && places.every(({ version }, at) => version === this.#places[at]?.version)
    if (isSame) return
    this.#places = places
    this.#docs = places.map(({ doc }) => doc)
    this.#tell()
  }

  /** Iterate what changes from now on; who is slow gets several differences as one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Difference<T>> {
    let told = this.#places
    let wake = () => {}
    const stop = this.subscribe(() => wake())
    try {
      for (;;) {
        const difference = differenceOf(told, this.#places)
        told = this.#places
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

  #tell(): void {
    for (const listener of [...this.#listeners]) listener(this.#docs)
  }
}
