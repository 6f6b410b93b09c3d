/**
 * One session on one channel: hello, proof, heartbeat, goodbye (docs/protocol.md, "Sessions").
 *
 * Both sides send `Hello` as soon as the channel opens, and `Proof` as soon as the other's hello is in. A peer
 * that never says hello is a plain Trystero application: it is FOREIGN, and left alone.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { Allowance } from '../core/allowance.ts'
import { after, type Moment, type Monotonic } from '../core/clock.ts'
import { isPublicKey, KEY_BYTES, type PublicKey, type SecretKey, verify } from '../core/keys.ts'
import {
  HEARTBEAT_ANSWER_SECONDS,
  HEARTBEAT_QUIET_SECONDS,
  HEARTBEAT_YIELD_SECONDS,
  HELLO_TIMEOUT_SECONDS,
  MESSAGE_BURST_MAX,
  MESSAGES_PER_SECOND_MAX,
  PROOF_TIMEOUT_SECONDS,
  SESSION_AGE_MAX_SECONDS,
  SILENCE_MAX_SECONDS,
} from '../core/limits.ts'
import {
  BLOB_TYPES,
  FEATURE_BLOBS,
  FEATURE_DECLINING,
  FEATURE_INTRODUCING,
  FEATURE_LACKING,
  FEATURE_NAMING,
  GoodbyeReason,
  type Hello,
  INTRODUCTION_TYPES,
  LIGHT_TYPES,
  LIVE_TYPES,
  type Message,
  PROTOCOL_VERSION,
  type Proof,
  type Role,
  SYNC_TYPES,
} from '../core/message.ts'
import type { Rng } from '../core/rng.ts'
import type { ChannelBinding, PeerId, RoomTag } from '../core/signal.ts'
import { unreachable } from '../core/unreachable.ts'
import { LocalProtocolError } from '../errors.ts'
import type { Request, Send } from './effects.ts'
import { Fault } from './strikes.ts'

/** Where a session stands. */
export const State = {
  /** Our hello is out; theirs is not in. */
  GREETED: 'greeted',
  /** No hello came in time: an application that shares the channel. */
  FOREIGN: 'foreign',
  /** Their hello is in and our proof is out. */
  PROVING: 'proving',
  /** Their proof is good; everything else may flow. */
  ESTABLISHED: 'established',
  /** Goodbye is said; what still arrives is ignored. */
  CLOSING: 'closing',
  /** The channel is gone. */
  CLOSED: 'closed',
} as const
export type State = (typeof State)[keyof typeof State]

const EVERYDAY = [
  'Ping',
  'Pong',
  ...SYNC_TYPES,
  'Records',
  ...LIVE_TYPES,
  'Declining',
  ...LIGHT_TYPES,
  ...INTRODUCTION_TYPES,
  ...BLOB_TYPES,
  'Unknown',
] as const
const ALL = ['Hello', 'Proof', 'Goodbye', ...EVERYDAY] as const

/** What may come when, and where it leads. What is not here is a fault of the peer. */
export const TRANSITIONS: { readonly [state in State]: { readonly [kind in Message['type']]?: State } } = {
  greeted: { Hello: State.PROVING, Goodbye: State.CLOSING },
  foreign: { Hello: State.PROVING, Goodbye: State.CLOSING },
  proving: { Proof: State.ESTABLISHED, Goodbye: State.CLOSING },
  established: { Goodbye: State.CLOSING, ...allTo(EVERYDAY, State.ESTABLISHED) },
  closing: allTo(ALL, State.CLOSING),
  closed: allTo(ALL, State.CLOSED),
}

/** White space as Python's `rstrip` sees it, in a text without control characters. */
const SPACE_AT_END = /\p{Z}+$/u

/** What each reason to say goodbye is called. */
const REASON_NAMES = new Map<GoodbyeReason, string>(
  Object.entries(GoodbyeReason).map(([name, reason]) => [reason, name.toLowerCase()]),
)

/** What our own hello says in every session of a room. */
export interface Identity {
  readonly key: SecretKey
  readonly roomTag: RoomTag
  readonly rulesId: Hello['rulesId']
  readonly retentionSeconds: number
  readonly role: Role
  /** The room's name says its rules: who has others is turned away. */
  readonly isBound?: boolean
  /** Neighbours can be introduced to us, and by us. */
  readonly introduces?: boolean
  /** We know of names. */
  readonly names?: boolean
  /** We fetch and give blobs. */
  readonly exchanges?: boolean
}

/** The machine of one channel; the node shows it every message, and reads `state` afterwards. */
export class Session {
  readonly peer: PeerId
  readonly nonce: Uint8Array
  state: State = State.GREETED
  hello: Hello | null = null
  /** Round-trip time of the last heartbeat. */
  lagSeconds: number | null = null
  readonly #binding: ChannelBinding
  readonly #identity: Identity
  readonly #rng: Rng
  #entered = 0 as Monotonic
  #heard = 0 as Monotonic
  #said = 0 as Monotonic
  /** How long we say nothing before a heartbeat: one side pings, and the other only where that one does not. */
  #quietSeconds: number = HEARTBEAT_QUIET_SECONDS
  #ping: { readonly token: number; readonly sent: Monotonic } | null = null
  readonly #allowance = new Allowance(MESSAGES_PER_SECOND_MAX, MESSAGE_BURST_MAX)

  constructor(peer: PeerId, binding: ChannelBinding, identity: Identity, { rng }: { readonly rng: Rng }) {
    this.peer = peer
    this.nonce = rng.randomBytes(KEY_BYTES)
    this.#binding = binding
    this.#identity = identity
    this.#rng = rng
  }

  /** Greet the peer. */
  start(now: Moment): Request[] {
    this.#entered = this.#heard = this.#said = now.monotonic
    const { key, roomTag, rulesId, retentionSeconds, role, introduces, names, exchanges } = this.#identity
    const hello: Hello = {
      type: 'Hello',
      version: PROTOCOL_VERSION,
      roomTag,
      publicKey: key.publicKey,
      nonce: this.nonce,
      rulesId,
      retentionSeconds,
      role,
      features:
        FEATURE_LACKING |
        FEATURE_DECLINING |
        (introduces ? FEATURE_INTRODUCING : 0) |
        (names ? FEATURE_NAMING : 0) |
        (exchanges ? FEATURE_BLOBS : 0),
      unix: now.unix,
    }
    return [this.#send(hello, now)]
  }

  /** The key the peer claims, or has proven once the session is ESTABLISHED. */
  get peerKey(): PublicKey | null {
    return this.hello === null ? null : this.hello.publicKey
  }

  /** The peer has not proven itself yet. */
  get isHalfOpen(): boolean {
    return this.state === State.GREETED || this.state === State.PROVING
  }

  /** Take *message* from the peer. */
  receive(message: Message, now: Moment): Request[] {
    this.#heard = now.monotonic
    if (TRANSITIONS[this.state][message.type] === undefined) {
      return this.#fault(Fault.WRONG_STATE, `${message.type} in ${this.state.toUpperCase()}`, now)
    }
    if (this.#isOver) return []
    if (!this.#allowance.spend(1, now)) {
      return this.#fault(Fault.FLOOD, `more than ${MESSAGES_PER_SECOND_MAX} messages a second`, now)
    }
    return this.#take(message, now)
  }

  /** Say goodbye and ask for the channel to be closed. */
  close(reason: GoodbyeReason, detail: string, now: Moment): Request[] {
    if (this.#isOver) return []
    const goodbye = this.state === State.FOREIGN ? [] : [this.#send({ type: 'Goodbye', reason, detail }, now)]
    this.#enter(State.CLOSING, now)
    return [...goodbye, { type: 'Disconnect', peer: this.peer, reason: detail || nameOf(reason) }]
  }

  /** Note that the channel is gone. */
  closed(now: Moment): void {
    this.#enter(State.CLOSED, now)
  }

  /** Note that the node sent something on this channel: no heartbeat is due for a while. */
  sent(now: Moment): void {
    this.#said = now.monotonic
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    switch (this.state) {
      case State.GREETED:
        return after(this.#entered, HELLO_TIMEOUT_SECONDS)
      case State.PROVING:
        return after(this.#entered, PROOF_TIMEOUT_SECONDS)
      case State.ESTABLISHED:
        return Math.min(
          this.#said + this.#quietSeconds,
          this.#heard + SILENCE_MAX_SECONDS,
          this.#entered + SESSION_AGE_MAX_SECONDS,
        ) as Monotonic
      case State.FOREIGN:
      case State.CLOSING:
      case State.CLOSED:
        return null
      default:
        return unreachable(this.state)
    }
  }

  /** Act on what is overdue. */
  tick(now: Moment): Request[] {
    const deadline = this.deadline
    if (deadline === null || now.monotonic < deadline) return []
    if (this.state === State.GREETED) {
      this.#enter(State.FOREIGN, now)
      return [{ type: 'Emit', event: { type: 'ForeignPeerJoined', peer: this.peer } }]
    }
    if (this.state === State.PROVING) {
      return this.close(GoodbyeReason.FAULT, `no proof within ${PROOF_TIMEOUT_SECONDS} s`, now)
    }
    return this.#keepAlive(now)
  }

  #keepAlive(now: Moment): Request[] {
    if (now.monotonic >= this.#heard + SILENCE_MAX_SECONDS) {
      this.#enter(State.CLOSING, now)
      return [{ type: 'Disconnect', peer: this.peer, reason: `silent for ${SILENCE_MAX_SECONDS} s` }]
    }
    if (now.monotonic >= this.#entered + SESSION_AGE_MAX_SECONDS) {
      return this.close(GoodbyeReason.EXPIRED, 'the session is a day old', now)
    }
    return [this.#beat(now)]
  }

  /** Say whether the peer seems to be gone, though the channel is not: it should have said something by now. */
  isSilent(now: Moment): boolean {
    const due = this.#heard + HEARTBEAT_QUIET_SECONDS + HEARTBEAT_YIELD_SECONDS
    const asked = Math.min(due, this.#askedAt ?? due)
    return this.state !== State.ESTABLISHED || now.monotonic >= asked + HEARTBEAT_ANSWER_SECONDS
  }

  /** Ask for a sign of life, unless there was one a moment ago or is asked for already. */
  probe(now: Moment): Send[] {
    const isRecent = now.monotonic < this.#heard + HEARTBEAT_ANSWER_SECONDS
    return isRecent || this.#askedAt !== null || this.state !== State.ESTABLISHED ? [] : [this.#beat(now)]
  }

  /** When we pinged, if nothing has come since. */
  get #askedAt(): number | null {
    return this.#ping !== null && this.#ping.sent >= this.#heard ? this.#ping.sent : null
  }

  #beat(now: Moment): Send {
    const token = this.#rng.uint32()
    this.#ping = { token, sent: now.monotonic }
    return this.#send({ type: 'Ping', token }, now)
  }

  #take(message: Message, now: Moment): Request[] {
    switch (message.type) {
      case 'Hello':
        return this.#greeted(message, now)
      case 'Proof':
        return this.#proven(message, now)
      case 'Ping':
        return [this.#send({ type: 'Pong', token: message.token }, now)]
      case 'Pong':
        return this.#ponged(message.token, now)
      case 'Goodbye': {
        this.#enter(State.CLOSING, now)
        const farewell = `goodbye: ${nameOf(message.reason)} ${message.detail}`
        return [{ type: 'Disconnect', peer: this.peer, reason: farewell.replace(SPACE_AT_END, '') }]
      }
      default:
        return []
    }
  }

  #greeted(hello: Hello, now: Moment): Request[] {
    const refusal = this.#refuse(hello)
    if (refusal !== null) return this.close(...refusal, now)
    if (!isPublicKey(hello.publicKey)) {
      return this.#fault(Fault.MALFORMED, "the hello's key is no point of secp256k1", now)
    }
    this.hello = hello
    this.#enter(State.PROVING, now)
    const transcript = this.#transcript(hello, { isOurs: true })
    const signature = this.#identity.key.sign(transcript, this.#rng.randomBytes(KEY_BYTES))
    return [this.#send({ type: 'Proof', signature }, now)]
  }

  #refuse(hello: Hello): readonly [GoodbyeReason, string] | null {
    if (hello.version !== PROTOCOL_VERSION) {
      return [GoodbyeReason.WRONG_VERSION, `version ${hello.version}, not ${PROTOCOL_VERSION}`]
    }
    if (hello.roomTag !== this.#identity.roomTag) return [GoodbyeReason.WRONG_ROOM, 'the hello names another room']
    if (bytesToHex(hello.nonce) === bytesToHex(this.nonce)) return [GoodbyeReason.SELF, 'our own hello came back']
    if (this.#identity.isBound === true && hello.rulesId !== this.#identity.rulesId) {
      return [GoodbyeReason.OTHER_RULES, "the room's name says other rules"]
    }
    return null
  }

  #proven(proof: Proof, now: Moment): Request[] {
    const hello = this.hello
    if (hello === null) throw new LocalProtocolError('PROVING was entered without a hello')
    if (!verify(hello.publicKey, this.#transcript(hello, { isOurs: false }), proof.signature)) {
      return this.#fault(Fault.BAD_PROOF, 'the proof does not fit this channel', now)
    }
    if (bytesToHex(this.nonce) > bytesToHex(hello.nonce)) this.#quietSeconds += HEARTBEAT_YIELD_SECONDS
    this.#enter(State.ESTABLISHED, now)
    return []
  }

  #transcript(hello: Hello, { isOurs }: { readonly isOurs: boolean }): Uint8Array {
    // Each side's own fields come first, so that a proof cannot be reflected.
    const { key, roomTag } = this.#identity
    const ours = [hexToBytes(key.publicKey), this.nonce, this.#binding.local] as const
    const theirs = [hexToBytes(hello.publicKey), hello.nonce, this.#binding.remote] as const
    const [first, second] = isOurs ? [ours, theirs] : [theirs, ours]
    const fields = [first[0], second[0], first[1], second[1], first[2], second[2]]
    return sha256(concatBytes(utf8ToBytes('peerset/auth/1'), hexToBytes(roomTag), ...fields))
  }

  #ponged(token: number, now: Moment): Request[] {
    if (this.#ping?.token === token) {
      this.lagSeconds = now.monotonic - this.#ping.sent
      this.#ping = null
    }
    return []
  }

  #fault(fault: Fault, reason: string, now: Moment): Request[] {
    return [{ type: 'Strike', peer: this.peer, fault, reason }, ...this.close(GoodbyeReason.FAULT, reason, now)]
  }

  #send(message: Message, now: Moment): Send {
    this.#said = now.monotonic
    return { type: 'Send', peer: this.peer, message }
  }

  get #isOver(): boolean {
    return this.state === State.CLOSING || this.state === State.CLOSED
  }

  #enter(state: State, now: Moment): void {
    this.state = state
    this.#entered = now.monotonic
  }
}

function allTo<Kind extends Message['type']>(kinds: readonly Kind[], state: State): { readonly [kind in Kind]: State } {
  return Object.fromEntries(kinds.map(kind => [kind, state])) as { [kind in Kind]: State }
}

function nameOf(reason: GoodbyeReason): string {
  return REASON_NAMES.get(reason) ?? `reason ${reason}`
}
