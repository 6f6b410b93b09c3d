/** The invariants of trees and indexes, verified in O(n); what is broken is thrown. */

import { bytesToHex } from '@noble/hashes/utils.js'
import type { BlockTree } from '../../src/core/avl.ts'
import { BLOCK_ENTRIES_MAX, BLOCK_ENTRIES_MIN, type Block, type Entry, ID_BYTES } from '../../src/core/block.ts'
import { dayBound, isBefore } from '../../src/core/bucket.ts'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import type { DayLeaf } from '../../src/core/day-tree.ts'
import { DIGEST_PART_SECONDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'

/** What the digests of an index keep. */
interface KeptDigests {
  readonly whole: Map<number, DayLeaf>
  readonly parts: Map<number, (Uint8Array | undefined)[]>
}

/** What an index keeps; the type says what the class hides. */
export interface Kept {
  readonly bucketSeconds: number
  readonly buckets: number[]
  readonly trees: Map<number, BlockTree>
  readonly digests: KeptDigests
  readonly dayTrees: ReadonlyMap<string, unknown>
}

/** Give what *index* keeps. */
export function keptOf(index: Index): Kept {
  return index as unknown as Kept
}

/** Give the node on top of *tree*, if it has any. */
export function topOf(tree: BlockTree): Block | null {
  return (tree as unknown as { readonly root: Block | null }).root
}

/** Verify *index* and all its trees. */
export function checkIndex(index: Index): void {
  const { bucketSeconds, buckets, trees, digests } = keptOf(index)
  const keys = [...trees.keys()].sort((one, other) => one - other)
  if (`${keys}` !== `${buckets}`) throw new Error('buckets and trees disagree')
  for (const [bucket, tree] of trees) {
    checkTree(tree)
    const isAtHome = ([createdAt]: Entry): boolean => Math.floor(createdAt / bucketSeconds) === bucket
    if (tree.size === 0 || ![...tree.entries(0, tree.size)].every(isAtHome)) {
      throw new Error(`bucket ${bucket} is empty or holds another's entries`)
    }
  }
  for (const [day, kept] of digests.whole) {
    if (bytesToHex(kept.digest) !== hashed(index, dayBound(day), dayBound(day + 1))) {
      throw new Error(`the kept digest of ${day} is stale`)
    }
  }
  for (const [day, parts] of digests.parts) {
    for (const [part, kept] of parts.entries()) {
      const lower: Bound = [day * DAY_SECONDS + part * DIGEST_PART_SECONDS, '']
      const upper: Bound = [lower[0] + DIGEST_PART_SECONDS, '']
      const digest = index.count(lower, upper) > 0 ? hashed(index, lower, upper) : ''
      if (kept !== undefined && bytesToHex(kept) !== digest) {
        throw new Error(`the kept digest of part ${part} of ${day} is stale`)
      }
    }
  }
}

/** Digest a range in another index of the same entries, which keeps nothing yet. */
function hashed(index: Index, lower: Bound, upper: Bound): string {
  return Index.bulk(index.entries(lower, upper)).digest(lower, upper)
}

/** Verify the order, the sizes, the balance and the sums of *tree*. */
export function checkTree(tree: BlockTree): void {
  const top = topOf(tree)
  if (top === null) return
  checkNodes(top, { isOnly: top.size === tree.size })
  let before: Entry | null = null
  for (const entry of tree.entries(0, tree.size)) {
    if (before !== null && !isBefore(before, entry)) throw new Error('entries are not ascending')
    before = entry
  }
}

/** Verify the size, the balance and the sums of *node* and all below it; the height bounds the recursion. */
function checkNodes(node: Block, { isOnly }: { readonly isOnly: boolean }): void {
  for (const child of [node.left, node.right]) {
    if (child !== null) checkNodes(child, { isOnly: false })
  }
  const hasRoom = node.times.length >= node.size && node.ids.length === ID_BYTES * node.times.length
  if (!hasRoom || !(isOnly || node.size >= BLOCK_ENTRIES_MIN) || node.size > BLOCK_ENTRIES_MAX) {
    throw new Error(`a block of ${node.size} entries, ${node.times.length} times and ${node.ids.length} bytes of ids`)
  }
  if (Math.abs(node.lean) > 1) throw new Error(`one side is higher by ${Math.abs(node.lean)}`)
  const stored = `${node.count}, ${node.height}`
  node.refresh()
  if (stored !== `${node.count}, ${node.height}`) {
    throw new Error(`count and height are ${node.count}, ${node.height}, stored were ${stored}`)
  }
}
