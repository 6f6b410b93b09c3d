/** Signatures that wait to be checked, in chunks: the newest day first, within a day in the order they came. */

import { bisectLeft } from '../core/bisect.ts'

/** What is checked in one go. */
export interface Chunk {
  /** The UTC day of its newest record. */
  readonly day: number
  /** `SIGNED_BYTES` for each signature. */
  readonly signed: Uint8Array<ArrayBuffer>
  /** How many workers were lost over it. */
  losses: number
  /** Take the answer: 1 for each true signature. */
  done(flags: Uint8Array): void
  /** There will be no answer. */
  fail(error: Error): void
}

/** Chunks by day. */
export class Chunks {
  // Ascending by day, so that the next one is at the end.
  readonly #chunks: Chunk[] = []
  readonly #days: number[] = []

  /** Queue *chunk*, behind those of its day. */
  add(chunk: Chunk): void {
    const at = bisectLeft(this.#days, chunk.day)
    this.#days.splice(at, 0, chunk.day)
    this.#chunks.splice(at, 0, chunk)
  }

  /** Take the next one; null when none waits. */
  take(): Chunk | null {
    this.#days.pop()
    return this.#chunks.pop() ?? null
  }
}
