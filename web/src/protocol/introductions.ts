/**
 * Peers that neighbours bring us together with, without any tracker (docs/protocol.md, "Introductions").
 *
 * Who has too few neighbours asks those that it has whom they know, and sends an offer by one of them; the answer comes
 * back the same way. What we do for others in return is `Passing`.
 */

import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { Allowance } from '../core/allowance.ts'
import { after, earliest, type Moment, type Monotonic } from '../core/clock.ts'
import { isPublicKey, KEY_BYTES, type PublicKey, type SecretKey } from '../core/keys.ts'
import {
  INTRODUCED_KEYS_MAX,
  INTRODUCED_PER_CHOSEN,
  INTRODUCED_PER_MINUTE,
  INTRODUCTIONS_PER_MINUTE,
  NEIGHBOURS_CHOSEN,
  NEIGHBOURS_INTERVAL_SECONDS,
  SDP_BYTES_MAX,
  SEEK_INTERVAL_MAX_SECONDS,
  SEEK_TIMEOUT_SECONDS,
} from '../core/limits.ts'
import type { Introduce, Message } from '../core/message.ts'
import type { Rng } from '../core/rng.ts'
import { SALT_BYTES, seal, unseal } from '../core/sealed.ts'
import { ID_LENGTH, type PeerId, type RoomTag } from '../core/signal.ts'
import type { Description, Dial, Send, Signal } from './effects.ts'
import { type Hearing, hexOf, MINUTE, Passing } from './passing.ts'

/** As many as one neighbour may introduce in all: a newcomer has only one to ask. */
export const CALLS_AT_ONCE = Math.floor(NEIGHBOURS_CHOSEN / INTRODUCED_PER_CHOSEN)

const KINDS = ['offer', 'answer'] as const
const OFFER_ID_LENGTH_MAX = 32
const ENTRY_BYTES = ID_LENGTH + KEY_BYTES
const ALPHABET = /^[0-9A-Za-z]+$/

/** Where we stand with one neighbour that may introduce us. */
export const AskState = {
  /** It is asked as soon as we lack neighbours. */
  FRESH: 'fresh',
  /** It was asked whom it has. */
  ASKED: 'asked',
  /** It said, or did not; it is asked again later. */
  RESTING: 'resting',
} as const
export type AskState = (typeof AskState)[keyof typeof AskState]

/** What happens between us and it. */
export type AskChange = 'ask' | 'tell' | 'miss' | 'wake'

/** What may come when, and where it leads. An answer may come late, and what is not here is ignored. */
export const TRANSITIONS: { readonly [state in AskState]: { readonly [change in AskChange]?: AskState } } = {
  fresh: { ask: AskState.ASKED },
  asked: { tell: AskState.RESTING, miss: AskState.RESTING },
  resting: { wake: AskState.FRESH },
}

/** Who makes channels of what is brought to it. */
export interface Dialer {
  /** It makes any. */
  readonly isCalling: boolean
  /** Say how many neighbours we lack, beside those that are on their way. */
  missing(now: Moment): number
  /** Say whether an offer for *peer* makes sense. */
  mayCall(peer: PeerId, now: Moment): boolean
  /** Say whether the neighbour *peer* was good for something lately. */
  isUseful(peer: PeerId, now: Moment): boolean
}

/** Who we are, and by what chance we choose. */
export interface Member {
  readonly own: PeerId
  /** Proves who we are in every session. */
  readonly key: SecretKey
  readonly tag: RoomTag
  readonly rng: Rng
}

class Introducer {
  state: AskState = AskState.FRESH
  /** When it changes by itself. */
  due: Monotonic | null = null
  pauseSeconds: number = NEIGHBOURS_INTERVAL_SECONDS
  /** What we may ask it to pass on, */
  readonly calls = new Allowance(INTRODUCED_PER_MINUTE / MINUTE, CALLS_AT_ONCE)
  /** and what we look at of that which it passes on to us. */
  readonly brought = new Allowance((2 * INTRODUCTIONS_PER_MINUTE) / MINUTE, 2 * INTRODUCTIONS_PER_MINUTE)

  /** Go on, until *due*. */
  change(change: AskChange, due: Monotonic | null): void {
    this.state = TRANSITIONS[this.state][change] ?? this.state
    this.due = due
  }
}

interface Acquaintance {
  readonly key: PublicKey
  readonly introducer: PeerId
}

/** The introductions of one room. */
export class Introductions {
  readonly #self: Member
  readonly #dialer: Dialer
  readonly #passing: Passing
  readonly #introducers = new Map<PeerId, Introducer>()
  /** The key of whoever was named to us, or called us, and by whom. */
  readonly #meetings = new Map<PeerId, Acquaintance>()
  #lookAt: Monotonic | null = null

  constructor(self: Member, dialer: Dialer) {
    this.#self = self
    this.#dialer = dialer
    this.#passing = new Passing((peer, now) => dialer.isUseful(peer, now))
  }

  /** Count *peer*, which understands introductions, among the neighbours. */
  join(peer: PeerId, key: PublicKey, now: Moment, hearing?: Hearing): Send[] {
    this.#passing.join(peer, key, hearing)
    this.#introducers.set(peer, new Introducer())
    return this.#ask(now)
  }

  /** Forget *peer*, and look soon whether we lack neighbours. */
  leave(peer: PeerId, now: Moment): void {
    this.#passing.leave(peer)
    if (!this.#introducers.delete(peer)) return
    this.#lookAt = this.#dialer.isCalling ? now.monotonic : null
    for (const other of this.#introducers.values()) {
      if (other.state !== AskState.RESTING || other.due === null) continue
      // What it said before it does not say again: who else is there has changed.
      other.due = after(other.due, NEIGHBOURS_INTERVAL_SECONDS - other.pauseSeconds)
      other.pauseSeconds = NEIGHBOURS_INTERVAL_SECONDS
    }
  }

  /** Take *message* from the neighbour *peer*, if it is about others. */
  receive(peer: PeerId, message: Message, now: Moment): (Send | Dial | Signal)[] {
    switch (message.type) {
      case 'Seek':
        return this.#passing.tell(peer, now)
      case 'Neighbours':
        return this.#told(peer, message.peers, now)
      case 'Introduce': {
        const isOurs = message.to === hexOf(this.#self.own)
        return isOurs ? this.#heard(peer, message, now) : this.#passing.passOn(peer, message, now)
      }
      default:
        return []
    }
  }

  /** Ask again, and wait for nobody too long. */
  tick(now: Moment): Send[] {
    const { deadline } = this
    if (deadline === null || now.monotonic < deadline) return []
    for (const introducer of this.#introducers.values()) {
      if (introducer.due === null || now.monotonic < introducer.due) continue
      if (introducer.state === AskState.ASKED) this.#rest(introducer, 'miss', now)
      else introducer.change('wake', null)
    }
    return this.#ask(now)
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    return earliest([this.#lookAt, ...Array.from(this.#introducers.values(), ({ due }) => due)])
  }

  /** Give the neighbour that *peer* was named by, or called us by; undefined when nobody did. */
  introducerOf(peer: PeerId): PeerId | undefined {
    return this.#meetings.get(peer)?.introducer
  }

  /** Send an offer or answer of ours by the neighbour that introduced us, if it is still there. */
  carry(peer: PeerId, description: Description): Send[] {
    const { own, key, rng } = this.#self
    const meeting = this.#meetings.get(peer)
    if (meeting === undefined || !this.#introducers.has(meeting.introducer)) return []
    const [source, to] = [hexOf(own), hexOf(peer)]
    const salt = rng.randomBytes(SALT_BYTES)
    const sealed = seal(written(description), key, meeting.key, { context: this.#context(source, to), salt })
    return [{ type: 'Send', peer: meeting.introducer, message: { type: 'Introduce', to, source, sealed } }]
  }

  #context(source: string, to: string): Uint8Array {
    return hexToBytes(this.#self.tag + source + to)
  }

  // What is asked and said.

  /** Ask who may be asked, if we lack neighbours, and look again later. */
  #ask(now: Moment): Send[] {
    const isLooking = this.#introducers.size > 0 && this.#dialer.isCalling
    this.#lookAt = isLooking ? after(now.monotonic, NEIGHBOURS_INTERVAL_SECONDS) : null
    if (!isLooking || this.#dialer.missing(now) <= 0) return []
    return this.#choose(now).map(([peer, introducer]) => {
      introducer.change('ask', after(now.monotonic, SEEK_TIMEOUT_SECONDS))
      return { type: 'Send', peer, message: { type: 'Seek' } }
    })
  }

  /** Give whom to ask: of those that are good for something, if any are. */
  #choose(now: Moment): [PeerId, Introducer][] {
    const fresh = [...this.#introducers].filter(([, { state }]) => state === AskState.FRESH)
    const useful = fresh.filter(([peer]) => this.#dialer.isUseful(peer, now))
    return useful.length > 0 ? useful : fresh
  }

  /** Call the first of those that *peer* has, one more than we lack, and not too many by it. */
  #told(peer: PeerId, peers: Uint8Array, now: Moment): Dial[] {
    const introducer = this.#introducers.get(peer)
    if (introducer?.state !== AskState.ASKED) return []
    const named = new Map(readNeighbours(peers).filter(([name]) => this.#dialer.mayCall(name, now)))
    const missing = this.#dialer.missing(now)
    // One more than we lack, for not all are there: whoever is asked once is not asked again for a while.
    const wanted = Math.min(missing > 0 ? missing + 1 : 0, CALLS_AT_ONCE - this.#broughtBy(peer))
    const called = [...named].slice(0, Math.max(0, wanted)).filter(() => introducer.calls.spend(1, now))
    for (const [name, key] of called) this.#meet(name, { key, introducer: peer })
    // Who has one neighbour alone hears of others by it or by nobody.
    const isSoon = called.length > 0 || this.#introducers.size === 1
    introducer.pauseSeconds = isSoon ? NEIGHBOURS_INTERVAL_SECONDS : introducer.pauseSeconds * 2
    this.#rest(introducer, 'tell', now)
    return called.map(([name]) => ({ type: 'Dial', peer: name }))
  }

  #rest(introducer: Introducer, change: AskChange, now: Moment): void {
    introducer.pauseSeconds = Math.min(introducer.pauseSeconds, SEEK_INTERVAL_MAX_SECONDS)
    introducer.change(change, after(now.monotonic, introducer.pauseSeconds))
  }

  /** Count the neighbours that *peer* introduced. */
  #broughtBy(peer: PeerId): number {
    return [...this.#introducers.keys()].filter(each => this.introducerOf(each) === peer).length
  }

  /** Open what *peer* passes on to us; what is not sealed for us, or too much, is nobody's fault. */
  #heard(peer: PeerId, message: Introduce, now: Moment): Signal[] {
    const introducer = this.#introducers.get(peer)
    const source = readId(hexToBytes(message.source))
    if (introducer === undefined || source === null || !introducer.brought.spend(1, now)) return []
    const opened = unseal(message.sealed, this.#self.key, this.#context(message.source, message.to))
    const description = opened === null ? null : read(opened.text)
    if (opened === null || description === null) return []
    this.#meet(source, { key: opened.source, introducer: peer })
    return [{ type: 'Signal', peer: source, description }]
  }

  #meet(peer: PeerId, meeting: Acquaintance): void {
    this.#meetings.delete(peer)
    this.#meetings.set(peer, meeting)
    const [oldest] = this.#meetings.keys()
    if (this.#meetings.size > INTRODUCED_KEYS_MAX && oldest !== undefined) this.#meetings.delete(oldest)
  }
}

function readId(data: Uint8Array): PeerId | null {
  const id = latin(data)
  return id.length === ID_LENGTH && ALPHABET.test(id) ? (id as PeerId) : null
}

function readNeighbours(peers: Uint8Array): [PeerId, PublicKey][] {
  const named: [PeerId, PublicKey][] = []
  for (let start = 0; start < peers.length; start += ENTRY_BYTES) {
    const entry = peers.subarray(start, start + ENTRY_BYTES)
    const [name, key] = [readId(entry.subarray(0, ID_LENGTH)), bytesToHex(entry.subarray(ID_LENGTH))]
    if (name !== null && isPublicKey(key)) named.push([name, key])
  }
  return named
}

function written({ kind, offerId, sdp }: Description): Uint8Array {
  return concatBytes(Uint8Array.of(KINDS.indexOf(kind), offerId.length), utf8ToBytes(offerId + sdp))
}

/** Read an offer or answer that was sealed for us; null when it is neither. */
function read(text: Uint8Array): Description | null {
  const [number = 2, length = 0] = text
  const kind = KINDS[number]
  const offerId = latin(text.subarray(2, 2 + length))
  const rest = text.subarray(2 + length)
  if (kind === undefined || length > OFFER_ID_LENGTH_MAX || rest.length > SDP_BYTES_MAX) return null
  if (offerId.length !== length || !ALPHABET.test(offerId)) return null
  try {
    return { kind, offerId, sdp: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rest) }
  } catch {
    return null
  }
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
