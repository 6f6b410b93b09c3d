/**
 * Records that wait for intake, one queue a peer, and how much of the next batch each peer may fill.
 *
 * A peer begins with a small share. It doubles with every batch in which that peer kept the rules, and halves with
 * every batch in which it did not: who brings bad records costs the others little until it is banned.
 */

import {
  INTAKE_BATCH_RECORDS_MAX,
  INTAKE_QUEUE_BYTES_PER_PEER_MAX,
  INTAKE_SHARE_RECORDS_FIRST,
  INTAKE_SHARE_RECORDS_MIN,
} from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import type { Arrival } from './arrivals.ts'

/** One bad record in so many is forgiven: other rules refuse a few, and sync with such peers shall not crawl. */
export const BAD_PART = 8

interface Queue {
  arrivals: Arrival[]
  bytes: number
}

/** The queues of one room; our own user's is that of null. */
export class Queues {
  readonly #queues = new Map<PeerId | null, Queue>()
  /** Records of a peer that may enter one batch, where that is not `INTAKE_SHARE_RECORDS_FIRST`. */
  readonly #shares = new Map<PeerId, number>()

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#queues.size === 0
  }

  /** Queue *arrival*; false when its sender has too much waiting. */
  put(arrival: Arrival): boolean {
    const { peer, record } = arrival
    const queue = this.#queues.get(peer) ?? { arrivals: [], bytes: 0 }
    if (peer !== null && queue.bytes + record.wire.length > INTAKE_QUEUE_BYTES_PER_PEER_MAX) return false
    queue.arrivals.push(arrival)
    queue.bytes += record.wire.length
    this.#queues.set(peer, queue)
    return true
  }

  /** Give the next batch: a fair share from each. */
  take(): Arrival[] {
    // Whoever was served goes to the end, so a flood delays others by one share at most.
    const arrivals: Arrival[] = []
    const fair = Math.max(1, Math.floor(INTAKE_BATCH_RECORDS_MAX / this.#queues.size))
    for (const [peer, queue] of [...this.#queues]) {
      let count = Math.min(fair, this.#shareOf(peer))
      while (isParted(queue.arrivals, count)) count += 1
      const taken = queue.arrivals.splice(0, count)
      queue.bytes = taken.reduce((left, arrival) => left - arrival.record.wire.length, queue.bytes)
      arrivals.push(...taken)
      this.#queues.delete(peer)
      if (queue.arrivals.length > 0) this.#queues.set(peer, queue)
    }
    return arrivals
  }

  /** Note how many records of each peer were *brought* in one batch, and how many of these were *bad*. */
  weigh(brought: ReadonlyMap<PeerId | null, number>, bad: ReadonlyMap<PeerId, number>): void {
    for (const [peer, count] of brought) {
      if (peer === null) continue
      const share = this.#shareOf(peer)
      const next = (bad.get(peer) ?? 0) * BAD_PART > count ? Math.floor(share / 2) : share * 2
      this.#shares.set(peer, Math.min(Math.max(next, INTAKE_SHARE_RECORDS_MIN), INTAKE_BATCH_RECORDS_MAX))
    }
  }

  /** Keep what *peer* sent, which is owed to nobody any more; the next peer under its id begins anew. */
  disown(peer: PeerId): void {
    this.#shares.delete(peer)
    const queue = this.#queues.get(peer)
    if (queue !== undefined) queue.arrivals = queue.arrivals.map(arrival => ({ ...arrival, isOwed: false }))
  }

  /** Let go of what *peer* has waiting but for what *isKept*, and give it. */
  drop(peer: PeerId, isKept: (arrival: Arrival) => boolean): Arrival[] {
    const waiting = this.#queues.get(peer)?.arrivals ?? []
    this.#queues.delete(peer)
    for (const arrival of waiting.filter(isKept)) this.put(arrival)
    return waiting.filter(arrival => !isKept(arrival))
  }

  #shareOf(peer: PeerId | null): number {
    if (peer === null) return INTAKE_BATCH_RECORDS_MAX
    return this.#shares.get(peer) ?? INTAKE_SHARE_RECORDS_FIRST
  }
}

/** Say whether a group would be parted behind the first *count*: it goes beyond a share, for it is short. */
function isParted(arrivals: readonly Arrival[], count: number): boolean {
  const group = arrivals[count]?.group ?? null
  return group !== null && group === arrivals[count - 1]?.group
}
