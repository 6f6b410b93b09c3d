/** A BitTorrent tracker over a web socket, as Trystero's torrent strategy uses it (docs/protocol.md, "The tracker"). */

import { ID_LENGTH, type PeerId, type RoomName } from '../core/signal.ts'
import type { SignalingStatus } from '../ports.ts'
import { Attempts } from './attempts.ts'
import { OFFERS_STANDING } from './gathering.ts'
import { objectIn, type Unread } from './json.ts'
import { Socket } from './socket.ts'
import { digitsOf, topicOf } from './topic.ts'
import type { Swarm, Venue } from './venue.ts'

/** The trackers that Trystero 0.25.4 asks. */
const USUAL: readonly string[] = [
  'wss://open.ftorrent.com',
  'wss://tracker.webtorrent.dev',
  'wss://tracker.openwebtorrent.com',
]

/** Between an announcement and the next; a tracker may wish for any time between. */
export const INTERVAL_SECONDS_MIN = 10
export const INTERVAL_SECONDS_MAX = 120

/** Whatever arrives, a tracker hears from us no more often. */
export const ANNOUNCE_SECONDS_MIN = 1

/** Keep in touch with the tracker at *url*. */
export function openVenue(url: string, Class: typeof WebSocket): Venue {
  return new Tracker(url, Class)
}

/** Give the trackers that Trystero asks. */
export function usual(): readonly string[] {
  return USUAL
}

/** One room at this tracker. */
interface Entry {
  readonly swarm: Swarm
  intervalSeconds: number
  /** Until when it is left in peace, in milliseconds of the page. */
  restingUntil: number
}

/** One tracker, for all rooms of the page. */
class Tracker implements Venue {
  readonly #socket: Socket
  readonly #attempts = new Attempts()
  readonly #entries = new Map<string, Entry>()

  constructor(url: string, Class: typeof WebSocket) {
    this.#socket = new Socket(url, Class, {
      onOpen: () => this.#announceAll(),
      onText: text => this.#hear(text),
    })
  }

  get status(): SignalingStatus {
    return { strategy: 'torrent', place: this.#socket.url, ...this.#socket.standing }
  }

  enter(swarm: Swarm): () => void {
    const hash = infoHash(swarm.name)
    const entry: Entry = { swarm, intervalSeconds: INTERVAL_SECONDS_MIN, restingUntil: 0 }
    this.#entries.set(hash, entry)
    return () => {
      if (this.#entries.get(hash) === entry) this.#entries.delete(hash)
    }
  }

  announce(rootTopic: string): number {
    const found = [...this.#entries].find(([, { swarm }]) => swarm.rootTopic === rootTopic)
    if (found !== undefined) void this.#announce(...found)
    return (found?.[1].intervalSeconds ?? INTERVAL_SECONDS_MIN) * 1_000
  }

  close(): void {
    this.#socket.close()
  }

  #announceAll(): void {
    for (const found of this.#entries) void this.#announce(...found)
  }

  async #announce(hash: string, { swarm }: Entry): Promise<void> {
    if (!this.#socket.isOpen) return
    const standing = await swarm.gathering.offers(swarm.offers).catch(() => [])
    if (this.#entries.get(hash)?.swarm !== swarm) return
    const offers = standing.map(([id, sdp]) => ({ offer_id: id, offer: { type: 'offer', sdp } }))
    this.#say(hash, swarm, { numwant: OFFERS_STANDING, offers })
  }

  #say(hash: string, { self }: Swarm, said: object): void {
    this.#socket.send(JSON.stringify({ action: 'announce', info_hash: hash, peer_id: self, ...said }))
  }

  #hear(text: string): void {
    const said = objectIn(text)
    const failure = said['failure reason']
    if (failure !== undefined) return this.#socket.fail(String(failure).slice(0, FAILURE_CHARACTERS_MAX))
    const hash = String(said.info_hash)
    const entry = this.#entries.get(hash)
    if (entry === undefined) return
    this.#socket.succeed()
    if (typeof said.interval === 'number') this.#count(entry, said)
    const { peer_id: peer, offer_id: offerId } = said
    if (!isId(peer) || peer === entry.swarm.self || typeof offerId !== 'string') return
    const offer = sealedIn(said.offer)
    const answer = sealedIn(said.answer)
    if (offer !== null) this.#offered(hash, entry, { peer, offerId, offer })
    else if (answer !== null) this.#answered(entry, { peer, offerId, answer })
  }

  #count(entry: Entry, { interval, complete, incomplete }: Unread): void {
    entry.intervalSeconds = Math.min(Math.max(Number(interval), INTERVAL_SECONDS_MIN), INTERVAL_SECONDS_MAX)
    entry.swarm.gathering.rendezvous.count(Number(complete) + Number(incomplete))
  }

  #offered(hash: string, entry: Entry, { peer, offerId, offer }: Offered): void {
    const { swarm } = entry
    const { tell, gathering } = swarm
    if (!gathering.isRepeated(`offer ${offerId} ${peer}`) && this.#mayTry(peer, entry)) {
      tell({ peerId: peer, offer, hasOutgoingOffer: gathering.hasOffers }, (_, text) => {
        const { answer: sdp } = objectIn(text)
        const answer = { answer: { type: 'answer', sdp }, offer_id: offerId, to_peer_id: peer }
        if (sdp !== undefined) this.#say(hash, swarm, answer)
      })
    }
    gathering.rendezvous.offered(peer, () => this.#announceAgain(hash, entry))
  }

  #mayTry(peer: PeerId, { swarm }: Entry): boolean {
    if (!swarm.gathering.attendance.isConnected(peer)) return this.#attempts.admit(peer)
    this.#attempts.forget(peer)
    return true
  }

  #answered({ swarm }: Entry, { peer, offerId, answer }: Answered): void {
    const { gathering, tell } = swarm
    const connection = gathering.claim(offerId)
    if (connection !== null) tell({ peerId: peer, answer, peer: connection }, () => {})
  }

  #announceAgain(hash: string, entry: Entry): void {
    const now = performance.now()
    if (now < entry.restingUntil || this.#entries.get(hash) !== entry) return
    entry.restingUntil = now + ANNOUNCE_SECONDS_MIN * 1_000
    void this.#announce(hash, entry)
  }
}

interface Offered {
  readonly peer: PeerId
  readonly offerId: string
  readonly offer: string
}

interface Answered {
  readonly peer: PeerId
  readonly offerId: string
  readonly answer: string
}

const FAILURE_CHARACTERS_MAX = 200

/** Name *room* on trackers, as trystero does: the first 20 characters of sha1(sha1("Trystero@" app "@" room)). */
export function infoHash(name: RoomName): string {
  return digitsOf(topicOf(name)).slice(0, ID_LENGTH)
}

function isId(value: unknown): value is PeerId {
  return typeof value === 'string' && value.length === ID_LENGTH
}

function sealedIn(description: unknown): string | null {
  const { sdp } = Object(description)
  return typeof sdp === 'string' && sdp !== '' ? sdp : null
}
