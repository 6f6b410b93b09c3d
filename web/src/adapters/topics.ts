/**
 * What Trystero's strategies of topics have in common: nostr, mqtt and ws-relay.
 *
 * Who comes says so in the topic of the room; of two peers, the one with the smaller id sends the other an offer, in the
 * topic of that one alone.
 */

import { ID_LENGTH, type PeerId } from '../core/signal.ts'
import type { SignalingStatus } from '../ports.ts'
import { Attempts } from './attempts.ts'
import { objectIn, type Unread } from './json.ts'
import type { Said, Swarm, Venue } from './venue.ts'

/** So often it is said unasked that we are there. */
export const ANNOUNCE_SECONDS = 60

/** Carries texts by their topics: a relay or a broker. */
export interface Board {
  readonly status: SignalingStatus
  /** For how long it does not want to hear that we are there. */
  readonly silentSeconds: number
  /** Hear what is said in *topic*, until what is given back is called. */
  subscribe(topic: string, hear: (text: unknown) => void): () => void
  /** Say *text* in *topic*; without a connection it is lost. */
  publish(topic: string, text: string): void
  close(): void
}

/** One board, for all rooms of the page. */
export class Topics implements Venue {
  readonly #board: Board
  readonly #attempts = new Attempts()
  /** Who we are in each room, by its topic. */
  readonly #selves = new Map<string, PeerId>()

  /** Meet at the board that *open* makes, which tells whenever it can be used, again or for the first time. */
  constructor(open: (onOpen: () => void) => Board) {
    this.#board = open(() => {
      for (const topic of this.#selves.keys()) this.announce(topic)
    })
  }

  get status(): SignalingStatus {
    return this.#board.status
  }

  enter(swarm: Swarm): () => void {
    const { rootTopic, selfTopic, self } = swarm
    const publish = (topic: string, text: string) => this.#board.publish(topic, text)
    const hear = (text: unknown) => {
      const said = readSaid(text)
      if (said !== null && said.peerId !== self && this.#minds(said, swarm)) swarm.tell(said, publish)
    }
    const stops = [selfTopic, rootTopic].map(topic => this.#board.subscribe(topic, hear))
    this.#selves.set(rootTopic, self)
    return () => {
      this.#selves.delete(rootTopic)
      for (const stop of stops) stop()
    }
  }

  announce(rootTopic: string): number {
    const silentSeconds = this.#board.silentSeconds
    if (silentSeconds > 0) return Math.max(silentSeconds, ANNOUNCE_SECONDS) * 1_000
    const peerId = this.#selves.get(rootTopic)
    if (peerId !== undefined) this.#board.publish(rootTopic, JSON.stringify({ peerId }))
    return ANNOUNCE_SECONDS * 1_000
  }

  close(): void {
    this.#board.close()
  }

  /** Say whether trystero shall hear of *said*: what may cost a connection is counted. */
  #minds({ peerId, answer, candidate }: Said, { gathering }: Swarm): boolean {
    if (gathering.attendance.isConnected(peerId)) this.#attempts.forget(peerId)
    else if (answer === undefined && candidate === undefined) return this.#attempts.admit(peerId)
    return true
  }
}

const TEXTS = ['offer', 'answer', 'candidate', 'offerId'] as const

/** Read what another peer said; null for what is of no use. Only what is read here gets to trystero. */
function readSaid(text: unknown): Said | null {
  const found: Unread = typeof text === 'string' ? objectIn(text) : Object(text)
  const { peerId, passive } = found
  if (typeof peerId !== 'string' || peerId.length !== ID_LENGTH) return null
  const given = TEXTS.filter(name => found[name] !== undefined)
  if (given.some(name => typeof found[name] !== 'string' || found[name] === '')) return null
  const texts = Object.fromEntries(given.map(name => [name, found[name]]))
  return { peerId: peerId as PeerId, ...texts, ...(passive === true && { passive }) }
}
