/**
 * An AVL tree of blocks: a sorted set of [createdAt, id] that knows the rank of everything in it.
 *
 * A node of the tree is a block of up to 256 entries in two flat arrays, so an entry costs little more than its
 * 40 bytes; each node counts the entries below it, so rank and select walk one path. The tree is balanced as in
 * Adelson-Velsky and Landis (1962): the heights of a node's two sides differ by at most one. Its shape depends on
 * the order of arrival and therefore never reaches the wire.
 */

import {
  BLOCK_ENTRIES_MAX,
  BLOCK_ENTRIES_MIN,
  Block,
  type Columns,
  type Entry,
  ID_BYTES,
  idBytes,
  prefixBytes,
  sortedColumns,
} from './block.ts'
import type { Bound } from './message.ts'
import type { RecordId } from './record.ts'

/** How full a bulk build leaves its blocks, so that the first inserts split none. */
export const BULK_BLOCK_ENTRIES = 192

/** The block that holds, or should hold, an entry, and the nodes from the root to it. */
interface Path {
  readonly nodes: readonly Block[]
  readonly block: Block
}

/** A part of a block: the positions from *first* to *end* - 1. */
export interface Piece {
  readonly block: Block
  readonly first: number
  readonly end: number
}

/** A sorted set of [createdAt in seconds, 32-byte id]; ordered by time, then by id. */
export class BlockTree {
  private root: Block | null = null

  /**
   * Build a tree of *entries* at once; fastest when they come sorted, repeated ones count once.
   *
   * Throws:
   *   ConfigError: an id is not 32 bytes long.
   */
  static bulk(entries: Iterable<Entry>): BlockTree {
    return BlockTree.fromColumns(sortedColumns(entries))
  }

  /** Build a tree of ascending entries given as columns. */
  static fromColumns(columns: Columns): BlockTree {
    const tree = new BlockTree()
    const size = columns.times.length
    const blocks = Math.ceil(size / BULK_BLOCK_ENTRIES)
    const cuts = Array.from({ length: blocks + 1 }, (_, number) => Math.floor((size * number) / blocks))
    if (size > 0) tree.root = balanced(columns, cuts)
    return tree
  }

  /** The number of entries. */
  get size(): number {
    return this.root === null ? 0 : this.root.count
  }

  /** Say whether an entry is in the set. */
  has(createdAt: number, recordId: RecordId): boolean {
    if (this.root === null) return false
    const id = prefixBytes(recordId)
    const { block } = pathTo(this.root, createdAt, id)
    return block.holds(block.position(createdAt, id), createdAt, id)
  }

  /**
   * Add an entry; say whether it was new.
   *
   * Throws:
   *   ConfigError: the id is not 32 bytes long.
   */
  insert(createdAt: number, recordId: RecordId): boolean {
    return this.insertBytes(createdAt, idBytes(recordId))
  }

  /** Take an entry out; say whether it was there. */
  remove(createdAt: number, recordId: RecordId): boolean {
    if (this.root === null) return false
    const id = prefixBytes(recordId)
    const path = pathTo(this.root, createdAt, id)
    const block = path.block
    const position = block.position(createdAt, id)
    if (!block.holds(position, createdAt, id)) return false
    block.remove(position)
    for (const node of path.nodes) node.count -= 1
    const isOnly = block.size === this.root.count
    if (block.size === 0 || (block.size < BLOCK_ENTRIES_MIN && !isOnly)) this.dissolve(path)
    return true
  }

  /** Count the entries that come before *bound*. */
  rank(bound: Bound): number {
    const createdAt = bound[0]
    const prefix = prefixBytes(bound[1])
    let below = 0
    let node = this.root
    while (node !== null) {
      if (node.startsAfter(createdAt, prefix)) {
        node = node.left
        continue
      }
      below += node.leftCount
      if (!node.endsBefore(createdAt, prefix)) return below + node.position(createdAt, prefix)
      below += node.size
      node = node.right
    }
    return below
  }

  /**
   * Give the entry that has *index* others before it.
   *
   * Throws:
   *   RangeError: there are not that many.
   */
  select(index: number): Entry {
    const { block, first } = this.locate(index)
    return block.entry(first)
  }

  /** Give the entries with ranks from *start* to *stop* - 1; the tree must not change meanwhile. */
  *entries(start: number, stop: number): Generator<Entry> {
    for (const { block, first, end } of this.pieces(start, stop)) {
      for (let position = first; position < end; position += 1) yield block.entry(position)
    }
  }

  /** Give the parts of blocks that hold the entries with ranks from *start* to *stop* - 1. */
  *pieces(start: number, stop: number): Generator<Piece> {
    const last = Math.min(stop, this.size)
    let reached = start
    while (reached < last) {
      const { block, first } = this.locate(reached)
      const end = Math.min(block.size, first + last - reached)
      yield { block, first, end }
      reached += end - first
    }
  }

  private locate(index: number): { readonly block: Block; readonly first: number } {
    let node = index >= 0 ? this.root : null
    let remaining = index
    while (node !== null) {
      const position: number = remaining - node.leftCount
      if (position < 0) {
        node = node.left
      } else if (position < node.size) {
        return { block: node, first: position }
      } else {
        remaining = position - node.size
        node = node.right
      }
    }
    throw new RangeError(`entry ${index} of ${this.size}`)
  }

  private insertBytes(createdAt: number, id: Uint8Array): boolean {
    if (this.root === null) {
      this.root = new Block(Float64Array.of(createdAt), Uint8Array.from(id))
      return true
    }
    const path = pathTo(this.root, createdAt, id)
    const block = path.block
    const position = block.position(createdAt, id)
    if (block.holds(position, createdAt, id)) return false
    block.insert(position, createdAt, id)
    for (const node of path.nodes) node.count += 1
    if (block.size > BLOCK_ENTRIES_MAX) {
      block.right = withFirst(block.right, block.split())
      this.root = replaced(path, rebalanced(block))
    }
    return true
  }

  /** Take the block at the end of *path* out of the tree and give its entries to its neighbours. */
  private dissolve(path: Path): void {
    const block = path.block
    this.root = replaced(path, joined(block.left, block.right))
    for (let position = 0; position < block.size; position += 1) {
      this.insertBytes(block.time(position), block.slice(position, position + 1))
    }
  }
}

/** Give the nodes from *root* to the block that holds, or should hold, the entry. */
function pathTo(root: Block, createdAt: number, id: Uint8Array): Path {
  const nodes: Block[] = []
  let block = root
  let node: Block | null = root
  while (node !== null) {
    nodes.push(node)
    block = node
    if (node.startsAfter(createdAt, id)) node = node.left
    else if (node.endsBefore(createdAt, id)) node = node.right
    else break
  }
  return { nodes, block }
}

/** Build the midpoint-balanced tree of the blocks between neighbouring *cuts*. */
function balanced(columns: Columns, cuts: readonly number[]): Block | null {
  const middle = (cuts.length - 1) >> 1
  const [start, stop] = cuts.slice(middle, middle + 2)
  if (start === undefined || stop === undefined) return null
  const ids = columns.ids.slice(start * ID_BYTES, stop * ID_BYTES)
  const block = new Block(columns.times.slice(start, stop), ids)
  block.left = balanced(columns, cuts.slice(0, middle + 1))
  block.right = balanced(columns, cuts.slice(middle + 1))
  block.refresh()
  return block
}

/** Put *subtree* where the last node of *path* hangs and rebalance upwards; give the new root. */
function replaced(path: Path, subtree: Block | null): Block | null {
  let [child, top] = [path.block, subtree]
  for (const parent of path.nodes.slice(0, -1).reverse()) {
    if (parent.left === child) parent.left = top
    else parent.right = top
    child = parent
    top = rebalanced(parent)
  }
  return top
}

/** Hang *block* before all nodes of *root*; give the new root. The height bounds the recursion. */
function withFirst(root: Block | null, block: Block): Block {
  if (root === null) return block
  root.left = withFirst(root.left, block)
  return rebalanced(root)
}

/** Take the first node out; give it and the new root. The height bounds the recursion. */
function withoutFirst(root: Block): [Block, Block | null] {
  if (root.left === null) return [root, root.right]
  const [first, rest] = withoutFirst(root.left)
  root.left = rest
  return [first, rebalanced(root)]
}

/** Join the two sides of a node that is gone: the first node of the right side takes its place. */
function joined(left: Block | null, right: Block | null): Block | null {
  if (left === null || right === null) return left ?? right
  const [top, rest] = withoutFirst(right)
  top.left = left
  top.right = rest
  return rebalanced(top)
}

/** Restore the AVL rule at *node*, whose sides keep it; give the node that takes its place. */
function rebalanced(node: Block): Block {
  node.refresh()
  const { left, right, lean } = node
  if (left !== null && lean > 1) {
    const top = left.right !== null && left.lean < 0 ? rotatedLeft(left, left.right) : left
    return rotatedRight(node, top)
  }
  if (right !== null && lean < -1) {
    const top = right.left !== null && right.lean > 0 ? rotatedRight(right, right.left) : right
    return rotatedLeft(node, top)
  }
  return node
}

/** Let *top*, on the left of *node*, rise above it. */
function rotatedRight(node: Block, top: Block): Block {
  node.left = top.right
  top.right = node
  node.refresh()
  top.refresh()
  return top
}

/** Let *top*, on the right of *node*, rise above it. */
function rotatedLeft(node: Block, top: Block): Block {
  node.right = top.left
  top.left = node
  node.refresh()
  top.refresh()
  return top
}
