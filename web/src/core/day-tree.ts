/** The tree of a window's days, whose shape the days alone define, and of which unchanged nodes are kept. */
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { bisectLeft, bisectRight } from './bisect.ts'

/** One UTC day of the day tree. */
export interface DayLeaf {
  readonly day: number
  readonly count: number
  /** R of the day's records below *upto*: 32 bytes. */
  readonly digest: Uint8Array
}

/** H of no days at all. */
const EMPTY_NODE = new Uint8Array(32)
const EMPTY_RANGE = sha256(utf8ToBytes('peerset/r1\0\0\0\0'))

/**
 * The digests of the tree over *days* from *firstDay*, midpoint-balanced: the middle one is the node, the others its
 * sides. H = SHA-256(01 | u32 day | u32 count | R | H(left) | H(right)); of no days: 32 zero bytes.
 */
export class DayTree {
  readonly #firstDay: number
  readonly #days: number
  #leaves = new Map<number, DayLeaf>()
  /** H of each node, by the place of its day. */
  readonly #nodes: Uint8Array[] = []

  constructor(firstDay: number, days: number) {
    this.#firstDay = firstDay
    this.#days = days
  }

  /** Compute H of the whole tree, *full* being its days that have records; a day that changed costs a path. */
  digest(full: readonly DayLeaf[]): Uint8Array {
    const before = this.#leaves
    const leaves = new Map(full.map(leaf => [leaf.day - this.#firstDay, leaf]))
    this.#leaves = leaves
    // A leaf that did not change is the same object; others may be equal ones, which costs no more than a path.
    const changed = [...new Map([...before, ...leaves]).keys()].filter(at => before.get(at) !== leaves.get(at))
    return this.#node(
      0,
      this.#days,
      changed.sort((one, other) => one - other),
    )
  }

  /** Compute H of the places from *start* to *stop* - 1, of which *changed* did; the height bounds the recursion. */
  #node(start: number, stop: number, changed: readonly number[]): Uint8Array {
    if (start === stop) return EMPTY_NODE
    const middle = (start + stop) >>> 1
    const kept = this.#nodes[middle]
    if (kept !== undefined && changed.length === 0) return kept
    const left = this.#node(start, middle, changed.slice(0, bisectLeft(changed, middle)))
    const right = this.#node(middle + 1, stop, changed.slice(bisectRight(changed, middle)))
    const { count, digest } = this.#leaves.get(middle) ?? { count: 0, digest: EMPTY_RANGE }
    const head = [Uint8Array.of(1), u32(this.#firstDay + middle), u32(count)]
    const node = sha256(concatBytes(...head, digest, left, right))
    this.#nodes[middle] = node
    return node
  }
}

/** Write a number in 4 bytes, big-endian. */
export function u32(number: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}
