/** The blobs of one room: what is kept here, what neighbours are given of it, and what is fetched of them. */

import type { BlobStore } from '../adapters/blob-store.ts'
import {
  type BlobName,
  checkPiece,
  grow,
  hashPiece,
  pieceBytes,
  piecesOf,
  rootOf,
  unclesOf,
  widthOf,
} from '../core/blob.ts'
import { writeBits } from '../core/blob-bits.ts'
import type { PublicKey } from '../core/keys.ts'
import { BLOB_PIECE_BYTES, BLOB_PIECES_ASKED_MAX } from '../core/limits.ts'
import type { Record } from '../core/record.ts'
import { BlobError, StoreError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { BlobEffect, FindBlob, KeepPiece, ReadPieces } from '../protocol/effects.ts'
import type { BlobInput } from '../protocol/inputs.ts'
import { Arrivals } from './arrivals.ts'
import { Budget } from './budget.ts'
import type { Allowance } from './limits.ts'
import type { Names } from './names.ts'

/** So many pieces are wanted before who reads comes to them. */
const AHEAD_PIECES = 8 * BLOB_PIECES_ASKED_MAX
/** What makes that something was named, or is no more. */
const STIRRING: readonly RoomEvent['type'][] = [
  'RecordAdded',
  'RecordDeleted',
  'RecordsExpired',
  'StorageEvicted',
  'PeerJoined',
]

/** What a library works with. */
export interface LibraryParts {
  readonly store: BlobStore
  readonly limits: Allowance
  readonly names: Names
  /** Ours: files that we wrote do not make room for others. */
  readonly key: PublicKey
  /** Gives the node what happens. */
  readonly act: (event: BlobInput) => void
}

/** Keeps, gives, fetches and forgets. */
export class Library {
  readonly #parts: LibraryParts
  readonly #arrivals: Arrivals
  /** Blobs that are being read, by how often: these do not go, */
  readonly #inUse = new Map<string, number>()
  /** nor do those of ours that a record is still to name. */
  readonly #unnamed = new Set<string>()
  /** What is kept; null until somebody asks. */
  #bytes: number | null = null
  #work: Promise<unknown> = Promise.resolve()
  #isTidying = false
  #isStirred = false
  #failure: Error | null = null

  constructor(parts: LibraryParts) {
    this.#parts = parts
    this.#arrivals = new Arrivals(parts.act)
  }

  // What the room does with it.

  /** Do what the node asks. */
  readonly perform = (effect: BlobEffect): void => {
    switch (effect.type) {
      case 'FindBlob':
        void this.#answer(effect.root, () => this.#found(effect), {
          ...effect,
          type: 'BlobFound',
          pieces: writeBits(new Set()),
        })
        break
      case 'ReadPieces':
        void this.#answer(effect.root, () => this.#given(effect), {
          ...effect,
          type: 'PiecesRead',
          found: Array(effect.count).fill(null),
        })
        break
      case 'KeepPiece':
        this.#work = this.#work.then(() => this.#keep(effect))
        break
      case 'GiveUpBlob':
        this.#arrivals.fail(
          new BlobError(`the file ${short(effect.root)} does not come: ${effect.reason}`),
          effect.root,
        )
    }
  }

  /** Follow what happens in the room. */
  take(event: RoomEvent): void {
    if (event.type === 'RecordAdded') {
      const name = this.#parts.names.add(event.record)
      if (name !== null) this.#unnamed.delete(name.root)
    }
    if (STIRRING.includes(event.type)) this.stir()
  }

  /** Look again soon at what is named and seen. */
  stir(): void {
    this.#isStirred = true
    if (!this.#isTidying) void this.#tidyOn()
  }

  /** Let nobody wait any more. */
  close(error: Error = new BlobError('the room was left')): void {
    this.#failure = error
    this.#arrivals.fail(error)
    this.#parts.store.close()
  }

  // What files do with it, perhaps from another tab.

  /** Know of *record*, which is here, before it is told. */
  async note(record: Record): Promise<void> {
    this.#parts.names.add(record)
  }

  /** Keep a whole blob of ours, and give its name; a record is to name it. Refused with a BlobError when it is too long. */
  async add(blob: Blob): Promise<BlobName> {
    const { limits, names, store } = this.#parts
    if (blob.size > limits.blobBytes)
      throw new BlobError(`a file of more than ${limits.blobBytes} bytes; that is the limit`)
    const hashes: Uint8Array[] = []
    for (let piece = 0; piece < piecesOf(blob.size); piece++)
      hashes.push(hashPiece(await sliceOf(blob, piece), blob.size))
    const nodes = grow(hashes)
    const name: BlobName = { root: rootOf(nodes), size: blob.size }
    this.#unnamed.add(name.root)
    try {
      await this.#makeRoom(blob.size)
      for (let piece = 0; piece < hashes.length; piece++) {
        const numbers = [widthOf(hashes.length) + piece, ...unclesOf(piece, hashes.length)]
        const known = new Map(numbers.map(number => [number, nodes[number] as Uint8Array]))
        await store.write(name, piece, await sliceOf(blob, piece), known)
      }
    } catch (error) {
      await this.abandon(name.root)
      throw error
    }
    this.#bytes = null
    if (await names.isNamed(name.root)) this.#unnamed.delete(name.root)
    return name
  }

  /** Forget a blob of ours that no record is going to name. */
  async abandon(root: string): Promise<void> {
    if (this.#unnamed.delete(root) && !(await this.#parts.names.isNamed(root))) await this.forget(root)
  }

  /**
   * Give a piece of a blob, fetched where it is not here; up to piece *last* others are to follow.
   *
   * Refused with a BlobError when nobody gives it, or no record that is seen names it.
   */
  async piece(name: BlobName, piece: number, last: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#inUse.set(name.root, (this.#inUse.get(name.root) ?? 0) + 1)
    try {
      for (;;) {
        const found = await this.#read(name, piece)
        if (found !== null) return found.data
        await this.#await(name, piece, last)
      }
    } finally {
      this.#inUse.set(name.root, (this.#inUse.get(name.root) ?? 1) - 1)
    }
  }

  /** Forget what is here of a blob; false when there was nothing. */
  async forget(root: string): Promise<boolean> {
    if ((await this.#parts.store.look(root)) === null) return false
    await this.#parts.store.delete(root)
    this.#bytes = null
    return true
  }

  /** Bring here what is missing of a blob. */
  async fetch(name: BlobName): Promise<void> {
    const last = piecesOf(name.size) - 1
    const held = await this.#parts.store.look(name.root)
    const here = held?.name.size === name.size ? held.pieces : new Set()
    for (let piece = 0; piece <= last; piece++) if (!here.has(piece)) await this.piece(name, piece, last)
  }

  // Inside.

  async #await(name: BlobName, piece: number, last: number): Promise<void> {
    const { limits, names, store } = this.#parts
    if (this.#failure !== null) throw this.#failure
    if (name.size > limits.blobBytes) {
      throw new BlobError(`a file of ${name.size} bytes; at most ${limits.blobBytes} are fetched here`)
    }
    if (!(await names.isSeen(name.root)))
      throw new BlobError(`no record that is seen here names the file ${short(name.root)}`)
    const end = Math.min(last, piece + AHEAD_PIECES)
    const held = await store.look(name.root, piece, end)
    if (held !== null && held.name.size !== name.size) await this.#checkSize(held.name, name)
    const ahead: number[] = []
    for (let next = piece + 1; next <= end; next++) if (!held?.pieces.has(next)) ahead.push(next)
    await this.#arrivals.wait(name, piece, ahead)
  }

  /** Begin nothing anew that is here with its last piece: that shows how long a blob is, whatever else a record says. */
  async #checkSize(known: BlobName, said: BlobName): Promise<void> {
    const last = piecesOf(known.size) - 1
    const held = await this.#parts.store.look(known.root, last, last)
    if (held?.pieces.has(last) !== true) return
    throw new BlobError(`a file of ${known.size} bytes, and not of ${said.size} as a record that names it says`)
  }

  /** Read a piece, and look whether the disk has changed it. */
  async #read(name: BlobName, piece: number): Promise<{ data: Uint8Array<ArrayBuffer>; proof: Uint8Array } | null> {
    const found = await this.#parts.store.read(name, piece)
    if (found === null || checkPiece(name, piece, found.data, found.proof) !== null) return found
    await this.#parts.store.lose(name, piece)
    return null
  }

  async #answer(root: string, work: () => Promise<BlobInput>, otherwise: BlobInput): Promise<void> {
    const { act, names } = this.#parts
    const input = await names
      .isSeen(root)
      .then(isSeen => (isSeen ? work() : otherwise))
      .catch(() => otherwise)
    if (this.#failure === null) act(input)
  }

  async #found({ peer, root }: FindBlob): Promise<BlobInput> {
    const held = await this.#parts.store.look(root)
    return { type: 'BlobFound', peer, root, pieces: writeBits(held?.pieces ?? new Set()) }
  }

  async #given({ peer, root, first, count }: ReadPieces): Promise<BlobInput> {
    const held = await this.#parts.store.look(root, first, first + count - 1)
    const found = await Promise.all(
      Array.from({ length: count }, (_, at) =>
        held?.pieces.has(first + at) ? this.#read(held.name, first + at) : null,
      ),
    )
    return { type: 'PiecesRead', peer, root, first, found }
  }

  async #keep({ peer, name, piece, data, nodes }: KeepPiece): Promise<void> {
    const { act, limits, store } = this.#parts
    try {
      if (this.#bytes === null || this.#bytes + data.length > limits.roomBytes) await this.#makeRoom(data.length)
      await store.write(name, piece, data, nodes)
      this.#bytes = (this.#bytes ?? 0) + data.length
      this.#arrivals.came(name.root, piece)
    } catch (error) {
      const isOurs = error instanceof BlobError || error instanceof StoreError
      this.#arrivals.giveUp(name.root, isOurs ? error : new StoreError(String(error), { cause: error }))
    }
    if (this.#failure === null) act({ type: 'PieceKept', peer, root: name.root, piece })
  }

  /** Let go what was not used for longest, until *size* more bytes fit. */
  async #makeRoom(size: number): Promise<void> {
    const { key, limits, names, store } = this.#parts
    const held = await store.held()
    let total = held.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { name, bytes } of held) {
      if (total + size <= limits.roomBytes) break
      if (this.#isNeeded(name.root) || names.isBy(name.root, key)) continue
      await store.delete(name.root)
      total -= bytes
    }
    this.#bytes = total
    if (total + size <= limits.roomBytes) return
    throw new BlobError(`files may take ${limits.roomBytes} bytes here, and none of them may go`)
  }

  #isNeeded(root: string): boolean {
    return (this.#inUse.get(root) ?? 0) > 0 || this.#unnamed.has(root)
  }

  async #tidyOn(): Promise<void> {
    this.#isTidying = true
    while (this.#isStirred && this.#failure === null) {
      this.#isStirred = false
      await this.#tidy().catch(() => {})
    }
    this.#isTidying = false
  }

  /** Forget blobs that no record here names any more, and fetch those that are to be kept. */
  async #tidy(): Promise<void> {
    const { key, limits, names, store } = this.#parts
    for (const { name } of await store.held()) {
      if (!this.#isNeeded(name.root) && !(await names.isNamed(name.root))) await this.forget(name.root)
    }
    if (limits.keep !== 'all') return
    const budget = new Budget(limits, names, key, await store.held())
    for (const name of names.all) {
      const held = await store.look(name.root)
      if (held?.pieces.size === piecesOf(name.size) || !(await names.isSeen(name.root))) continue
      if (budget.take(name, held?.bytes ?? 0)) await this.fetch(name).catch(() => {})
    }
  }
}

function short(root: string): string {
  return root.slice(0, 8)
}

async function sliceOf(blob: Blob, piece: number): Promise<Uint8Array<ArrayBuffer>> {
  const start = piece * BLOB_PIECE_BYTES
  const end = start + pieceBytes({ root: '', size: blob.size }, piece)
  return new Uint8Array(await blob.slice(start, end).arrayBuffer())
}
