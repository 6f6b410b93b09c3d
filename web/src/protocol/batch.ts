/** Records that travel together through intake, and where they stand. */

import type { Outline } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import { KIND_PIN, type Record, type RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { Arrival } from './arrivals.ts'
import type { Request } from './effects.ts'
import type { Fetching } from './fetching.ts'
import type { Judged, Resolved, Saved, SaveFailed, Verified } from './inputs.ts'
import type { Refused } from './refused.ts'
import { Fault } from './strikes.ts'
import { Tombstones } from './tombstones.ts'

/** Where a batch stands. */
export const State = {
  VERIFYING: 'verifying',
  /** Waiting for the batches before it. */
  VERIFIED: 'verified',
  JUDGING: 'judging',
  /** Looking up what its deletions name, and which deletions name its records. */
  RESOLVING: 'resolving',
  SAVING: 'saving',
} as const
export type State = (typeof State)[keyof typeof State]

/** The answers to what is asked about a batch. */
export type BatchInput = Verified | Judged | Resolved | Saved | SaveFailed

/**
 * Which answer a batch waits for, and where it leads; null is the end of the batch.
 *
 * VERIFIED moves on by itself once it is first; a batch with or under deletions is RESOLVING between JUDGING and
 * SAVING.
 * Anything else is a bug of the driver.
 */
export const TRANSITIONS: { readonly [S in State]: { readonly [T in BatchInput['type']]?: State | null } } = {
  [State.VERIFYING]: { Verified: State.VERIFIED },
  [State.VERIFIED]: {},
  [State.JUDGING]: { Judged: State.SAVING },
  [State.RESOLVING]: { Resolved: State.SAVING, SaveFailed: null },
  [State.SAVING]: { Saved: null, SaveFailed: null },
}

/** What becomes of a record that arrives; what is passed over is here or under way, or has to be brought again. */
export type Fate = 'queued' | 'refused' | 'passed over'

/** What an intake works with. */
export interface IntakeParts {
  readonly deleters: Iterable<PublicKey>
  readonly hasPolicies: boolean
  readonly refused: Refused
  readonly fetching?: Fetching
}

/** Records that travel together. */
export class Batch {
  readonly number: number
  arrivals: readonly Arrival[]
  state: State = State.VERIFYING
  /** How many records each peer has in it. */
  readonly brought = new Map<PeerId | null, number>()
  /** How many of these broke a rule. */
  readonly bad = new Map<PeerId, number>()
  /** What its deletions name, and what is known of deletions that name its records. */
  tombstones = new Tombstones()
  /** What is to be removed, each with the deletion that covers it. */
  readonly removed: (readonly [outline: Outline, by: RecordId])[] = []

  /** What was purged while it was being saved: nobody is given it. */
  readonly purged = new Set<RecordId>()

  constructor(number: number, arrivals: readonly Arrival[]) {
    this.number = number
    this.arrivals = arrivals
    for (const { peer } of arrivals) count(peer, this.brought)
  }

  /** Something of it is a pin, which rooms without policies refuse as well. */
  get hasPins(): boolean {
    return this.arrivals.some(({ record }) => record.kind === KIND_PIN)
  }

  /** Note *flags* of what is here of *peer*. */
  mark(peer: PeerId, flags: Partial<Arrival>): void {
    this.arrivals = this.arrivals.map(arrival => (arrival.peer === peer ? { ...arrival, ...flags } : arrival))
  }

  /** Note that one of the records of *peer* broke a rule. */
  countBad(peer: PeerId): void {
    count(peer, this.bad)
  }

  /** Count against the sender of *arrival* that its signature is forged. */
  blame({ peer }: Arrival): Request[] {
    if (peer === null) return []
    this.countBad(peer)
    return [{ type: 'Strike', peer, fault: Fault.FORGED_SIGNATURE, reason: "a signature is not its author's" }]
  }

  /** Keep *kept*, but for what is in a group with something that is not; give that. */
  keepWhole(kept: readonly Arrival[]): Arrival[] {
    const left = new Set(kept)
    const parted = new Set(this.arrivals.flatMap(each => (left.has(each) ? [] : (each.group ?? []))))
    const isParted = ({ group }: Arrival) => group !== null && parted.has(group)
    this.arrivals = kept.filter(arrival => !isParted(arrival))
    return kept.filter(isParted)
  }

  /** Leave out what banned peers sent and, as *isAlone* says, nobody else; give that. */
  forgetBanned(isAlone: (id: RecordId) => boolean): ReadonlySet<RecordId> {
    const banned = this.arrivals.filter(({ isBanned, record }) => isBanned && isAlone(record.id))
    const gone = new Set(banned.map(({ record }) => record.id))
    this.arrivals = this.arrivals.filter(({ record }) => !gone.has(record.id))
    return gone
  }

  /** Give what is here as a shell, as *isWanted* says: it gets its content back, and nobody is given it as new. */
  fill(isWanted: (id: RecordId) => boolean): readonly RecordId[] {
    const filled = this.records.map(({ id }) => id).filter(isWanted)
    for (const id of filled) this.purged.add(id)
    return filled
  }

  /** The records that are still in it. */
  get records(): readonly Record[] {
    return this.arrivals.map(arrival => arrival.record)
  }
}

function count<Key>(key: Key, counts: Map<Key, number>): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
