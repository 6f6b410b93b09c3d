/** Two machines that sync sets as large as one likes: records have bodies of 40 bytes, their time and their id. */

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import { RETENTION_SECONDS, ROUND_BYTES_MAX } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Records, SyncMessage } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { encode } from '../../src/core/wire.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { State, Sync, type SyncOptions } from '../../src/protocol/sync.ts'
import { sizeOf } from '../../src/protocol/transfer.ts'
import { keepUp, type Upkeep } from '../../src/protocol/upkeep.ts'
import { seededRng } from '../seeded.ts'
import { at, peerId, ROOM_TAG, START } from './pair.ts'

export type Entry = readonly [createdAt: number, id: RecordId]
type Side = 0 | 1

const SIDES = [0, 1] as const
const NOW = at(0)

/** Draw entries of the last *days*. */
export function draw(count: number, rng: Rng, { days = 88 } = {}): Entry[] {
  const age = (): number => Math.trunc(rng.uniform(0, 1) * days * DAY_SECONDS)
  return Array.from({ length: count }, () => [START - 10 - age(), bytesToHex(rng.randomBytes(32)) as RecordId] as const)
}

/** Give the machine of one side, which says at most *bytesMax* in a round. */
export function makeSync(index: Index, isInitiator: boolean, ways: Partial<SyncOptions> = {}): Sync {
  const [salt, rng] = [new Uint8Array(16).fill(115), seededRng('sync')]
  return new Sync(peerId(1), index, ROOM_TAG, { salt, isInitiator, sift: (_salt, wanted) => wanted, rng, ...ways })
}

/** Keep a sketch of *index*, which covers all of it. */
export function keptUp(index: Index): Upkeep {
  const upkeep = keepUp(index, RETENTION_SECONDS)
  upkeep.tick(NOW)
  while (index.summary?.isBehind) index.summary.work()
  return upkeep
}

/** Two sides that sync until their sets are equal, with no time passing. */
export class Meeting {
  /** Rounds opened until the sets were equal; the Root that only finds them so is none. */
  rounds = 0
  strikes = 0
  /** What each side said, but for the records. */
  readonly saidBytes: [number, number] = [0, 0]
  /** The same: the number of the side, and the message. */
  readonly said: [side: Side, message: SyncMessage][] = []
  /** The processor's time for the longest step of either side. */
  longestMilliseconds = 0
  readonly #times = new Map<RecordId, number>()
  readonly #indexes: readonly [Index, Index]
  readonly #syncs: readonly [Sync, Sync]
  #todo: [side: Side, effect: Request][] = []

  /** Let two sides meet that have these, and with *hasSketches* keep a sketch of them. */
  constructor(ours: readonly Entry[], theirs: readonly Entry[], bytesMax = ROUND_BYTES_MAX, hasSketches = false) {
    for (const entries of [ours, theirs]) for (const [createdAt, id] of entries) this.#times.set(id, createdAt)
    this.#indexes = [Index.bulk(ours), Index.bulk(theirs)]
    const [one, other] = this.#indexes
    const ways = (index: Index) => ({ bytesMax, upkeep: hasSketches ? keptUp(index) : null })
    this.#syncs = [makeSync(one, true, ways(one)), makeSync(other, false, ways(other))]
  }

  /** Both have everything. */
  get isEqual(): boolean {
    return this.#indexes.every(index => index.size === this.#times.size)
  }

  /** Pass messages on until both sides have everything and know it. */
  run(): void {
    this.#step(0, sync => sync.start(NOW))
    while (this.#todo.length > 0 || this.#syncs[0].state !== State.SETTLED) {
      const todo = this.#todo
      this.#todo = []
      for (const [side, effect] of todo) this.#perform(side, effect)
      if (todo.length === 0) for (const side of SIDES) this.#step(side, sync => sync.tick(NOW))
    }
    if (!this.isEqual) throw new Error('the sets differ')
  }

  #step(side: Side, work: (sync: Sync) => Request[]): void {
    const started = process.cpuUsage()
    const effects = work(this.#syncs[side])
    this.longestMilliseconds = Math.max(this.longestMilliseconds, millisecondsSince(started))
    for (const effect of effects) this.#todo.push([side, effect])
  }

  #perform(side: Side, effect: Request): void {
    const other = side === 0 ? 1 : 0
    if (effect.type === 'Load') {
      const blobs = effect.ids.map(id => this.#blob(id))
      this.#step(side, sync => sync.loaded(effect.round, blobs, NOW))
    } else if (effect.type === 'Strike') {
      this.strikes += 1
    } else if (effect.type === 'Send' && effect.message.type === 'Records') {
      this.#take(other, effect.message)
    } else if (effect.type === 'Send') {
      const message = effect.message as SyncMessage
      if (message.type === 'Root' && !this.isEqual) this.rounds += 1
      this.said.push([side, message])
      this.saidBytes[side] += encode(message).length
      this.#step(other, sync => sync.receive(message, NOW))
    }
  }

  #take(side: Side, message: Records): void {
    let added = 0
    for (const blob of message.blobs) {
      const createdAt = new DataView(blob.buffer, blob.byteOffset).getFloat64(0)
      if (this.#indexes[side].add(createdAt, bytesToHex(blob.subarray(8)) as RecordId)) added += 1
    }
    this.#step(side, sync => sync.received(message, NOW))
    this.#step(side, sync => sync.dealt(message.round, sizeOf(message.blobs), added, NOW))
  }

  #blob(id: RecordId): Uint8Array {
    const blob = new Uint8Array(40)
    new DataView(blob.buffer).setFloat64(0, this.#times.get(id) ?? 0)
    blob.set(hexToBytes(id), 8)
    return blob
  }
}

/** Give the processor's time since *started*: a busy machine does not blur it. */
export function millisecondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1e3
}
