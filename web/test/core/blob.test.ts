/** The trees of blobs: as tests/vectors/blobs.json has them, and no piece is taken for another. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import vectors from '../../../tests/vectors/blobs.json' with { type: 'json' }
import {
  type BlobName,
  blobTag,
  checkPiece,
  grow,
  hashPiece,
  isOfTree,
  pieceBytes,
  piecesOf,
  readBlobTag,
  rootOf,
  TOP,
  unclesOf,
  widthOf,
} from '../../src/core/blob.ts'
import { BLOB_BITS_BYTES_MAX, BLOB_BYTES_MAX, BLOB_PIECE_BYTES, BLOB_PROOF_BYTES_MAX } from '../../src/core/limits.ts'

/** So many bytes that every language can make: SHA-256 of "0", of "1", and so on, joined and cut off. */
function content(size: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(size / 32) }, (_, number) => sha256(utf8ToBytes(String(number))))
  return concatBytes(...parts).subarray(0, size)
}

function pieceOf(data: Uint8Array, piece: number): Uint8Array {
  return data.subarray(piece * BLOB_PIECE_BYTES, (piece + 1) * BLOB_PIECE_BYTES)
}

function treeOf(data: Uint8Array): Uint8Array[] {
  const pieces = Array.from({ length: piecesOf(data.length) }, (_, number) => pieceOf(data, number))
  return grow(pieces.map(piece => hashPiece(piece, data.length)))
}

describe.each(vectors.blobs)('a blob of $size bytes', ({ size, root, tag, proofs }) => {
  const data = content(size)
  const nodes = treeOf(data)
  const name: BlobName = { root, size }

  test('has its root and its tag', () => {
    expect(rootOf(nodes)).toBe(root)
    expect(blobTag(name)).toEqual(tag)
    expect(readBlobTag([['h', 'room'], tag])).toEqual(name)
  })

  test('has a proof for each piece, which shows nodes of its tree', () => {
    expect(proofs).toHaveLength(piecesOf(size))
    for (const [piece, proof] of proofs.entries()) {
      const uncles = unclesOf(piece, proofs.length).map(number => nodes[number] as Uint8Array)
      expect(bytesToHex(concatBytes(...uncles))).toBe(proof)
      const found = checkPiece(name, piece, pieceOf(data, piece), hexToBytes(proof))
      expect(found).not.toBeNull()
      for (const [number, node] of found ?? []) expect(node).toEqual(nodes[number])
    }
  })
})

test.each(vectors.blobs)(
  'a piece shows that it is of a root, whatever size is said: $size',
  ({ size, root, proofs }) => {
    for (const [number, proof] of proofs.entries()) {
      const [part, hashes] = [pieceOf(content(size), number).slice(), hexToBytes(proof)]
      expect(isOfTree(root, number, part, hashes)).toBe(true)
      expect(isOfTree(root, number + 1, part, hashes)).toBe(false)
      expect(isOfTree(root, number, part, concatBytes(hashes, new Uint8Array(32)))).toBe(false)
      expect(isOfTree(root, number, part, concatBytes(hashes, new Uint8Array(1)))).toBe(false)
      expect(isOfTree(root, number, new Uint8Array(), hashes)).toBe(false)
      part[0] = (part[0] as number) ^ 1
      expect(isOfTree(root, number, part, hashes)).toBe(false)
    }
  },
)

test('two nodes of a tree are no piece of it', () => {
  const nodes = treeOf(content(3 * BLOB_PIECE_BYTES))
  const two = concatBytes(nodes[2] as Uint8Array, nodes[3] as Uint8Array)
  expect(isOfTree(rootOf(nodes), 0, two, new Uint8Array())).toBe(false)
})

test.each(vectors.refused)('a piece is refused $name', ({ size, root, piece, proof, sha256: digest, from }) => {
  const data = content(size).slice(from.start, from.start + from.length)
  if (from.turned) data[0] = (data[0] as number) ^ 1
  expect(bytesToHex(sha256(data))).toBe(digest)
  expect(checkPiece({ root, size }, piece, data, hexToBytes(proof))).toBeNull()
})

test.each(vectors.tags)('the tag $tag names a blob: $names', ({ tag, names }) => {
  expect(readBlobTag([tag]) !== null).toBe(names)
})

test('the first tag of a record counts, and none is none', () => {
  const digits = 'ab'.repeat(32)
  expect(readBlobTag([])).toBeNull()
  expect(
    readBlobTag([
      ['blob', 'x'],
      ['blob', digits, '1'],
    ]),
  ).toBeNull()
})

test('the largest blob has a proof and bits as long as the limits say', () => {
  const pieces = piecesOf(BLOB_BYTES_MAX)
  expect(unclesOf(pieces - 1, pieces).length * 32).toBe(BLOB_PROOF_BYTES_MAX)
  expect(unclesOf(pieces - 1, pieces).at(-1)).toBe(TOP + 1)
  expect(pieces / 8).toBe(BLOB_BITS_BYTES_MAX)
  expect([1, 2, 3, 5, 8, 9].map(widthOf)).toEqual([1, 2, 4, 8, 8, 16])
  expect(pieceBytes({ root: '', size: BLOB_PIECE_BYTES + 7 }, 1)).toBe(7)
})
