/**
 * Blobs by their trees: the hashes of BitTorrent v2 (BEP 52), so that each piece of a file can be checked by itself.
 *
 * A blob is cut into blocks of 16 KiB, the last of which may be shorter. The leaves of a binary tree are their SHA-256,
 * up to the next power of two followed by leaves of 32 zero bytes; a node is the SHA-256 of its two children. The root
 * names the blob. Peers ask for pieces, which are 8 blocks, each with the hashes beside its way to the root.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { BLOB_BLOCK_BYTES, BLOB_BYTES_MAX, BLOB_PIECE_BYTES } from './limits.ts'
import type { Tags } from './record.ts'

export const HASH_BYTES = 32
/** The tag of a record that names a blob: `['blob', root in hex, size in bytes]`. */
export const BLOB_TAG = 'blob'
const PIECE_BLOCKS = BLOB_PIECE_BYTES / BLOB_BLOCK_BYTES
/** The number of the root among the nodes of a tree: the children of node n are 2 n and 2 n + 1. */
export const TOP = 1

const NOTHING = new Uint8Array(HASH_BYTES)
const ROOT_TEXT = /^[0-9a-f]{64}$/
const SIZE_TEXT = /^[1-9][0-9]{0,10}$/

/** A blob as records name it. */
export interface BlobName {
  /** 64 hexadecimal digits: BEP 52's "pieces root". */
  readonly root: string
  /** In bytes, from 1 to `BLOB_BYTES_MAX`. */
  readonly size: number
}

/** Give the tag that names *blob*. */
export function blobTag({ root, size }: BlobName): [string, string, string] {
  return [BLOB_TAG, root, String(size)]
}

/** Read the first tag `blob` of a record; null without one, and when that names no blob. */
export function readBlobTag(tags: Tags): BlobName | null {
  const [, root, digits] = tags.find(([name]) => name === BLOB_TAG) ?? []
  if (root === undefined || digits === undefined || !SIZE_TEXT.test(digits)) return null
  return readBlobName(root, Number(digits))
}

/** Read what says a root and a size in bytes; null when that names no blob. */
export function readBlobName(root: string, size: number): BlobName | null {
  return ROOT_TEXT.test(root) && size > 0 && size <= BLOB_BYTES_MAX ? { root, size } : null
}

/** Give of how many pieces a blob of *size* bytes is. */
export function piecesOf(size: number): number {
  return Math.ceil(size / BLOB_PIECE_BYTES)
}

/** Give how long the piece with this number is. */
export function pieceBytes({ size }: BlobName, piece: number): number {
  return Math.min(BLOB_PIECE_BYTES, size - piece * BLOB_PIECE_BYTES)
}

/** Give how many pieces the tree of so many has room for: the next power of two. */
export function widthOf(pieces: number): number {
  return 2 ** Math.ceil(Math.log2(pieces))
}

/** Give the node of a piece of a blob of *size* bytes. */
export function hashPiece(data: Uint8Array, size: number): Uint8Array {
  let level: Uint8Array[] = []
  for (let start = 0; start < data.length; start += BLOB_BLOCK_BYTES) {
    level.push(sha256(data.subarray(start, start + BLOB_BLOCK_BYTES)))
  }
  // A blob of less than a piece has no more leaves than it needs.
  const blocks = size > BLOB_PIECE_BYTES ? PIECE_BLOCKS : widthOf(level.length)
  while (level.length < blocks) level.push(NOTHING)
  while (level.length > 1) level = parents(level)
  return level[0] as Uint8Array
}

/** Give all nodes over the nodes of a blob's pieces, by their numbers; the first is of no use. */
export function grow(hashes: readonly Uint8Array[]): Uint8Array[] {
  const width = widthOf(hashes.length)
  const bottom = [...hashes, ...Array<Uint8Array>(width - hashes.length).fill(PADDING)]
  const levels = [bottom]
  for (let level = bottom; level.length > 1; levels.push(level)) level = parents(level)
  return [NOTHING, ...levels.reverse().flat()]
}

/** The root over pieces that come one after the other. */
export class BlobDigest {
  readonly #hashes: Uint8Array[] = []

  /** Take the next piece; only the last may be shorter than `BLOB_PIECE_BYTES`. */
  add(piece: Uint8Array): void {
    // A first piece that is short is the only one.
    this.#hashes.push(hashPiece(piece, this.#hashes.length > 0 ? BLOB_BYTES_MAX : piece.length))
  }

  /** The root over all that came, at least one piece, in hex. */
  get root(): string {
    return rootOf(grow(this.#hashes))
  }
}

/** Give the numbers of the nodes beside the way of a piece to the root, from the bottom. */
export function unclesOf(piece: number, pieces: number): number[] {
  const found: number[] = []
  for (let node = widthOf(pieces) + piece; node > TOP; node = node >> 1) found.push(node ^ 1)
  return found
}

/**
 * Give the nodes, by number, that *data* and *proof* show to be of the blob; null when they are not of it.
 *
 * *proof* is the uncles of the piece from the bottom, 32 bytes each.
 */
export function checkPiece(
  name: BlobName,
  piece: number,
  data: Uint8Array,
  proof: Uint8Array,
): Map<number, Uint8Array> | null {
  const pieces = piecesOf(name.size)
  const uncles = unclesOf(piece, pieces)
  if (proof.length !== uncles.length * HASH_BYTES || data.length !== pieceBytes(name, piece)) return null
  let node = hashPiece(data, name.size)
  let here = widthOf(pieces) + piece
  const found = new Map([[here, node]])
  for (const [depth, number] of uncles.entries()) {
    const uncle = proof.slice(depth * HASH_BYTES, (depth + 1) * HASH_BYTES)
    found.set(number, uncle)
    node = here % 2 === 1 ? over(uncle, node) : over(node, uncle)
    here = here >> 1
  }
  return bytesToHex(node) === name.root ? found : null
}

/**
 * Say whether *data* and *proof* show a piece of a blob of this *root*, how long that ever is.
 *
 * A blob has one size, and its root does not say which: where a record says a wrong one, who gives a piece is no liar.
 */
export function isOfTree(root: string, piece: number, data: Uint8Array, proof: Uint8Array): boolean {
  const depth = proof.length / HASH_BYTES
  // 64 bytes alone may be two nodes of a tree, which show nothing.
  const isAlone = depth === 0 && data.length === 2 * HASH_BYTES
  if (data.length === 0 || isAlone || !Number.isInteger(depth) || piece >= 2 ** depth) return false
  let node = hashPiece(data, depth > 0 ? BLOB_BYTES_MAX : data.length)
  for (let level = 0, here = piece; level < depth; level++, here = here >> 1) {
    const uncle = proof.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES)
    node = here % 2 === 1 ? over(uncle, node) : over(node, uncle)
  }
  return bytesToHex(node) === root
}

/** Give the root over all *nodes* of a blob, in hex. */
export function rootOf(nodes: readonly Uint8Array[]): string {
  return bytesToHex(nodes[TOP] as Uint8Array)
}

function over(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(left, right))
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: level.length / 2 }, (_, at) =>
    over(level[2 * at] as Uint8Array, level[2 * at + 1] as Uint8Array),
  )
}

/** The node of a piece beyond the end of the blob. */
const PADDING = (() => {
  let level = Array<Uint8Array>(PIECE_BLOCKS).fill(NOTHING)
  while (level.length > 1) level = parents(level)
  return level[0] as Uint8Array
})()
