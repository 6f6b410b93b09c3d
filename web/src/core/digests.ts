/**
 * The digests of an index: those of whole days and quarters of an hour are kept until these change.
 *
 * The digest of up to `DIGEST_IDS_MAX` records within a UTC day is a SHA-256 over their ids; that of other ranges one
 * over the digests of their days, or of the quarters of an hour of their day. So one record more costs those of its
 * quarter.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Piece } from './avl.ts'
import { dayBound, dayOf, earlier, isBefore, isSameBound, lastDay, lastSecond, later } from './bucket.ts'
import { DAY_SECONDS } from './clock.ts'
import { type DayLeaf, u32 } from './day-tree.ts'
import { DIGEST_IDS_MAX, DIGEST_PART_SECONDS } from './limits.ts'
import type { Bound } from './message.ts'

const IDS_DOMAIN = utf8ToBytes('peerset/r1')
const PARTS_DOMAIN = utf8ToBytes('peerset/r2')
const PARTS_PER_DAY = DAY_SECONDS / DIGEST_PART_SECONDS
const NONE = new Uint8Array()

/** The set, in the order (createdAt, id). */
export interface Pieces {
  /** Count the entries from *lower* up to *upper*. */
  count(lower: Bound, upper: Bound): number
  /** Give the parts of blocks that hold the entries from *lower* up to *upper*. */
  pieces(lower: Bound, upper: Bound): Iterable<Piece>
  /** List the days with entries from *first* to *last*, ascending. */
  days(first: number, last: number): number[]
}

/** R of the ranges of a set. */
export class Digests {
  /** How many ids have been hashed so far. */
  hashedIds = 0
  private readonly entries: Pieces
  /** The whole days that were asked for since they changed last. */
  private readonly whole = new Map<number, DayLeaf>()
  /** Of days with more than `DIGEST_IDS_MAX` entries: R of each part, empty without any, undefined if it changed. */
  private readonly parts = new Map<number, (Uint8Array | undefined)[]>()

  constructor(entries: Pieces) {
    this.entries = entries
  }

  /** Note that an entry of this time came or went. */
  changed(createdAt: number): void {
    const day = dayOf(createdAt)
    this.whole.delete(day)
    const parts = this.parts.get(day)
    if (parts !== undefined) parts[partOf(createdAt) - day * PARTS_PER_DAY] = undefined
  }

  /** Keep nothing of a day. */
  forget(day: number): void {
    this.whole.delete(day)
    this.parts.delete(day)
  }

  /** Compute R of a range. */
  of(lower: Bound, upper: Bound): Uint8Array {
    const [first, last] = [dayOf(lower[0]), lastDay(upper)]
    if (first >= last) return this.leaf(first, lower, upper).digest
    const leaves = this.entries
      .days(first, last)
      .map(day => this.leaf(day, later(dayBound(day), lower), earlier(dayBound(day + 1), upper)))
    const count = leaves.reduce((sum, leaf) => sum + leaf.count, 0)
    return composed(
      count,
      leaves.map(leaf => (leaf.count > 0 ? leaf.digest : NONE)),
    )
  }

  /** Count and digest a range within one day, which is kept if it is all of the day. */
  leaf(day: number, lower: Bound, upper: Bound): DayLeaf {
    const isWhole = isSameBound(lower, dayBound(day)) && isSameBound(upper, dayBound(day + 1))
    const kept = isWhole ? this.whole.get(day) : undefined
    if (kept !== undefined) return kept
    const leaf = this.within(day, lower, upper)
    // Only days with records are kept, so questions about empty ones cost no memory.
    if (isWhole && leaf.count > 0) this.whole.set(day, leaf)
    return leaf
  }

  private within(day: number, lower: Bound, upper: Bound): DayLeaf {
    const count = this.entries.count(lower, upper)
    const [first, last] = [partOf(lower[0]), partOf(lastSecond(upper))]
    if (count <= DIGEST_IDS_MAX || first === last) {
      return { day, count, digest: this.hash(count, this.entries.pieces(lower, upper)) }
    }
    const kept = this.parts.get(day) ?? []
    this.parts.set(day, kept)
    const digests = Array.from({ length: last + 1 - first }, (_, place) => {
      const [start, end] = [partBound(first + place), partBound(first + place + 1)]
      const at = first + place - day * PARTS_PER_DAY
      const isWhole = !(isBefore(start, lower) || isBefore(upper, end))
      const digest = (isWhole ? kept[at] : undefined) ?? this.part(later(start, lower), earlier(end, upper))
      if (isWhole) kept[at] = digest
      return digest
    })
    return { day, count, digest: composed(count, digests) }
  }

  /** Digest what lies within a part; nothing, if nothing does. */
  private part(lower: Bound, upper: Bound): Uint8Array {
    const count = this.entries.count(lower, upper)
    return count > 0 ? this.hash(count, this.entries.pieces(lower, upper)) : NONE
  }

  private hash(count: number, pieces: Iterable<Piece>): Uint8Array {
    this.hashedIds += count
    const hasher = sha256.create().update(IDS_DOMAIN).update(u32(count))
    for (const { block, first, end } of pieces) hasher.update(block.slice(first, end))
    return hasher.digest()
  }
}

function composed(count: number, digests: readonly Uint8Array[]): Uint8Array {
  const hasher = sha256.create().update(PARTS_DOMAIN).update(u32(count))
  for (const digest of digests) hasher.update(digest)
  return hasher.digest()
}

function partOf(createdAt: number): number {
  return Math.floor(createdAt / DIGEST_PART_SECONDS)
}

function partBound(part: number): Bound {
  return [part * DIGEST_PART_SECONDS, '']
}
