/** Blobs that are forgotten with the page, beside a store that is. */

import { concatBytes } from '@noble/hashes/utils.js'
import { type BlobName, piecesOf, unclesOf } from '../core/blob.ts'
import type { BlobStore, FoundPiece, FreshPiece, HeldBlob } from './blob-store.ts'

interface Kept {
  readonly name: BlobName
  readonly pieces: Map<number, Uint8Array<ArrayBuffer>>
  readonly nodes: Map<number, Uint8Array>
}

/** Keeps blobs as long as the page lives. */
export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<string, Kept>()

  async held(): Promise<HeldBlob[]> {
    return [...this.#blobs.values()].map(heldOf)
  }

  async look(root: string, first = 0, last = Number.MAX_SAFE_INTEGER): Promise<HeldBlob | null> {
    const blob = this.#blobs.get(root)
    if (blob === undefined) return null
    const pieces = new Set<number>()
    for (let piece = first; piece <= Math.min(last, piecesOf(blob.name.size) - 1); piece++)
      if (blob.pieces.has(piece)) pieces.add(piece)
    return { ...heldOf(blob), pieces }
  }

  async write(name: BlobName, fresh: readonly FreshPiece[]): Promise<void> {
    const known = this.#blobs.get(name.root)
    // Of two records that give a blob other sizes one is wrong: what is asked for now is begun anew.
    const blob = known?.name.size === name.size ? known : { name, pieces: new Map(), nodes: new Map() }
    this.#blobs.set(name.root, blob)
    for (const { piece, data, nodes } of fresh) {
      blob.pieces.set(piece, data.slice())
      for (const [number, node] of nodes) blob.nodes.set(number, node)
    }
  }

  async read(name: BlobName, piece: number): Promise<FoundPiece | null> {
    const blob = this.#blobs.get(name.root)
    const data = blob?.pieces.get(piece)
    if (blob?.name.size !== name.size || data === undefined) return null
    this.#blobs.delete(name.root)
    this.#blobs.set(name.root, blob)
    const uncles = unclesOf(piece, piecesOf(name.size)).map(number => blob.nodes.get(number) ?? new Uint8Array())
    return { data, proof: concatBytes(...uncles) }
  }

  async lose(name: BlobName, piece: number): Promise<void> {
    this.#blobs.get(name.root)?.pieces.delete(piece)
  }

  async delete(root: string): Promise<void> {
    this.#blobs.delete(root)
  }

  close(): void {
    this.#blobs.clear()
  }
}

function heldOf({ name, pieces }: Kept): HeldBlob {
  const bytes = [...pieces.values()].reduce((sum, { length }) => sum + length, 0)
  return { name, pieces: new Set(pieces.keys()), bytes }
}
