/** Made-up entries for the tests of the tree half of core; the same for the same seed. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Entry } from '../../src/core/block.ts'
import type { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { seededRng } from '../seeded.ts'

const STEM = bytesToHex(sha256(utf8ToBytes('stem')))

/** Draw a whole number below *limit*. */
export function below(rng: Rng, limit: number): number {
  return rng.uint32() % limit
}

/** Draw one of *items*, which are not none. */
export function pick<T>(rng: Rng, items: readonly T[]): T {
  const [item] = rng.sample(items, 1)
  if (item === undefined) throw new RangeError('a choice among nothing')
  return item
}

/** Give *items* in random order. */
export function shuffle<T>(rng: Rng, items: readonly T[]): T[] {
  return rng.sample(items, items.length)
}

/** Draw an id whose bytes from *sharedBytes* on are random; those before are the same in all. */
export function randomId(rng: Rng, sharedBytes = 0): RecordId {
  return (STEM.slice(0, 2 * sharedBytes) + bytesToHex(rng.randomBytes(32 - sharedBytes))) as RecordId
}

/** An id of 32 equal bytes. */
export function sameBytes(byte: number): RecordId {
  return byte.toString(16).padStart(2, '0').repeat(32) as RecordId
}

/** Draw *count* entries with times from *lower* up to *upper*. */
export function entriesOf(count: number, lower: number, upper: number, seed = 0): Entry[] {
  const rng = seededRng(`entries ${seed}`)
  return Array.from({ length: count }, () => [lower + below(rng, upper - lower), randomId(rng)])
}

/** Compare entries by time, then by id. */
export function compareEntries(one: Entry, other: Entry): number {
  return one[0] - other[0] || (one[1] < other[1] ? -1 : Number(one[1] > other[1]))
}

/** Give *entries* in order. */
export function sorted(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort(compareEntries)
}

/** A plain set of entries, to compare structures with. */
export class Model {
  readonly #entries = new Map<string, Entry>()

  constructor(entries: Iterable<Entry> = []) {
    for (const entry of entries) this.add(entry)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Add an entry; say whether it was new. */
  add(entry: Entry): boolean {
    const isNew = !this.#entries.has(entry.join())
    this.#entries.set(entry.join(), entry)
    return isNew
  }

  /** Take an entry out; say whether it was there. */
  remove(entry: Entry): boolean {
    return this.#entries.delete(entry.join())
  }

  /** The entries in order. */
  get sorted(): Entry[] {
    return sorted(this.#entries.values())
  }
}

/** List the ids of *index* from *lower* up to *upper*, in order. */
export function idsBetween(index: Index, lower: Bound, upper: Bound): RecordId[] {
  return Array.from(index.entries(lower, upper), ([, id]) => id)
}
