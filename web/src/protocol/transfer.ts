/** Records on their way to one peer in one round: looked up and loaded in batches, sent as the peer gives credit. */

import type { Entry } from '../core/block.ts'
import { isSameBound } from '../core/bucket.ts'
import type { Moment } from '../core/clock.ts'
import { CREDIT_WINDOW_BYTES, FRAME_BYTES_MAX, LOAD_RECORDS_MAX, RECORDS_PER_MESSAGE_MAX } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import type { Message } from '../core/message.ts'
import { draw, type Share } from '../core/ranges.ts'
import type { RecordId } from '../core/record.ts'
import type { Declined } from './declined.ts'
import type { Purse } from './giving.ts'
import type { Lightness } from './lightness.ts'

/** The size of a record before any was seen. */
export const BLOB_BYTES_GUESSED = 1_024
/** The most that msgpack puts before a blob. */
export const BLOB_HEADER_BYTES = 5
/** How many records of the set are looked at for one load, once there is something to load. */
export const DRAWN_RECORDS_MAX = 4_096

/** A queue of shares of *index*, the blobs loaded for them, and how much of them the peer has dealt with. */
export class Transfer {
  readonly #index: Index
  readonly #salt: Uint8Array
  readonly #declined: Declined | undefined
  /** How much the peer may have; as much as it likes when there is none. */
  readonly purse: Purse | undefined
  readonly #lightness: Lightness | undefined
  readonly #declinedBefore: number
  readonly #shares: Share[] = []
  readonly #blobs: Uint8Array[] = []
  /** Of these blobs, in order. */
  readonly #ids: RecordId[] = []
  /** What lost its content while it was being loaded. */
  readonly #purged = new Set<RecordId>()
  #count = 0
  /** What the peer is told of by name alone. */
  #names: Entry[] = []
  #loading: readonly Entry[] = []
  #sentBytes = 0
  #creditedBytes = 0
  #blobBytes = BLOB_BYTES_GUESSED

  constructor(index: Index, salt: Uint8Array, declined?: Declined, purse?: Purse, lightness?: Lightness) {
    this.#index = index
    this.#salt = salt
    this.#declined = declined
    this.purse = purse
    this.#lightness = lightness
    this.#declinedBefore = declined?.size ?? 0
  }

  /** How many records were loaded in all, but for those whose content is gone, or which the peer declined. */
  get count(): number {
    return Math.max(this.#count - ((this.#declined?.size ?? 0) - this.#declinedBefore), 0)
  }

  /** Everything queued so far has been sent. */
  get isEmpty(): boolean {
    return this.#shares.length === 0 && this.#blobs.length + this.#names.length === 0 && !this.isLoading
  }

  /** The store was asked for records, and has not answered. */
  get isLoading(): boolean {
    return this.#loading.length > 0
  }

  /** Queue *share*; what is named of one range in a row makes one. */
  push(share: Share): void {
    const last = this.#shares.at(-1)
    if (last?.isNamed && share.isNamed && isSameBound(last.lower, share.lower)) {
      this.#shares[this.#shares.length - 1] = { ...last, shortIds: last.shortIds + share.shortIds }
    } else {
      this.#shares.push(share)
    }
  }

  /**
   * Give the ids to load now; empty while a load is under way or credit is spent.
   *
   * What a peer may not be given any more is left to a later round.
   */
  nextIds(now: Moment): readonly RecordId[] {
    const room = CREDIT_WINDOW_BYTES - (this.#sentBytes - this.#creditedBytes)
    if (this.isLoading || this.#blobs.length > 0 || this.#shares.length === 0 || room <= 0) return []
    if (this.purse?.admits(now) === false) {
      this.#shares.length = 0
      return []
    }
    this.#loading = this.#draw(Math.max(1, Math.min(Math.trunc(room / this.#blobBytes), LOAD_RECORDS_MAX)))
    this.#count += this.#loading.length
    return this.#loading.map(([, id]) => id)
  }

  /** Take what `nextIds` asked for, or nothing at all when that failed; give those whose content is gone. */
  loaded(blobs: readonly Uint8Array[]): readonly RecordId[] {
    const lacking: Entry[] = []
    const before = this.#blobs.length
    for (const [at, blob] of blobs.entries()) {
      const entry = this.#loading[at]
      if (entry === undefined) break
      if (blob.length === 0 || this.#purged.has(entry[1])) {
        lacking.push(entry)
      } else if (this.#lightness?.names(entry[0])) {
        // What is only named costs us as much reading as what is given.
        this.purse?.spend(blob.length)
        this.#names.push(entry)
      } else {
        this.#ids.push(entry[1])
        this.#blobs.push(blob)
      }
    }
    this.#purged.clear()
    this.#loading = []
    this.#count -= lacking.length
    this.#lightness?.lacked(lacking)
    const found = this.#blobs.slice(before)
    if (found.length > 0) this.#blobBytes += (sizeOf(found) / found.length - this.#blobBytes) / 2
    return lacking.map(([, id]) => id)
  }

  /** Give none of *ids*, whose content is gone for good, though it was read or asked for before. */
  purge(ids: readonly RecordId[]): void {
    for (const id of ids) {
      const at = this.#ids.indexOf(id)
      if (this.#loading.some(([, each]) => each === id)) this.#purged.add(id)
      if (at === -1) continue
      this.#ids.splice(at, 1)
      this.#blobs.splice(at, 1)
      this.#count -= 1
    }
  }

  /** Give what may be said now in *round*. */
  nextMessages(round: number): Message[] {
    const names = this.#names.length > 0 && this.#lightness?.pack(this.#names.splice(0))
    if (names) this.#sentBytes += names.length
    return [
      ...(names ? [{ type: 'Named', round, names } as const] : []),
      ...this.nextFrames().map(blobs => ({ type: 'Records', round, blobs }) as const),
    ]
  }

  /** Give what may be sent now, cut into messages. */
  nextFrames(): (readonly Uint8Array[])[] {
    const frames = []
    while (this.#blobs.length > 0 && this.#sentBytes - this.#creditedBytes < CREDIT_WINDOW_BYTES) {
      const frame = takeFrame(this.#blobs)
      this.#ids.splice(0, frame.length)
      const size = sizeOf(frame)
      this.#sentBytes += size
      this.purse?.spend(size)
      frames.push(frame)
    }
    return frames
  }

  /** Note that the peer has dealt with *totalBytes* in all; false when that cannot be true. */
  credit(totalBytes: number): boolean {
    if (totalBytes < this.#creditedBytes || totalBytes > this.#sentBytes) return false
    this.#creditedBytes = totalBytes
    return true
  }

  /** Take at most *count* ids from the shares, in order; none only when the shares hold none. */
  #draw(count: number): Entry[] {
    const found: Entry[] = []
    for (let seen = 0; found.length < count && (seen < DRAWN_RECORDS_MAX || found.length === 0); ) {
      const share = this.#shares.shift()
      if (share === undefined) break
      const most = count - found.length
      const { entries, rest } = draw(share, this.#index, this.#salt, most)
      found.push(...(share.isNamed ? entries : (this.#declined?.sift(entries) ?? entries)))
      seen += most
      if (rest !== null) this.#shares.unshift(rest)
    }
    return found
  }
}

/** Take from *blobs*, which are not empty, what fits one message of about `FRAME_BYTES_MAX`: at least one. */
export function takeFrame(blobs: Uint8Array[]): readonly Uint8Array[] {
  let size = 0
  const past = blobs.findIndex((blob, at) => {
    size += blob.length + BLOB_HEADER_BYTES
    return at > 0 && (at === RECORDS_PER_MESSAGE_MAX || size > FRAME_BYTES_MAX)
  })
  return blobs.splice(0, past === -1 ? blobs.length : past)
}

/** Add the bytes of *blobs* up. */
export function sizeOf(blobs: readonly Uint8Array[]): number {
  return blobs.reduce((size, blob) => size + blob.length, 0)
}
