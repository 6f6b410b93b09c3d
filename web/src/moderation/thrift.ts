/**
 * What a room does not keep when it takes too much of the disk: the content of its oldest days.
 *
 * What set rules shadow goes first, then what authors wrote whom nobody here knows, then what the others wrote; our own
 * stays. Ids stay in every case, so that roots are equal and nothing is fetched again by itself.
 */

import { dayBound, dayOf } from '../core/bucket.ts'
import type { UnixTime } from '../core/clock.ts'
import type { Outline } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import { DISK_BYTES, DISK_BYTES_MIN } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import { isEphemeral, KIND_DELETION, type RecordId } from '../core/record.ts'
import type { RoomEvent } from '../notices.ts'
import type { Signer, Store } from '../ports.ts'
import { Bite, type Budget } from '../protocol/health.ts'
import type { Node } from '../protocol/node.ts'
import type { Moderator, Ties } from './moderator.ts'
import { OWN } from './rows.ts'
import type { Shadows } from './shadows.ts'

export const LOOKED_AT_ONCE = 256
/** After so much that is new the store is weighed again. */
export const WEIGHED_BYTES_MAX = 1_048_576
/** One part in so many of the budget is made free at once. */
export const SHARE = 16

const SHADOWED = 0
const STRANGE = 1
const KNOWN = 2

/** What a thrift works with. */
export interface ThriftParts {
  readonly store: Store
  readonly index: Pick<Index, 'dayCounts' | 'entries'>
  readonly shadows: Pick<Shadows, 'isEmpty' | 'isRuledOut' | 'settle'>
  readonly bytesMax: number
  /** Whose records stay, beside those of whoever wrote from here. */
  readonly own: PublicKey
  /** Says whose records go last. */
  readonly knows: () => readonly PublicKey[]
  /** Leaves shells. */
  readonly destroy: (ids: readonly RecordId[]) => Promise<void>
  readonly tell: (event: RoomEvent) => void
  readonly now: () => UnixTime
}

/** Keeps what a store takes below `bytesMax`. */
export class Thrift {
  /** Less than was said once the browser had no room for so much. */
  bytesMax: number
  readonly #bite = new Bite()
  /** What the store took when it was weighed last. */
  used = 0
  readonly #parts: ThriftParts
  #newBytes = 0
  #work: Promise<unknown> = Promise.resolve()
  /** The first day that may still have something, by how dear it is. */
  #spent = [0, 0, 0]
  #isTold = false
  #isClosed = false

  constructor(parts: ThriftParts) {
    this.#parts = parts
    this.bytesMax = parts.bytesMax
  }

  /** What the store takes; bites once content was given up, while it is still close to its limit. */
  get budget(): Budget {
    return this.#bite.budget('disk', this.used, this.bytesMax)
  }

  /** The store is not near to what it may take. */
  get hasRoom(): boolean {
    return this.used < this.bytesMax - (2 * this.bytesMax) / SHARE
  }

  /** Follow what comes in, and weigh it now and then. */
  take(event: RoomEvent): void {
    if (event.type !== 'RecordAdded' || isEphemeral(event.record)) return
    const { createdAt, wire } = event.record
    this.#spent = this.#spent.map(first => Math.min(first, dayOf(createdAt)))
    this.#newBytes += wire.length
    if (this.#newBytes < Math.min(WEIGHED_BYTES_MAX, this.bytesMax / SHARE)) return
    this.#newBytes = 0
    void this.tend()
  }

  /** Weigh what is here, and give up what has to go; what fails is told. */
  async tend(): Promise<void> {
    await this.relieve().catch(error => this.#complain(`could not be made smaller: ${String(error)}`))
  }

  /** Give up what has to go for the rest to fit. */
  async relieve(): Promise<void> {
    await this.#next(async () => {
      if ((await this.#weigh()) > this.bytesMax) await this.#giveUp(this.bytesMax - this.bytesMax / SHARE)
      else if (this.hasRoom) this.#bite.ease()
    })
  }

  /** Give up as much as *bytes* take, and a share beyond, of a disk that has no more room; say whether anything was. */
  async makeRoom(bytes: number): Promise<boolean> {
    return await this.#next(async () => {
      const before = this.#bite.count
      const used = Math.min(await this.#weigh(), this.bytesMax)
      const target = used - used / SHARE - bytes
      this.bytesMax = Math.max(DISK_BYTES_MIN, target)
      await this.#giveUp(target)
      return this.#bite.count > before
    })
  }

  /** Say nothing more: the store is closed. */
  close(): void {
    this.#isClosed = true
  }

  /** Do *work* after what is under way. */
  async #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => {})
    return await done
  }

  async #weigh(): Promise<number> {
    this.used = await this.#parts.store.weight()
    return this.used
  }

  /** Give up what is cheapest, until no more than *target* is left. */
  async #giveUp(target: number): Promise<void> {
    const { index, shadows, store, tell, now } = this.#parts
    this.#bite.bite(now(), 0)
    await shadows.settle()
    const own = new Set<string>([this.#parts.own, ...(await store.notes(OWN)).keys()])
    for (const rank of shadows.isEmpty ? [STRANGE, KNOWN] : [SHADOWED, STRANGE, KNOWN]) {
      for (const [day] of index.dayCounts()) {
        if (day < (this.#spent[rank] ?? 0)) continue
        const count = await this.#empty(day, each => this.#isCheap(each, rank, own), target)
        this.#bite.count += count
        if (count > 0) tell({ type: 'StorageEvicted', day, count })
        if ((await this.#weigh()) <= target) return
        this.#spent[rank] = day + 1
      }
    }
    if (!this.#isTold) this.#complain(`takes ${this.used} bytes, more than there is room for; nothing else can go`)
    this.#isTold = true
  }

  /** Give up what is of *day* and cheap, until it is enough; give how many. */
  async #empty(day: number, isCheap: (outline: Outline) => boolean, target: number): Promise<number> {
    const { destroy, index, store } = this.#parts
    const ids = Array.from(index.entries(dayBound(day), dayBound(day + 1)), ([, id]) => id)
    let count = 0
    for (let start = 0; start < ids.length; start += LOOKED_AT_ONCE) {
      const some = new Set(ids.slice(start, start + LOOKED_AT_ONCE))
      const cheap = (await store.named([...some])).filter(each => some.has(each.id) && isCheap(each))
      const wires = await store.wires(cheap.map(({ id }) => id))
      const sizes = cheap.map(({ id }, at) => [id, wires[at]?.length ?? 0] as const).filter(([, size]) => size > 0)
      while (sizes.length > 0 && (await this.#weigh()) > target) {
        const taken = take(sizes, this.used - target)
        await destroy(taken)
        count += taken.length
      }
      if (this.used <= target) break
    }
    return count
  }

  #isCheap({ id, author, kind }: Outline, rank: number, own: ReadonlySet<string>): boolean {
    if (kind === KIND_DELETION || own.has(author)) return false
    if (rank === SHADOWED) return this.#parts.shadows.isRuledOut(id)
    return rank === KNOWN || !this.#parts.knows().includes(author)
  }

  #complain(what: string): void {
    if (!this.#isClosed) this.#parts.tell({ type: 'StorageFailed', reason: `the store ${what}` })
  }
}

/** Watch over what *found* keeps, of which *diskBytes* may be taken; as much as is due to it when nobody says how much. */
export async function openThrift(
  { node, store, signer }: { readonly node: Node; readonly store: Store; readonly signer: Pick<Signer, 'publicKey'> },
  { moderation, tell, now }: Pick<Ties, 'tell' | 'now'> & { readonly moderation: Moderator },
  diskBytes: number | undefined,
): Promise<Thrift> {
  return new Thrift({
    store,
    index: node.index,
    shadows: moderation.shadows,
    bytesMax: diskBytes ?? (await affordableBytes()),
    own: signer.publicKey,
    knows: () => node.peers.flatMap(({ key, state }) => (key !== null && state === 'established' ? [key] : [])),
    destroy: ids => moderation.destroy(ids),
    tell,
    now: () => now().unix,
  })
}

/** Give what a store may take unless somebody says otherwise: half of what this origin may, and no more than in Python. */
async function affordableBytes(): Promise<number> {
  const estimate = await globalThis.navigator?.storage?.estimate?.().catch(() => null)
  return Math.max(DISK_BYTES_MIN, Math.min(DISK_BYTES, (estimate?.quota ?? Number.POSITIVE_INFINITY) / 2))
}

/** Take from the front of *sizes* what is as large as *surplus* together. */
function take(sizes: (readonly [RecordId, number])[], surplus: number): RecordId[] {
  let [count, total] = [0, 0]
  while (count < sizes.length && total < surplus) total += sizes[count++]?.[1] ?? 0
  return sizes.splice(0, count).map(([id]) => id)
}
