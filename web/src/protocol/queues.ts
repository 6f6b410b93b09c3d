/**
 * Records that wait for intake, one queue a peer, and how much of the next batch each peer may fill.
 *
 * Whoever has much waiting delays itself: neighbours, and of each its authors, are served in turn, and what a neighbour
 * wrote itself goes before what it passes on. A peer begins with a small share. It doubles with every batch in which
 * that peer kept the rules, and halves with every batch in which it did not: who brings bad records costs the others
 * little until it is banned. All queues together have a limit, too: who has most waiting makes room for who has less.
 */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import {
  INTAKE_BATCH_RECORDS_MAX,
  INTAKE_QUEUE_BYTES_PER_PEER_MAX,
  INTAKE_QUEUES_BYTES_MAX,
  INTAKE_RECORD_BYTES,
  INTAKE_SHARE_RECORDS_FIRST,
  INTAKE_SHARE_RECORDS_MAX,
  INTAKE_SHARE_RECORDS_MIN,
} from '../core/limits.ts'
import { atRest, awake } from '../core/resting.ts'
import type { PeerId } from '../core/signal.ts'
import { Turns } from '../core/turns.ts'
import { type Arrival, workOf } from './arrivals.ts'
import { Bite, type Budget } from './health.ts'

/** One bad record in so many is forgiven: other rules refuse a few, and sync with such peers shall not crawl. */
export const BAD_PART = 8

/** What one peer has waiting: what it wrote itself first, then what it passes on, its authors in turn. */
interface Queue {
  readonly waiting: Turns<PublicKey, Arrival>
  bytes: number
}

/** The queues of one room; our own user's is that of null. */
export class Queues {
  readonly #queues = new Map<PeerId | null, Queue>()
  /** How much work of a peer may enter one batch, where that is not `INTAKE_SHARE_RECORDS_FIRST`. */
  readonly #shares = new Map<PeerId, number>()

  readonly #bite = new Bite()
  readonly #crowding = new Bite()
  /** What the queues of all peers count together, in bytes. */
  #cost = 0

  /** How much waits of the peer of whom most does, and of all; each bites while some that waits found no room. */
  get budgets(): Budget[] {
    const sizes = [...this.#queues].map(([peer, { bytes }]) => (peer === null ? 0 : bytes))
    return [
      this.#bite.budget('intake', Math.max(0, ...sizes), INTAKE_QUEUE_BYTES_PER_PEER_MAX),
      this.#crowding.budget('queues', this.#cost, INTAKE_QUEUES_BYTES_MAX),
    ]
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#queues.size === 0
  }

  /** Let go of what those have waiting who have most, until *arrival* of one who has less has room; give it. */
  makeRoom(arrival: Arrival, at: UnixTime): Arrival[] {
    const gone: Arrival[] = []
    const size = costOf(arrival)
    const after = this.#costOf(arrival.peer) + size
    const isFull = () => arrival.peer !== null && this.#cost + size > INTAKE_QUEUES_BYTES_MAX
    if (!isFull()) return gone
    while (isFull()) {
      const peers = [...this.#queues.keys()].filter(peer => peer !== null)
      const largest = peers.reduce((one, two) => (this.#costOf(two) > this.#costOf(one) ? two : one))
      const queue = this.#queues.get(largest)
      const given = this.#costOf(largest) > after ? queue?.waiting.giveUp() : undefined
      if (!queue || !given) break
      gone.push(given)
      queue.bytes -= given.record.wire.length
      this.#cost -= costOf(given)
      if (queue.waiting.size === 0) this.#queues.delete(largest)
    }
    this.#crowding.bite(at, Math.max(1, gone.length))
    return gone
  }

  /** Queue *arrival*; false when its sender, or all together, have too much waiting, which is noted as of *at*. */
  put(arrival: Arrival, at: UnixTime | null = null): boolean {
    const { peer, isOwn, record } = arrival
    const queue = this.#queues.get(peer) ?? { waiting: new Turns(), bytes: 0 }
    if (peer !== null) {
      if (queue.bytes + record.wire.length > INTAKE_QUEUE_BYTES_PER_PEER_MAX) {
        if (at !== null) this.#bite.bite(at)
        return false
      }
      if (this.#cost + costOf(arrival) > INTAKE_QUEUES_BYTES_MAX) return false
      this.#cost += costOf(arrival)
    }
    // At rest, for a flood waits until its author has its turn.
    queue.waiting.put(peer === null || isOwn ? null : record.author, { ...arrival, record: atRest(record) })
    queue.bytes += record.wire.length
    this.#queues.set(peer, queue)
    return true
  }

  /** Give the next batch: a fair share of the work from each. */
  take(): Arrival[] {
    // Whoever was served goes to the end, so a flood delays others by one share at most.
    const arrivals: Arrival[] = []
    const fair = Math.max(1, Math.floor(INTAKE_BATCH_RECORDS_MAX / this.#queues.size))
    for (const [peer, queue] of [...this.#queues]) {
      let left = Math.min(fair, this.#shareOf(peer))
      const { waiting } = queue
      for (let next = waiting.next; next && (left > 0 || isParted(arrivals, next)); next = waiting.next) {
        waiting.take()
        const record = awake(next.record)
        arrivals.push({ ...next, record })
        queue.bytes -= record.wire.length
        if (peer !== null) this.#cost -= costOf(next)
        left -= workOf(record)
      }
      this.#queues.delete(peer)
      if (waiting.size > 0) this.#queues.set(peer, queue)
    }
    if (this.isEmpty) for (const bite of [this.#bite, this.#crowding]) bite.ease()
    return arrivals
  }

  /** Note how many records of each peer were *brought* in one batch, and how many of these were *bad*. */
  weigh(brought: ReadonlyMap<PeerId | null, number>, bad: ReadonlyMap<PeerId, number>): void {
    for (const [peer, count] of brought) {
      if (peer === null) continue
      const share = this.#shareOf(peer)
      const next = (bad.get(peer) ?? 0) * BAD_PART > count ? share / 2 : share * 2
      this.#shares.set(peer, Math.min(Math.max(next, INTAKE_SHARE_RECORDS_MIN), INTAKE_SHARE_RECORDS_MAX))
    }
  }

  /** Keep what *peer* sent, which is owed to nobody any more; the next peer under its id begins anew. */
  disown(peer: PeerId): void {
    this.#shares.delete(peer)
    for (const arrival of this.drop(peer, () => false)) this.put({ ...arrival, isOwed: false })
  }

  /** Let go of what *peer* has waiting but for what *isKept*, and give it. */
  drop(peer: PeerId, isKept: (arrival: Arrival) => boolean): Arrival[] {
    const waiting = this.#queues.get(peer)?.waiting
    this.#cost -= this.#costOf(peer)
    this.#queues.delete(peer)
    const dropped = []
    for (let arrival = waiting?.take(); arrival; arrival = waiting?.take()) {
      if (isKept(arrival)) this.put(arrival)
      else dropped.push(arrival)
    }
    return dropped
  }

  #costOf(peer: PeerId | null): number {
    const queue = this.#queues.get(peer)
    return queue ? queue.bytes + queue.waiting.size * INTAKE_RECORD_BYTES : 0
  }

  #shareOf(peer: PeerId | null): number {
    if (peer === null) return INTAKE_BATCH_RECORDS_MAX
    return this.#shares.get(peer) ?? INTAKE_SHARE_RECORDS_FIRST
  }
}

/** Say what *record* counts among all that waits, in bytes. */
function costOf({ record }: Arrival): number {
  return record.wire.length + INTAKE_RECORD_BYTES
}

/** Say whether a group would be parted here: it goes beyond a share, for it is short. */
function isParted(taken: readonly Arrival[], { group }: Arrival): boolean {
  return group !== null && group === taken.at(-1)?.group
}
