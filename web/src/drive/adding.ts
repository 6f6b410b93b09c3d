/** A file of ours on its way to where the room keeps its bytes: piece by piece, so that it is followed and can be given up. */

import { type BlobName, grow, hashPiece, pieceBytes, piecesOf, rootOf, unclesOf, widthOf } from '../core/blob.ts'
import { BLOB_PIECE_BYTES } from '../core/limits.ts'
import type { Bytes } from '../data/desk.ts'

/** How a file that is written is followed, and given up. */
export interface AddOptions {
  /** Is told which share of the work is done, from 0 to 1. */
  readonly progress?: ((share: number) => void) | undefined
  /** Ends it, and nothing of the file is left. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Keep a whole blob, and give its name; a record is to name it.
 *
 * Refused with a BlobError when it is too long or there is no room, and with the reason of *signal*.
 */
export async function addBlob(bytes: Bytes, blob: Blob, { progress, signal }: AddOptions = {}): Promise<BlobName> {
  await bytes.admit(blob.size)
  const count = piecesOf(blob.size)
  let steps = 0
  // Each piece is hashed first and kept then: its proof needs the hashes of all.
  const step = (): void => {
    signal?.throwIfAborted()
    steps += 1
    progress?.(steps / (2 * count))
  }
  const hashes: Uint8Array[] = []
  for (let piece = 0; piece < count; piece++) {
    hashes.push(hashPiece(await sliceOf(blob, piece), blob.size))
    step()
  }
  const nodes = grow(hashes)
  const name: BlobName = { root: rootOf(nodes), size: blob.size }
  try {
    for (let piece = 0; piece < count; piece++) {
      const numbers = [widthOf(count) + piece, ...unclesOf(piece, count)]
      const known = new Map(numbers.map(number => [number, nodes[number] as Uint8Array]))
      await bytes.put(name, { piece, data: await sliceOf(blob, piece), nodes: known })
      step()
    }
  } catch (error) {
    await bytes.abandon(name.root)
    throw error
  }
  return name
}

async function sliceOf(blob: Blob, piece: number): Promise<Uint8Array<ArrayBuffer>> {
  const start = piece * BLOB_PIECE_BYTES
  const end = start + pieceBytes({ root: '', size: blob.size }, piece)
  return new Uint8Array(await blob.slice(start, end).arrayBuffer())
}
