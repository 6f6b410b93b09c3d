/**
 * Neighbours as one more place to meet: what trystero says there goes to others by a neighbour, and theirs by it to
 * trystero.
 */

import { genId, type OfferRecord } from '@trystero-p2p/core'
import { ATTEMPT_TIMEOUT_SECONDS } from '../core/limits.ts'
import { ID_LENGTH, type PeerId, type RoomName } from '../core/signal.ts'
import type { Description, Dial, Signal } from '../protocol/effects.ts'
import type { Described } from '../protocol/inputs.ts'
import { Envelope } from './envelope.ts'
import type { Swarm, Venue } from './venue.ts'

/** The place that all rooms of a page have beside those that were named. */
export const neighbours: Venue = {
  enter: swarm => swarm.gathering.introducer?.enter(swarm) ?? (() => {}),
  announce: () => null,
  status: null,
  close: () => {},
}

/** An offer that a neighbour took along. */
interface Lent {
  readonly peer: PeerId
  readonly record: OfferRecord
  readonly timer: ReturnType<typeof setTimeout>
}

/** Passes on what concerns one room, until `stop`. */
export class Introducer {
  readonly #envelope: Envelope
  readonly #tell: (described: Described) => void
  readonly #lent = new Map<string, Lent>()
  #swarm: Swarm | null = null
  #isStopped = false

  /** Tell *tell* what trystero has for others in the room *name*. */
  constructor(name: RoomName, password: string, tell: (described: Described) => void) {
    this.#envelope = new Envelope(name, password)
    this.#tell = tell
  }

  /** Take part in *swarm*, until what is given back is called. */
  enter(swarm: Swarm): () => void {
    this.#swarm = swarm
    return () => {
      if (this.#swarm === swarm) this.#swarm = null
    }
  }

  /** Pass on nothing more. */
  stop(): void {
    this.#isStopped = true
    for (const id of [...this.#lent.keys()]) this.#takeBack(id)
  }

  /** Have trystero make an offer, or give it what came. */
  perform(effect: Dial | Signal): void {
    void (effect.type === 'Dial' ? this.#dial(effect.peer) : this.#deliver(effect))
  }

  async #dial(peer: PeerId): Promise<void> {
    // It may fail as the room is left.
    const [record] = (await this.#swarm?.offers(1).catch(() => [])) ?? []
    if (record === undefined) return
    if (this.#isStopped) return record.reclaim?.()
    const id = genId(ID_LENGTH)
    const timer = setTimeout(() => this.#takeBack(id), ATTEMPT_TIMEOUT_SECONDS * 1_000)
    this.#lent.set(id, { peer, record, timer })
    await this.#pass(peer, 'offer', id, record.offer)
  }

  async #deliver({ peer, description }: Signal): Promise<void> {
    const { kind, offerId } = description
    if (kind === 'answer' && this.#lent.get(offerId)?.peer !== peer) return
    const sealed = await this.#envelope.seal(description.sdp)
    if (this.#isStopped) return
    if (kind === 'offer') this.#offered(peer, offerId, sealed)
    else this.#answered(peer, offerId, sealed)
  }

  #offered(peerId: PeerId, offerId: string, offer: string): void {
    this.#swarm?.tell({ peerId, offer, offerId }, (_, text) => {
      const { answer } = Object(JSON.parse(text))
      if (answer !== undefined) void this.#pass(peerId, 'answer', offerId, String(answer))
    })
  }

  #answered(peerId: PeerId, offerId: string, answer: string): void {
    const lent = this.#lent.get(offerId)
    if (lent === undefined) return
    clearTimeout(lent.timer)
    this.#lent.delete(offerId)
    lent.record.claim?.()
    this.#swarm?.tell({ peerId, answer, peer: lent.record.peer }, () => {})
  }

  #takeBack(id: string): void {
    const lent = this.#lent.get(id)
    if (lent === undefined) return
    clearTimeout(lent.timer)
    this.#lent.delete(id)
    lent.record.reclaim?.()
  }

  async #pass(peer: PeerId, kind: Description['kind'], offerId: string, sealed: string): Promise<void> {
    const sdp = await this.#envelope.open(sealed)
    if (sdp !== null && !this.#isStopped) this.#tell({ type: 'Described', peer, description: { kind, offerId, sdp } })
  }
}
