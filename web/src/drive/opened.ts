/** A file that is read as it comes: at any place, and no more of it than is asked for. */

import { BLOB_PIECE_BYTES } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import type { Bytes } from '../data/desk.ts'
import { BlobError, ConfigError } from '../errors.ts'
import type { FileEntry } from './entry.ts'
import { Opener } from './sealing.ts'

/** Why nothing is written or read here of a file that is no part of its record. */
export const NO_LIBRARY = 'files of more than 24 KiB need join(room, { files: {} }) here'

/** One version of a file, open for reading. Made by `Files.open`; it needs no closing. */
export class OpenedFile {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly entry: FileEntry
  readonly #bytes: Bytes | null
  #at = 0

  constructor(entry: FileEntry, bytes: Bytes | null) {
    this.entry = entry
    this.#bytes = bytes
  }

  /** How long the file is, in bytes. */
  get size(): number {
    return this.entry.size
  }

  /** Give where the next `read` begins. */
  tell(): number {
    return this.#at
  }

  /** Let the next `read` begin there, in bytes from the beginning; refused with a ConfigError when it is no such number. */
  seek(offset: number): number {
    this.#at = readOffset(offset)
    return offset
  }

  /** Give the next *size* bytes, or all that are left; fewer at the end. Refused with a BlobError when nobody gives them. */
  async read(size = Number.MAX_SAFE_INTEGER): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(this.#at + readOffset(size), this.size)
    const found = await this.slice(this.#at, end)
    this.#at += found.length
    return found
  }

  /** Give the bytes from *start* up to *end*; refused as `read` is. */
  async slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const found = new Uint8Array(Math.max(0, Math.min(end, this.size) - start))
    let at = 0
    for await (const part of this.#parts(start, end)) {
      found.set(part, at)
      at += part.length
    }
    return found
  }

  /**
   * Give the bytes from *start* up to *end* as a stream, which fetches what it is asked for.
   *
   * It fails with a BlobError when nobody gives them; who cancels it wants no more.
   */
  stream(start = 0, end = this.size): ReadableStream<Uint8Array<ArrayBuffer>> {
    const parts = this.#parts(readOffset(start), readOffset(end))
    const letGo = () => this.#letGo()
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        async pull(controller) {
          const { done, value } = await parts.next()
          if (done === true) controller.close()
          else controller.enqueue(value)
        },
        cancel() {
          // What it waits for may be long in coming: what was to follow that is not wanted any more.
          letGo()
          void parts.return(undefined)
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** Give what is left, in parts. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const start = this.#at
    this.#at = this.size
    yield* this.#parts(start, this.size)
  }

  async *#parts(start: number, wanted: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { blob, seal, data, record } = this.entry
    const end = Math.min(wanted, this.size)
    if (start >= end) return
    if (data !== null) yield data.slice(start, end)
    if (blob === null) return
    if (this.#bytes === null) throw new BlobError(NO_LIBRARY)
    // The room is to know of what is read before it is told.
    if (record !== null) await this.#bytes.note(record)
    const opener = seal === null ? null : new Opener(seal, this.size)
    const last = Math.floor((end - 1) / BLOB_PIECE_BYTES)
    let piece = Math.floor(start / BLOB_PIECE_BYTES)
    try {
      for (; piece <= last; piece++) {
        const at = piece * BLOB_PIECE_BYTES
        const found = await this.#bytes.piece(blob, piece, last)
        const said = (await opener?.open(at, found)) ?? found
        if (opener?.isAmiss) {
          throw new BlobError(`${shown(this.entry.path)} is not what its writer said: its bytes have another root`)
        }
        // A copy: who is given it may give it away, and in memory this is what is kept.
        yield said.slice(Math.max(0, start - at), end - at)
      }
    } finally {
      if (piece < last) this.#letGo()
    }
  }

  /** Want no more of it: who read it reads no further. */
  #letGo(): void {
    const { blob } = this.entry
    if (blob !== null) this.#bytes?.letGo(blob).catch(() => {})
  }
}

/** Read a number of bytes; throws ConfigError for anything else. */
export function readOffset(given: unknown): number {
  if (Number.isSafeInteger(given) && (given as number) >= 0) return given as number
  throw new ConfigError(`bytes are counted by whole numbers from 0, not ${shown(given)}`)
}
