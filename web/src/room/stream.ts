/** Streams of events: bounded, and subscribed from the moment they are made. */

import { EVENTS_BUFFERED_BYTES_MAX, EVENTS_BUFFERED_MAX } from '../core/limits.ts'
import type { Record } from '../core/record.ts'

/** The reader was too slow: *count* events were dropped here. */
export interface Lagged {
  readonly type: 'Lagged'
  readonly count: number
}

interface Event {
  readonly record?: Partial<Record>
}

/** How a stream is. */
export interface StreamOptions<T> {
  readonly size?: number
  readonly onClose?: () => void
  /** One was dropped. */
  readonly onLost?: () => void
  /** Says what is never lost because of the rest. */
  readonly isOwn?: (element: T) => boolean
}

/**
 * An async iterator of what is pushed; it ends when the room is left, and throws when the room fails.
 *
 * It holds at most *size* elements, of `EVENTS_BUFFERED_BYTES_MAX`, and as many that are our own. A reader that falls
 * behind loses the oldest and is told so by one `Lagged`: of its own never because of others.
 */
export class Stream<T> implements AsyncIterableIterator<T | Lagged> {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly #size: number
  readonly #waiting: (() => void)[] = []
  /** What is our own, and the rest, each with a number, by which they are in order. */
  readonly #own: [number: number, element: T, size: number][] = []
  readonly #others: [number: number, element: T, size: number][] = []
  #number = 0
  /** What all but our own take. */
  #bytes = 0
  #lost = 0
  #isEnded = false
  #error: Error | undefined
  readonly #more: StreamOptions<T>

  constructor({ size = EVENTS_BUFFERED_MAX, ...more }: StreamOptions<T> = {}) {
    this.#size = size
    this.#more = more
  }

  /** Some were dropped, and the reader has not read all that is left. */
  isBehind = false

  /** How many wait to be read. */
  get length(): number {
    return this.#own.length + this.#others.length
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Wait for the next element; throws what ended the stream, such as a RoomClosedError when the room failed. */
  async next(): Promise<IteratorResult<T | Lagged>> {
    const ready = this.#take()
    if (ready) return ready
    if (this.#error) throw this.#error
    if (this.#isEnded) return { done: true, value: undefined }
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    return this.next()
  }

  /** Stop listening, as leaving a `for await` loop does. */
  async return(): Promise<IteratorResult<T | Lagged>> {
    this.#own.length = 0
    this.#others.length = 0
    this.#lost = 0
    this.close()
    return { done: true, value: undefined }
  }

  /** Stop listening; what is buffered can still be read. */
  close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#more.onClose?.()
    this.#wake()
  }

  /** Add *element*, dropping the oldest when full. */
  push(element: T): void {
    if (this.#isEnded) return
    const { wire } = (element as Event).record ?? (element as Partial<Record>)
    const [elements, taken] = this.#more.isOwn?.(element) ? [this.#own, 0] : [this.#others, wire?.length ?? 0]
    elements.push([this.#number++, element, taken])
    this.#bytes += taken
    while (elements.length > this.#size || this.#bytes > EVENTS_BUFFERED_BYTES_MAX) {
      this.#bytes -= elements.shift()?.[2] ?? 0
      this.#lost += 1
      this.isBehind = true
      this.#more.onLost?.()
    }
    this.#wake()
  }

  /** Add *elements* beyond the limit: what is already there is never dropped. */
  fill(elements: readonly T[]): void {
    // Beside our own, which no others cost.
    for (const element of elements) this.#own.push([this.#number++, element, 0])
    this.#wake()
  }

  /** No element will be added any more. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** End the stream with *error*. */
  fail(error: Error): void {
    if (!this.#isEnded) this.#error = error
    this.close()
  }

  #take(): IteratorResult<T | Lagged> | undefined {
    if (this.#lost > 0) {
      const value: Lagged = { type: 'Lagged', count: this.#lost }
      this.#lost = 0
      return { done: false, value }
    }
    const [own = [Infinity], other = [Infinity]] = [this.#own[0], this.#others[0]]
    const next = (own[0] < other[0] ? this.#own : this.#others).shift()
    this.#bytes -= next?.[2] ?? 0
    if (this.length === 0) this.isBehind = false
    return next && { done: false, value: next[1] }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
