/**
 * What one neighbour is still to be told outside rounds, as far as it gives credit.
 *
 * Records are pushed, or given when they are pulled; what there is no credit for is announced; and what cannot even be
 * announced is left to sync (docs/protocol.md, "Live credit"). Our own go first, and have a part of the credit for them;
 * what is passed on goes its authors in turn: a flood that comes by delays nobody else.
 */

import type { PublicKey } from '../core/keys.ts'
import {
  ANNOUNCE_IDS_MAX,
  ANNOUNCEMENTS_MAX,
  LIVE_ID_BYTES,
  LIVE_WINDOW_BYTES,
  PULLS_PER_PEER_MAX,
} from '../core/limits.ts'
import type { Announce, Records } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import { Turns } from '../core/turns.ts'
import { costOf, IDS_WINDOW_BYTES, QUARTER } from './inlet.ts'
import type { Recent, Recents } from './recents.ts'
import { takeFrame } from './transfer.ts'

/** A record to give, by what it is told by, and what it counts. */
type Given = readonly [prefix: string, cost: number, isOurs: boolean | undefined]

/** The queues of one neighbour, by what the recents hold, and its credit. */
export class Outlet {
  /** Something could be neither given nor announced: sync has to bring it. */
  isBehind = false
  readonly #peer: PeerId
  readonly #recents: Recents
  readonly #given = new Turns<PublicKey, Given>()
  /** What of them is ours counts. */
  #oursCost = 0
  #givenCost = 0
  readonly #announced: string[] = []
  /** Ids that go with the next announcement, or when they are hastened. */
  readonly #later: string[] = []
  /** Ids to announce though the neighbour has the records. */
  readonly #referred = new Set<string>()
  #sent = 0
  #credited = 0

  constructor(peer: PeerId, recents: Recents) {
    this.#peer = peer
    this.#recents = recents
  }

  /** Say whether *recent* can be pushed, after all that waits to be given before it. */
  hasCredit({ wire, isOurs }: Recent): boolean {
    return this.#mayGive((isOurs ? this.#oursCost : this.#givenCost) + costOf(0, wire), isOurs)
  }

  /** Queue a record to be given as soon as there is credit; false when too many wait. */
  give({ prefix, author, wire, isOurs }: Recent): boolean {
    if (this.#given.size >= PULLS_PER_PEER_MAX) {
      this.isBehind = true
      return false
    }
    const given: Given = [prefix, costOf(0, wire), isOurs]
    this.#given.put(isOurs ? null : author, given)
    this.#count(given, 1)
    return true
  }

  /** Queue an id to be told, unless too many wait: the rest is left to sync. */
  announce(prefix: string, isUrgent = true): void {
    if (this.#announced.length + this.#later.length >= ANNOUNCEMENTS_MAX) this.isBehind = true
    else (isUrgent ? this.#announced : this.#later).push(prefix)
  }

  /** Queue an id to be told to who pushed the record in vain. */
  refer(prefix: string): void {
    if (this.#announced.length >= ANNOUNCEMENTS_MAX) return
    this.#referred.add(prefix)
    this.#announced.push(prefix)
  }

  /** Let go what waited for company. */
  hasten(): void {
    this.#announced.unshift(...this.#later.splice(0))
  }

  /** Note that the neighbour has dealt with *total* in all; false when that cannot be true. */
  credit(total: number): boolean {
    if (total < this.#credited || total > this.#sent) return false
    this.#credited = total
    return true
  }

  /** Give what may be said now: records first, then ids if *hasIds*. */
  nextMessages(hasIds = true): (Records | Announce)[] {
    const frames = cutBlobs(this.#nextBlobs())
    const records = frames.map(blobs => ({ type: 'Records', round: 0, blobs }) as const)
    return hasIds ? [...records, ...this.#nextAnnouncements()] : records
  }

  #nextBlobs(): Uint8Array[] {
    const blobs: Uint8Array[] = []
    for (let { next } = this.#given; next && this.#mayGive(next[1], next[2]); { next } = this.#given) {
      this.#given.take()
      this.#count(next, -1)
      const wire = this.#recents.get(next[0])?.wire
      if (wire === undefined) this.isBehind = true
      else if (wire.length > 0) {
        this.#sent += next[1]
        blobs.push(wire)
      }
    }
    return blobs
  }

  #count([, cost, isOurs]: Given, sign: number): void {
    this.#givenCost += sign * cost
    if (isOurs) this.#oursCost += sign * cost
  }

  /** Announce what the neighbour is not known to have by now, all that waits in one go. */
  #nextAnnouncements(): Announce[] {
    if (this.#announced.some(prefix => this.#isNews(prefix))) this.hasten()
    const prefixes: string[] = []
    for (
      let next = this.#announced[0];
      next && this.#isOpen(LIVE_ID_BYTES, IDS_WINDOW_BYTES);
      next = this.#announced[0]
    ) {
      this.#announced.shift()
      if (this.#isNews(next)) {
        this.#sent += LIVE_ID_BYTES
        this.#recents.get(next)?.told.add(this.#peer)
        prefixes.push(next)
      } else if (this.#recents.get(next) === undefined) this.isBehind = true
      this.#referred.delete(next)
    }
    const messages: Announce[] = []
    while (prefixes.length > 0) messages.push({ type: 'Announce', prefixes: prefixes.splice(0, ANNOUNCE_IDS_MAX) })
    return messages
  }

  #isNews(prefix: string): unknown {
    const recent = this.#recents.get(prefix)
    return this.#referred.has(prefix) || (recent?.wire.length && !recent.holders.has(this.#peer))
  }

  #mayGive(cost: number, isOurs?: boolean): boolean {
    return this.#isOpen(isOurs ? cost : cost + QUARTER, LIVE_WINDOW_BYTES)
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
