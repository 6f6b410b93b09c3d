/**
 * A tracker inside the page: what trystero tells it goes to others by a neighbour, and theirs by it to trystero.
 *
 * Each of trystero's strategies has connections of its own, so one for neighbours alone would meet everybody twice.
 * Here the torrent strategy, which there is, takes neighbours for one more tracker, and keeps one set of peers.
 */

import { getRelaySockets } from '@trystero-p2p/torrent'
import { ATTEMPT_TIMEOUT_SECONDS } from '../core/limits.ts'
import type { PeerId, RoomName } from '../core/signal.ts'
import type { Description, Dial, Signal } from '../protocol/effects.ts'
import type { Described } from '../protocol/inputs.ts'
import { Envelope } from './envelope.ts'
import { infoHash } from './rendezvous.ts'

/** Where trystero believes the tracker to be; such a name is never given to anybody (RFC 2606). */
export const INNER_URL = 'wss://neighbours.invalid'

/** So often trystero says unasked what it offers. */
const INTERVAL_SECONDS = 120

/** After so long an offer that is not answered may go to another. */
export const LENT_SECONDS = 5

/** What trystero says to a tracker. */
interface Said {
  readonly info_hash?: string
  readonly offers?: readonly { readonly offer_id: string; readonly offer: { readonly sdp: string } }[]
  readonly answer?: { readonly sdp: string }
  readonly offer_id?: string
  readonly to_peer_id?: string
}

/** The tracker's socket, as much of it as trystero uses; always open. */
class InnerSocket {
  readonly url = INNER_URL
  readonly readyState = 1
  readonly rooms = new Map<string, (said: Said) => void>()
  onopen: (() => void) | null = null
  onmessage: ((event: { readonly data: string }) => void) | null = null
  onclose: (() => void) | null = null

  send(text: string): void {
    const said: Said = JSON.parse(text)
    this.rooms.get(said.info_hash ?? '')?.(said)
  }

  close(): void {}
}

/** The one of this page, which trystero keeps for all its rooms. */
const inner = new InnerSocket()

/** Say whether trystero can be given a socket of ours in this page: it makes its sockets once, for whoever joins first. */
export function canIntroduce(): boolean {
  const urls = Object.keys(getRelaySockets())
  if (urls.length > 0 && !urls.includes(INNER_URL)) return false
  return Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')?.configurable === true
}

/** Let trystero *join* with the tracker inside the page among its own: it makes its sockets at once. */
export function withInner<Room>(join: () => Room): Room {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  if (before === undefined) return join()
  const construct = (Real: typeof WebSocket, words: [string]): object => {
    if (words[0] !== INNER_URL) return Reflect.construct(Real, words)
    queueMicrotask(() => inner.onopen?.())
    return inner
  }
  const value = new Proxy(globalThis.WebSocket, { construct })
  Object.defineProperty(globalThis, 'WebSocket', { configurable: true, writable: true, value })
  try {
    return join()
  } finally {
    Object.defineProperty(globalThis, 'WebSocket', before)
  }
}

/** To whom an offer went, and until when it goes to nobody else: most answer at once, and some never. */
interface Lent {
  readonly peer: PeerId
  readonly until: number
}

/** Passes on what concerns one room, until `stop`. */
export class Introducer {
  readonly #infoHash: string
  readonly #envelope: Envelope
  readonly #tell: (described: Described) => void
  /** Who waits for an offer, and until when. */
  readonly #callees = new Map<PeerId, number>()
  readonly #lent = new Map<string, Lent>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isStopped = false

  /** Tell *tell* what trystero has for others in the room *name*. */
  constructor(name: RoomName, password: string, tell: (described: Described) => void) {
    this.#infoHash = infoHash(name)
    this.#envelope = new Envelope(name, password)
    this.#tell = tell
    inner.rooms.set(this.#infoHash, said => this.#hear(said))
  }

  /** Pass on nothing more. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    inner.rooms.delete(this.#infoHash)
  }

  /** Have trystero make an offer, or give it what came. */
  perform(effect: Dial | Signal): void {
    if (effect.type === 'Signal') return void this.#deliver(effect)
    this.#callees.set(effect.peer, soon(ATTEMPT_TIMEOUT_SECONDS))
    ask()
  }

  async #deliver({ peer, description }: Signal): Promise<void> {
    const { kind, offerId } = description
    if (kind === 'answer' && this.#lent.get(offerId)?.peer !== peer) return
    const sealed = { type: kind, sdp: await this.#envelope.seal(description.sdp) }
    if (this.#isStopped) return
    say({ info_hash: this.#infoHash, peer_id: peer, offer_id: offerId, [kind]: sealed })
    // An offer that was taken up makes room for another.
    if (kind === 'answer' && this.#callees.size > 0) ask()
  }

  #hear({ offers, answer, offer_id = '', to_peer_id }: Said): void {
    if (answer !== undefined) void this.#pass(to_peer_id as PeerId, 'answer', offer_id, answer.sdp)
    if (offers === undefined) return
    say({ info_hash: this.#infoHash, interval: INTERVAL_SECONDS })
    this.#forget(new Set(offers.map(({ offer_id }) => offer_id)))
    // The first ones go to others by trackers, which may take them up meanwhile.
    const isFree = (id: string): boolean => (this.#lent.get(id)?.until ?? 0) <= performance.now()
    const free = offers.filter(({ offer_id }) => isFree(offer_id)).reverse()
    for (const [peer] of this.#callees) {
      const next = free.shift()
      if (next === undefined) return this.#askLater()
      this.#callees.delete(peer)
      this.#lent.set(next.offer_id, { peer, until: soon(LENT_SECONDS) })
      void this.#pass(peer, 'offer', next.offer_id, next.offer.sdp)
    }
  }

  /** Ask for those who still wait, once offers that nobody answers may go to them. */
  #askLater(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(ask, LENT_SECONDS * 1_000)
  }

  /** Forget what is over: offers that trystero has no more, and who waited in vain. */
  #forget(offered: ReadonlySet<string>): void {
    const now = performance.now()
    for (const id of this.#lent.keys()) if (!offered.has(id)) this.#lent.delete(id)
    for (const [peer, until] of this.#callees) if (until <= now) this.#callees.delete(peer)
  }

  async #pass(peer: PeerId, kind: Description['kind'], offerId: string, sealed: string): Promise<void> {
    const sdp = await this.#envelope.open(sealed)
    if (sdp !== null && !this.#isStopped) this.#tell({ type: 'Described', peer, description: { kind, offerId, sdp } })
  }
}

/** Have trystero say what it offers now: it takes this for a tracker that is back. */
function ask(): void {
  inner.onopen?.()
}

function say(message: object): void {
  inner.onmessage?.({ data: JSON.stringify(message) })
}

function soon(seconds: number): number {
  return performance.now() + seconds * 1_000
}
