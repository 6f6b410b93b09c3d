/** What all places of one room share: the offers that stand, whom we answer, and who brings us together beside them. */

import { genId, type OfferRecord } from '@trystero-p2p/core'
import { ID_LENGTH } from '../core/signal.ts'
import type { Introducer } from './introducer.ts'
import type { Attendance, Rendezvous } from './rendezvous.ts'

/** So many offers stand at the trackers of a room, */
export const OFFERS_STANDING = 3

/** and each for so long. */
export const OFFER_SECONDS_MAX = 120

/** What is heard a second time within so long came by another tracker. */
export const REPEATED_SECONDS = 4

/** So much of what was heard lately is remembered. */
const HEARD_MAX = 1_024

interface Standing {
  readonly record: OfferRecord
  readonly until: number
}

/** One room, wherever its peers meet. */
export class Gathering {
  readonly attendance: Attendance
  readonly rendezvous: Rendezvous
  /** Null where neighbours bring nobody together. */
  readonly introducer: Introducer | null
  readonly #standing = new Map<string, Standing>()
  readonly #heard = new Map<string, number>()
  #making: Promise<unknown> = Promise.resolve()
  #isStopped = false

  constructor(attendance: Attendance, rendezvous: Rendezvous, introducer: Introducer | null) {
    this.attendance = attendance
    this.rendezvous = rendezvous
    this.introducer = introducer
  }

  /** Some offer of ours stands, and may be taken up. */
  get hasOffers(): boolean {
    return this.#standing.size > 0
  }

  /** Give the offers that stand, sealed, by their ids; new ones are asked of *make* for those that are taken or old. */
  async offers(make: (count: number) => Promise<OfferRecord[]>): Promise<[id: string, sealed: string][]> {
    const made = this.#making.then(() => this.#fill(make))
    this.#making = made.catch(() => {})
    await made
    return [...this.#standing].map(([id, { record }]) => [id, record.offer])
  }

  /** Take the offer *id*, which was answered; null when it does not stand. */
  claim(id: string): OfferRecord['peer'] | null {
    const standing = this.#standing.get(id)
    if (standing === undefined) return null
    this.#standing.delete(id)
    standing.record.claim?.()
    return standing.record.peer
  }

  /** Say whether *key* was heard a moment ago, and remember it. */
  isRepeated(key: string): boolean {
    const now = performance.now()
    for (const [other, at] of this.#heard) {
      if (now - at < REPEATED_SECONDS * 1_000 && this.#heard.size < HEARD_MAX) break
      this.#heard.delete(other)
    }
    if (this.#heard.has(key)) return true
    this.#heard.set(key, now)
    return false
  }

  /** Take back every offer: the room is left. */
  stop(): void {
    this.#isStopped = true
    this.rendezvous.stop()
    this.introducer?.stop()
    for (const { record } of this.#standing.values()) record.reclaim?.()
    this.#standing.clear()
  }

  async #fill(make: (count: number) => Promise<OfferRecord[]>): Promise<void> {
    const now = performance.now()
    for (const [id, { record, until }] of this.#standing) {
      if (until > now) continue
      this.#standing.delete(id)
      record.reclaim?.()
    }
    const missing = OFFERS_STANDING - this.#standing.size
    if (missing <= 0 || this.#isStopped) return
    const until = now + OFFER_SECONDS_MAX * 1_000
    const made = await make(missing)
    // Trystero keeps what was being made as the room was left, and a process of Node with it, for three minutes.
    if (this.#isStopped) for (const { reclaim } of made) reclaim?.()
    else for (const record of made) this.#standing.set(genId(ID_LENGTH), { record, until })
  }
}
