/**
 * What one neighbour is still to be told outside rounds, as far as it gives credit.
 *
 * Records are pushed, or given when they are pulled; what there is no credit for is announced; and what cannot even be
 * announced is left to sync (docs/protocol.md, "Live credit").
 */

import {
  ANNOUNCE_IDS_MAX,
  ANNOUNCEMENTS_MAX,
  LIVE_ID_BYTES,
  LIVE_WINDOW_BYTES,
  PULLS_PER_PEER_MAX,
} from '../core/limits.ts'
import type { Announce, Records } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import { costOf, IDS_WINDOW_BYTES } from './inlet.ts'
import type { Recents } from './recents.ts'
import { takeFrame } from './transfer.ts'

/** The queues of one neighbour, by what the recents hold, and its credit. */
export class Outlet {
  /** Something could be neither given nor announced: sync has to bring it. */
  isBehind = false
  readonly #peer: PeerId
  readonly #recents: Recents
  /** Prefixes of records to give, and what each costs. */
  readonly #given: (readonly [prefix: string, cost: number])[] = []
  #givenCost = 0
  readonly #announced: string[] = []
  #sent = 0
  #credited = 0

  constructor(peer: PeerId, recents: Recents) {
    this.#peer = peer
    this.#recents = recents
  }

  /** Say whether *blob* can be pushed, after all that waits to be given. */
  hasCredit(blob: Uint8Array): boolean {
    return this.#isOpen(this.#givenCost + costOf(0, blob), LIVE_WINDOW_BYTES)
  }

  /** Queue a record to be given as soon as there is credit; false when too many wait. */
  give(prefix: string, blob: Uint8Array): boolean {
    if (this.#given.length >= PULLS_PER_PEER_MAX) {
      this.isBehind = true
      return false
    }
    const cost = costOf(0, blob)
    this.#given.push([prefix, cost])
    this.#givenCost += cost
    return true
  }

  /** Queue an id to be told, unless too many wait: the rest is left to sync. */
  announce(prefix: string): void {
    if (this.#announced.length >= ANNOUNCEMENTS_MAX) this.isBehind = true
    else this.#announced.push(prefix)
  }

  /** Note that the neighbour has dealt with *total* in all; false when that cannot be true. */
  credit(total: number): boolean {
    if (total < this.#credited || total > this.#sent) return false
    this.#credited = total
    return true
  }

  /** Give what may be said now: records first, then ids. */
  nextMessages(): (Records | Announce)[] {
    const frames = cutBlobs(this.#nextBlobs())
    return [...frames.map(blobs => ({ type: 'Records', round: 0, blobs }) as const), ...this.#nextAnnouncements()]
  }

  #nextBlobs(): Uint8Array[] {
    const blobs: Uint8Array[] = []
    for (let next = this.#given[0]; next && this.#isOpen(next[1], LIVE_WINDOW_BYTES); next = this.#given[0]) {
      this.#given.shift()
      this.#givenCost -= next[1]
      const wire = this.#recents.get(next[0])?.record.wire
      if (wire === undefined) this.isBehind = true
      else if (wire.length > 0) {
        this.#sent += next[1]
        blobs.push(wire)
      }
    }
    return blobs
  }

  /** Announce what the neighbour is not known to have by now. */
  #nextAnnouncements(): Announce[] {
    const prefixes: string[] = []
    for (
      let next = this.#announced[0];
      next && this.#isOpen(LIVE_ID_BYTES, IDS_WINDOW_BYTES);
      next = this.#announced[0]
    ) {
      this.#announced.shift()
      const recent = this.#recents.get(next)
      if (recent === undefined) this.isBehind = true
      else if (recent.record.wire.length > 0 && !recent.holders.has(this.#peer)) {
        this.#sent += LIVE_ID_BYTES
        prefixes.push(next)
      }
    }
    const messages: Announce[] = []
    while (prefixes.length > 0) messages.push({ type: 'Announce', prefixes: prefixes.splice(0, ANNOUNCE_IDS_MAX) })
    return messages
  }

  #isOpen(cost: number, window: number): boolean {
    return this.#sent + cost <= this.#credited + window
  }
}

/** Cut *blobs* into messages of about `FRAME_BYTES_MAX`. */
export function cutBlobs(blobs: Iterable<Uint8Array>): (readonly Uint8Array[])[] {
  const left = [...blobs]
  const frames = []
  while (left.length > 0) frames.push(takeFrame(left))
  return frames
}
