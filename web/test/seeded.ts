/** Chance for tests, drawn alike in every language: the twin of tests/protocol/seeded.py. */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Rng } from '../src/core/rng.ts'

const BLOCK_BYTES = 32

/** Make chance out of *seed*: block i of its bytes is SHA-256(seed as UTF-8 | i as 4 bytes, big-endian). */
export function seededRng(seed: string): Rng {
  return new SeededRng(utf8ToBytes(seed))
}

class SeededRng implements Rng {
  readonly #seed: Uint8Array
  #left: Uint8Array = new Uint8Array()
  #blocks = 0

  constructor(seed: Uint8Array) {
    this.#seed = seed
  }

  randomBytes(count: number): Uint8Array {
    const pieces = [this.#left]
    for (let size = this.#left.length; size < count; size += BLOCK_BYTES) pieces.push(this.#nextBlock())
    const bytes = concatBytes(...pieces)
    this.#left = bytes.slice(count)
    return bytes.slice(0, count)
  }

  uint32(): number {
    return new DataView(this.randomBytes(4).buffer).getUint32(0)
  }

  uniform(low: number, high: number): number {
    return low + (high - low) * (this.uint32() / 2 ** 32)
  }

  sample<T>(items: readonly T[], count: number): T[] {
    const pool = [...items]
    for (let at = 0; at < count; at += 1) {
      const drawn = at + (this.uint32() % (pool.length - at))
      // Both are inside the array.
      ;[pool[at], pool[drawn]] = [pool[drawn] as T, pool[at] as T]
    }
    return pool.slice(0, count)
  }

  #nextBlock(): Uint8Array {
    const number = new Uint8Array(4)
    new DataView(number.buffer).setUint32(0, this.#blocks)
    this.#blocks += 1
    return sha256(concatBytes(this.#seed, number))
  }
}
