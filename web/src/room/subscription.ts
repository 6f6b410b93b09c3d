/** The records of a query as they come: what `Room.subscribe` gives. */

import type { Record } from '../core/record.ts'
import type { Stream } from './stream.ts'

/** An async iterator of records; it ends when the room is left, and throws when the room fails. */
export class Subscription implements AsyncIterableIterator<Record> {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly #stream: Stream<Record>
  #lost = 0

  constructor(stream: Stream<Record>) {
    this.#stream = stream
  }

  /** How many records were dropped so far, because the reader was too slow; `records` still has them. */
  get lost(): number {
    return this.#lost
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Wait for the next record; throws what ended the subscription, such as a RoomClosedError. */
  async next(): Promise<IteratorResult<Record>> {
    for (;;) {
      const { done, value } = await this.#stream.next()
      if (done === true) return { done, value: undefined }
      if (!('type' in value)) return { done: false, value }
      this.#lost += value.count
    }
  }

  /** Stop listening, as leaving a `for await` loop does. */
  async return(): Promise<IteratorResult<Record>> {
    await this.#stream.return()
    return { done: true, value: undefined }
  }

  /** Stop listening; what is buffered can still be read. */
  close(): void {
    this.#stream.close()
  }
}
