/** Files of a sealed room: what is sealed before it is kept, and opened piece by piece. */

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { systemRng } from '../adapters/system.ts'
import { BlobDigest } from '../core/blob.ts'
import { type BlobSeal, paddedSize } from '../core/blob-seal.ts'
import { BLOB_PIECE_BYTES } from '../core/limits.ts'

const CIPHER = 'AES-CTR'
const KEY_BYTES = 32
/** The counter counts these: bytes of a block of the cipher. */
const BLOCK_BYTES = 16
/** Of these 16 bytes so many bits are counted by. */
const COUNTER_BITS = 64

/** A file that was sealed. */
export interface SealedFile {
  readonly blob: Blob
  readonly seal: BlobSeal
}

/** Seal *blob* under a key that is drawn for it, and behind it what hides how long it is. */
export async function sealBlob(blob: Blob, random = systemRng()): Promise<SealedFile> {
  const secret = new Uint8Array(random.randomBytes(KEY_BYTES))
  const [key, digest, sealed] = [await imported(secret), new BlobDigest(), [] as Blob[]]
  const end = paddedSize(blob.size)
  for (let start = 0; start < end; start += BLOB_PIECE_BYTES) {
    const said = new Uint8Array(await blob.slice(start, start + BLOB_PIECE_BYTES).arrayBuffer())
    if (said.length > 0) digest.add(said)
    const piece = new Uint8Array(Math.min(BLOB_PIECE_BYTES, end - start))
    piece.set(said)
    // Each is a blob of its own: a browser keeps these where it likes.
    sealed.push(new Blob([await crypto.subtle.encrypt(counting(start), key, piece)]))
  }
  return { blob: new Blob(sealed), seal: { key: bytesToHex(secret), plain: digest.root } }
}

/** Opens the pieces of a sealed file of *size* bytes, in order, and looks whether they are what its writer said. */
export class Opener {
  readonly #seal: BlobSeal
  readonly #size: number
  readonly #key: Promise<CryptoKey>
  readonly #digest = new BlobDigest()
  #digested = 0

  constructor(seal: BlobSeal, size: number) {
    this.#seal = seal
    this.#size = size
    this.#key = imported(hexToBytes(seal.key))
  }

  /** Give what the piece that begins at byte *start* says, without what is behind the end. */
  async open(start: number, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const opened = await crypto.subtle.decrypt(counting(start), await this.#key, sealed)
    const plain = new Uint8Array(opened).subarray(0, this.#size - start)
    if (start === this.#digested) {
      this.#digest.add(plain)
      this.#digested += plain.length
    }
    return plain
  }

  /** All of it was opened, and its writer said that it is something else. */
  get isAmiss(): boolean {
    return this.#digested === this.#size && this.#digest.root !== this.#seal.plain
  }
}

function imported(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', secret, CIPHER, false, ['encrypt', 'decrypt'])
}

/** Give where the cipher stands at byte *start*. */
function counting(start: number): AesCtrParams {
  const counter = new Uint8Array(BLOCK_BYTES)
  new DataView(counter.buffer).setBigUint64(BLOCK_BYTES - 8, BigInt(start / BLOCK_BYTES))
  return { name: CIPHER, counter, length: COUNTER_BITS }
}
