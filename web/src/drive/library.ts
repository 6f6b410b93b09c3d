/** The blobs of one room: what is kept here, what neighbours are given of it, and what is fetched of them. */

import type { BlobStore, FreshPiece } from '../adapters/blob-store.ts'
import { type BlobName, piecesOf } from '../core/blob.ts'
import type { PublicKey } from '../core/keys.ts'
import { BLOB_PIECES_ASKED_MAX } from '../core/limits.ts'
import type { Record } from '../core/record.ts'
import { BlobError, StoreError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { BlobEffect, FindBlob, KeepPiece, ReadPieces } from '../protocol/effects.ts'
import type { BlobInput } from '../protocol/inputs.ts'
import { Arrivals } from './arrivals.ts'
import { Budget } from './budget.ts'
import { answerTo, readPiece } from './giving.ts'
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
  /** By which of the sizes that records say each blob is looked for. */
  readonly #sizes = new Map<string, number>()
  /** What is kept; null until somebody asks. */
  #bytes: number | null = null
  /** What came and is not kept yet. */
  #brought: KeepPiece[] = []
  #isKeeping = false
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
      case 'ReadPieces':
        void this.#answer(effect)
        break
      case 'KeepPiece':
        this.#brought.push(effect)
        if (!this.#isKeeping) void this.#keepOn()
        break
      case 'GiveUpBlob':
        this.#arrivals.fail(
          new BlobError(`the file ${short(effect.root)} does not come: ${effect.reason}`),
          effect.root,
        )
        if (effect.refuted !== undefined) this.#parts.names.refute({ root: effect.root, size: effect.refuted })
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

  /** Look whether a blob of *size* bytes may be kept. Refused with a BlobError when it is too long, or there is no room. */
  async admit(size: number): Promise<void> {
    const { limits } = this.#parts
    if (size > limits.blobBytes) throw new BlobError(`a file of more than ${limits.blobBytes} bytes; that is the limit`)
    await this.#makeRoom(size)
  }

  /** Keep a piece of a blob of ours, which a record is to name. */
  async put(name: BlobName, fresh: FreshPiece): Promise<void> {
    if (!(await this.#parts.names.isNamed(name.root))) this.#unnamed.add(name.root)
    await this.#parts.store.write(name, [fresh])
    this.#bytes = null
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
    return await this.#using(name.root, async () => {
      for (;;) {
        const found = await readPiece(this.#parts.store, name, piece)
        if (found !== null) return found.data
        await this.#await(name, piece, last)
      }
    })
  }

  /** Want no more of a blob for one who reads it no further. */
  async letGo(name: BlobName): Promise<void> {
    if (this.#failure === null) this.#arrivals.letGo(name)
  }

  /** Forget what is here of a blob; false when there was nothing. */
  async forget(root: string): Promise<boolean> {
    this.#sizes.delete(root)
    if ((await this.#parts.store.look(root)) === null) return false
    await this.#parts.store.delete(root)
    this.#bytes = null
    return true
  }

  /** Bring here what is missing of a blob. */
  async fetch(name: BlobName): Promise<void> {
    const last = piecesOf(name.size) - 1
    if ((await this.#look(name, 0, last)).size > last) return
    await this.#using(name.root, async () => {
      await this.#check(name)
      const here = await this.#look(name, 0, last)
      const missing = Array.from({ length: last + 1 }, (_, piece) => piece).filter(each => !here.has(each))
      if (missing.length > 0) await this.#arrivals.collect(name, missing)
    })
  }

  // Inside.

  async #await(name: BlobName, piece: number, last: number): Promise<void> {
    await this.#check(name)
    const near = Math.min(last, piece + AHEAD_PIECES / 2)
    if (this.#arrivals.isComing(name.root, piece, near)) return await this.#arrivals.wait(name, piece)
    const end = Math.min(last, piece + AHEAD_PIECES)
    const here = await this.#look(name, piece, end)
    const ahead: number[] = []
    for (let next = piece + 1; next <= end; next++) if (!here.has(next)) ahead.push(next)
    await this.#arrivals.wait(name, piece, ahead, end)
  }

  /** Keep a blob while it is read. */
  async #using<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
    this.#inUse.set(root, (this.#inUse.get(root) ?? 0) + 1)
    try {
      return await work()
    } finally {
      this.#inUse.set(root, (this.#inUse.get(root) ?? 1) - 1)
    }
  }

  /** Give which of some pieces are here; refused with a BlobError where the last piece shows another size. */
  async #look(name: BlobName, first: number, last: number): Promise<ReadonlySet<number>> {
    const held = await this.#parts.store.look(name.root, first, last)
    if (held === null || held.name.size === name.size) return held?.pieces ?? new Set()
    await this.#checkSize(held.name, name)
    return new Set()
  }

  /** Refuse to fetch what may not be. */
  async #check(name: BlobName): Promise<void> {
    const { limits, names } = this.#parts
    if (this.#failure !== null) throw this.#failure
    if (name.size > limits.blobBytes) {
      throw new BlobError(`a file of ${name.size} bytes; at most ${limits.blobBytes} are fetched here`)
    }
    if (!(await names.isSeen(name.root)))
      throw new BlobError(`no record that is seen here names the file ${short(name.root)}`)
    await this.#settle(name)
  }

  /** Look for a blob by one size at a time, and where records say several begin with the piece that shows it. */
  async #settle(name: BlobName): Promise<void> {
    const { root, size } = name
    for (;;) {
      const other = this.#sizes.get(root) ?? size
      if (other === size) break
      await this.#bringLast({ root, size: other }).catch(() => {})
      await this.#look(name, 0, 0)
      if (this.#sizes.get(root) !== other) continue
      // It has not that size, or nobody gives it.
      this.#arrivals.drop(root)
      this.#sizes.delete(root)
    }
    this.#sizes.set(root, size)
    if (this.#parts.names.claims(root).length > 1) await this.#bringLast(name)
  }

  /** Bring here the last piece of a blob, by which it has this size and no other. */
  async #bringLast(name: BlobName): Promise<void> {
    const last = piecesOf(name.size) - 1
    const here = await this.#look(name, last, last)
    if (!here.has(last)) await this.#arrivals.wait(name, last)
  }

  /** Begin nothing anew that is here with its last piece: that shows how long a blob is, whatever else a record says. */
  async #checkSize(known: BlobName, said: BlobName): Promise<void> {
    const last = piecesOf(known.size) - 1
    const held = await this.#parts.store.look(known.root, last, last)
    if (held?.pieces.has(last) !== true) return
    throw new BlobError(`a file of ${known.size} bytes, and not of ${said.size} as a record that names it says`)
  }

  async #answer(asked: FindBlob | ReadPieces): Promise<void> {
    const answer = await answerTo(asked, this.#parts)
    if (this.#failure === null) this.#parts.act(answer)
  }

  /** Keep what came, and what comes meanwhile together. */
  async #keepOn(): Promise<void> {
    this.#isKeeping = true
    while (this.#brought.length > 0) {
      const brought = this.#brought.splice(0)
      for (const together of byName(brought)) await this.#keep(together)
    }
    this.#isKeeping = false
  }

  async #keep([name, brought]: Together): Promise<void> {
    const { limits, names, store } = this.#parts
    try {
      // It may have been hidden since it was wanted.
      if (!(await names.isSeen(name.root)))
        throw new BlobError(`no record that is seen here names the file ${short(name.root)}`)
      const size = brought.reduce((sum, { data }) => sum + data.length, 0)
      if (this.#bytes === null || this.#bytes + size > limits.roomBytes) await this.#makeRoom(size)
      await store.write(name, brought)
      this.#bytes = (this.#bytes ?? 0) + size
      for (const { piece } of brought) this.#arrivals.came(name.root, piece)
    } catch (error) {
      const isOurs = error instanceof BlobError || error instanceof StoreError
      this.#arrivals.giveUp(name.root, isOurs ? error : new StoreError(String(error), { cause: error }))
    }
    if (this.#failure !== null) return
    const pieces = brought.map(({ peer, piece }) => [peer, piece] as const)
    this.#parts.act({ type: 'PiecesKept', root: name.root, pieces })
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
    // Whoever says wrong sizes of a blob holds up no other.
    for (const root of names.roots.toSorted((one, other) => names.claims(one).length - names.claims(other).length)) {
      const held = await store.look(root)
      if (held?.pieces.size === piecesOf(held?.name.size ?? 0) || !(await names.isSeen(root))) continue
      for (const name of names.claims(root)) if (await this.#fetchAhead(name, budget)) break
    }
  }

  /** Fetch a blob if it fits; false when it does not come by this size. */
  async #fetchAhead(name: BlobName, budget: Budget): Promise<boolean> {
    try {
      await this.#using(name.root, async () => {
        await this.#check(name)
        const held = await this.#parts.store.look(name.root)
        if (budget.take(name, held?.name.size === name.size ? held.bytes : 0)) await this.fetch(name)
      })
      return true
    } catch {
      return false
    }
  }
}

function short(root: string): string {
  return root.slice(0, 8)
}

type Together = readonly [BlobName, readonly KeepPiece[]]

/** Put together what is of one blob. */
function byName(brought: readonly KeepPiece[]): Together[] {
  const found = new Map<string, [BlobName, KeepPiece[]]>()
  for (const each of brought) {
    const key = `${each.name.root} ${each.name.size}`
    const together = found.get(key) ?? [each.name, []]
    found.set(key, together)
    together[1].push(each)
  }
  return [...found.values()]
}
