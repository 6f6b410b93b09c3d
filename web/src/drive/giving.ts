/** What neighbours are given of the blobs of one room: those that readers here may see. */

import type { BlobStore, FoundPiece } from '../adapters/blob-store.ts'
import { type BlobName, checkPiece } from '../core/blob.ts'
import { writeBits } from '../core/blob-bits.ts'
import type { FindBlob, ReadPieces } from '../protocol/effects.ts'
import type { BlobInput } from '../protocol/inputs.ts'
import type { Names } from './names.ts'

/** Where blobs are, and which are seen. */
export interface Shelves {
  readonly store: BlobStore
  readonly names: Names
}

/** Say what a neighbour is given: nothing of what is not seen, or cannot be read. */
export async function answerTo(asked: FindBlob | ReadPieces, { store, names }: Shelves): Promise<BlobInput> {
  try {
    if (!(await names.isSeen(asked.root))) return nothing(asked)
    return asked.type === 'FindBlob' ? await found(asked, store) : await given(asked, store)
  } catch {
    return nothing(asked)
  }
}

/** Read a piece, and look whether the disk has changed it; null when it is not here. */
export async function readPiece(store: BlobStore, name: BlobName, piece: number): Promise<FoundPiece | null> {
  const found = await store.read(name, piece)
  if (found === null || checkPiece(name, piece, found.data, found.proof) !== null) return found
  await store.lose(name, piece)
  return null
}

async function found({ peer, root }: FindBlob, store: BlobStore): Promise<BlobInput> {
  const held = await store.look(root)
  return { type: 'BlobFound', peer, root, pieces: writeBits(held?.pieces ?? new Set()) }
}

async function given({ peer, root, first, count }: ReadPieces, store: BlobStore): Promise<BlobInput> {
  const held = await store.look(root, first, first + count - 1)
  const pieces = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      held?.pieces.has(first + at) ? readPiece(store, held.name, first + at) : null,
    ),
  )
  return { type: 'PiecesRead', peer, root, first, found: pieces }
}

function nothing(asked: FindBlob | ReadPieces): BlobInput {
  const { peer, root } = asked
  if (asked.type === 'FindBlob') return { type: 'BlobFound', peer, root, pieces: writeBits(new Set()) }
  return { type: 'PiecesRead', peer, root, first: asked.first, found: Array(asked.count).fill(null) }
}
