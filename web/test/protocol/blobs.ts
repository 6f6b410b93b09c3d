/** Blobs for the machines that fetch and give them. */
import { concatBytes } from '@noble/hashes/utils.js'
import { type BlobName, grow, hashPiece, piecesOf, rootOf, unclesOf } from '../../src/core/blob.ts'
import type { Moment, Monotonic, UnixTime } from '../../src/core/clock.ts'
import { BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import type { BlobPart } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'

export const [ONE, TWO, THREE] = ['0000one', '0000two', '0000three'] as [PeerId, PeerId, PeerId]

/** So many seconds after everything began. */
export function at(seconds: number): Moment {
  return { monotonic: seconds as Monotonic, unix: (1_760_000_000 + Math.floor(seconds)) as UnixTime }
}

/** So many pieces, the last of one byte. */
export class Blob {
  readonly pieces: readonly Uint8Array[]
  readonly nodes: readonly Uint8Array[]
  readonly name: BlobName

  constructor(count: number, seed = 0) {
    const data = new Uint8Array((count - 1) * BLOB_PIECE_BYTES + 1).fill(seed + 1)
    this.pieces = Array.from({ length: piecesOf(data.length) }, (_, piece) =>
      data.subarray(piece * BLOB_PIECE_BYTES, (piece + 1) * BLOB_PIECE_BYTES),
    )
    this.nodes = grow(this.pieces.map(piece => hashPiece(piece, data.length)))
    this.name = { root: rootOf(this.nodes), size: data.length }
  }

  get root(): string {
    return this.name.root
  }

  /** Give the message that brings a piece. */
  part(piece: number): BlobPart {
    const proof = concatBytes(...unclesOf(piece, this.pieces.length).map(number => this.nodes[number] as Uint8Array))
    return { type: 'BlobPart', root: this.root, piece, proof, data: this.pieces[piece] as Uint8Array }
  }
}
