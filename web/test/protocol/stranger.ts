/** One node on its own, and remote peers that say to it whatever a test wants. */

import { bytesToHex } from '@noble/hashes/utils.js'
import { DAY_SECONDS, type Moment, type UnixTime } from '../../src/core/clock.ts'
import type { SecretKey } from '../../src/core/keys.ts'
import { Index } from '../../src/core/merkle.ts'
import { GoodbyeReason, type Message, Role } from '../../src/core/message.ts'
import type { Record } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { encode } from '../../src/core/wire.ts'
import type { Effect, Request } from '../../src/protocol/effects.ts'
import type { Event } from '../../src/protocol/events.ts'
import type { Input } from '../../src/protocol/inputs.ts'
import type { Node } from '../../src/protocol/node.ts'
import { Session } from '../../src/protocol/session.ts'
import { seededRng } from '../seeded.ts'
import { answerTo, type Disk, diskOf, filled, inLife, type Judge, key, makeNode, peerId, ROOM_TAG } from './pair.ts'

export const NEAR = filled(1)
export const FAR = filled(2)
export const OTHER_RULES = '72'.repeat(32)
export const ADDRESS = '192.0.2.9'
const HERE = '0000here' as PeerId

/** A node, its disk and its clock; what it asks of the store is answered at once, unless it is in *unanswered*. */
export class Host {
  now = inLife(0)
  readonly node: Node
  readonly disk: Disk
  readonly unanswered = new Set<Effect['type']>()
  readonly #judge: Judge | undefined
  #seconds = 0

  constructor(
    records: readonly Record[] = [],
    { judge, isStarted = true }: { judge?: Judge; isStarted?: boolean } = {},
  ) {
    this.disk = diskOf(records)
    this.node = makeNode(1, records, { hasPolicies: judge !== undefined })
    this.#judge = judge
    if (isStarted) this.#perform(this.node.start(this.now))
  }

  /** Give the node *inputs*, and what its questions are answered with; give all it asked for, in order. */
  feed(...inputs: readonly Input[]): Effect[] {
    return inputs.flatMap(event => this.#perform(this.node.receive(event, this.now)))
  }

  /** Let *seconds* pass at once, and tick. */
  wait(seconds: number): Effect[] {
    this.#seconds += seconds
    this.now = inLife(this.#seconds)
    return this.#perform(this.node.tick(this.now))
  }

  #perform(effects: readonly Effect[]): Effect[] {
    return effects.flatMap(effect => {
      const answer = this.unanswered.has(effect.type) ? null : answerTo(effect, this.disk, this.#judge)
      return answer === null ? [effect] : [effect, ...this.feed(answer)]
    })
  }
}

/** How a stranger differs from the usual one. */
export interface Traits {
  readonly address?: string
  readonly route?: string
  /** How far its clock is ahead of the host's. */
  readonly aheadSeconds?: number
  /** Its key is this one, rather than its own. */
  readonly key?: SecretKey
  readonly rulesId?: string
}

/** The remote end of one channel: a session that does as it should, and a mouth that need not. */
export class Stranger {
  readonly host: Host
  readonly peer: PeerId
  readonly key: SecretKey
  readonly #address: string
  readonly #route: string
  readonly #rulesId: string
  readonly #clock: Moment
  readonly #rng: Rng
  #session: Session
  #hostNonce = ''

  constructor(host: Host, number: number, traits: Traits = {}) {
    const { address = ADDRESS, route = 'direct', aheadSeconds = 0, rulesId = OTHER_RULES } = traits
    this.host = host
    this.peer = peerId(number)
    this.key = traits.key ?? key(number)
    this.#address = address
    this.#route = route
    this.#rulesId = rulesId
    this.#clock = { monotonic: host.now.monotonic, unix: (host.now.unix + aheadSeconds) as UnixTime }
    this.#rng = seededRng(`stranger ${number}`)
    this.#session = this.#makeSession()
  }

  /** Open a channel. */
  open(): Effect[] {
    this.#session = this.#makeSession()
    const binding = { local: NEAR, remote: FAR }
    const effects = this.host.feed({
      type: 'Opened',
      peer: this.peer,
      binding,
      route: this.#route,
      address: this.#address,
    })
    this.#hostNonce = bytesToHex(only(said(effects, this.peer, 'Hello')).nonce)
    return effects
  }

  /** Open a channel and prove our key over it, *meanwhile* on the way; give what the node did then. */
  establish(...meanwhile: readonly Input[]): Effect[] {
    const hello = only(said(this.open(), this.peer, 'Hello'))
    this.host.feed(...meanwhile)
    const greeting = only(said(this.#session.start(this.#clock), HERE, 'Hello'))
    const proof = only(said(this.#session.receive(hello, this.#clock), HERE, 'Proof'))
    const answer = only(said(this.say(greeting), this.peer, 'Proof'))
    this.#session.receive(answer, this.#clock)
    return this.say(proof)
  }

  /** End the first round of an established session with equal roots. */
  settle(): Effect[] {
    const day = Math.floor(this.host.now.unix / DAY_SECONDS)
    const [firstDay, upto] = [day - 60, (day * DAY_SECONDS) as UnixTime]
    const index = Index.bulk(Array.from(this.host.disk.values(), ({ createdAt, id }) => [createdAt, id]))
    const root = index.root(ROOM_TAG, firstDay, upto)
    const [count, digest] = [root.count, root.digest.slice(0, 32)]
    if (this.isInitiator) return this.say({ type: 'Root', round: 1, firstDay, upto, count, digest })
    return this.say({ type: 'Fin', round: 1, count, digest })
  }

  /** Our nonce is the smaller one. */
  get isInitiator(): boolean {
    return bytesToHex(this.#session.nonce) < this.#hostNonce
  }

  /** Send *messages*, legal or not. */
  say(...messages: readonly Message[]): Effect[] {
    return this.utter(...messages.map(encode))
  }

  /** Send bytes. */
  utter(...data: readonly Uint8Array[]): Effect[] {
    return this.host.feed(...data.map((one): Input => ({ type: 'Received', peer: this.peer, data: one })))
  }

  /** Close the channel. */
  vanish(reason = 'gone'): Effect[] {
    return this.host.feed({ type: 'Closed', peer: this.peer, reason })
  }

  #makeSession(): Session {
    const rules = { rulesId: this.#rulesId, retentionSeconds: 7_776_000 }
    const identity = { key: this.key, roomTag: ROOM_TAG, role: Role.MEMBER, ...rules }
    return new Session(HERE, { local: FAR, remote: NEAR }, identity, { rng: this.#rng })
  }
}

/** Give the one item of *items*. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items
  if (item === undefined || items.length > 1) throw new RangeError(`${items.length} items where one was expected`)
  return item
}

/** Give the messages of *kind* that *peer* was sent. */
export function said<Kind extends Message['type']>(
  effects: readonly Request[],
  peer: PeerId,
  kind: Kind,
): (Message & { readonly type: Kind })[] {
  const messages = effects.flatMap(effect => (effect.type === 'Send' && effect.peer === peer ? [effect.message] : []))
  return messages.filter((message): message is Message & { readonly type: Kind } => message.type === kind)
}

/** Give the events of *kind* that subscribers saw. */
export function told<Kind extends Event['type']>(
  effects: readonly Request[],
  kind: Kind,
): (Event & { readonly type: Kind })[] {
  const events = effects.flatMap(effect => (effect.type === 'Emit' ? [effect.event] : []))
  return events.filter((event): event is Event & { readonly type: Kind } => event.type === kind)
}

/** Give why *peer* was sent away: the reasons of goodbyes, each followed by closing the channel. */
export function farewells(effects: readonly Request[], peer: PeerId): string[] {
  const reasons = said(effects, peer, 'Goodbye').map(({ reason }) => reason)
  const closed = effects.filter(effect => effect.type === 'Disconnect' && effect.peer === peer)
  if (closed.length < reasons.length) throw new RangeError('a goodbye was said, but the channel stays open')
  return reasons.map(reason => Object.keys(GoodbyeReason)[reason] ?? '')
}
