/** The port of blobs: who keeps the pieces of files beside a store of records. */

import type { BlobName } from '../core/blob.ts'

/** A piece that proves itself. */
export interface FoundPiece {
  readonly data: Uint8Array<ArrayBuffer>
  /** The hashes beside its way to the root, from the bottom. */
  readonly proof: Uint8Array
}

/** A piece that came and was checked. */
export interface FreshPiece {
  readonly piece: number
  readonly data: Uint8Array
  /** The nodes of the tree that it showed, by number. */
  readonly nodes: ReadonlyMap<number, Uint8Array>
}

/** What is here of a blob. */
export interface HeldBlob {
  readonly name: BlobName
  readonly pieces: ReadonlySet<number>
  /** What all that are here take. */
  readonly bytes: number
}

/** Keeps pieces by the roots of their blobs. All is refused with a StoreError when the disk fails. */
export interface BlobStore {
  /** Give what is here, what was not used for longest first. */
  held(): Promise<HeldBlob[]>

  /** Give what is here of one blob, of its pieces from *first* to *last*; null when nothing of it is. It costs as many. */
  look(root: string, first?: number, last?: number): Promise<HeldBlob | null>

  /** Keep pieces, all of them or none. */
  write(name: BlobName, fresh: readonly FreshPiece[]): Promise<void>

  /** Give a piece; null when it is not here. */
  read(name: BlobName, piece: number): Promise<FoundPiece | null>

  /** Forget a piece that is not what it was. */
  lose(name: BlobName, piece: number): Promise<void>

  /** Forget all of a blob. */
  delete(root: string): Promise<void>

  close(): void
}
