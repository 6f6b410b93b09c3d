/**
 * How neighbours bring peers together, where the transport lets them (docs/protocol.md, "Introductions").
 *
 * Trystero makes the channels in a page: what it offers and answers goes to others by a neighbour, and theirs to it.
 */

import { after, earliest, type Moment, type Monotonic } from '../core/clock.ts'
import {
  ATTEMPT_TIMEOUT_SECONDS,
  ATTEMPTS_MAX,
  INTRODUCED_OFFERS_MAX,
  NEIGHBOURS_CHOSEN,
  REDIAL_BASE_SECONDS,
  REDIAL_MAX_SECONDS,
  RESTS_MAX,
} from '../core/limits.ts'
import { FEATURE_INTRODUCING, type Hello, type Message } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import type { Dial, Effect, Signal } from './effects.ts'
import type { Described } from './inputs.ts'
import { CALLS_AT_ONCE, type Dialer, Introductions, type Member } from './introductions.ts'
import type { Mesh } from './mesh.ts'
import type { Hearing } from './passing.ts'

/** A channel that is to be. */
interface Attempt {
  readonly until: Monotonic
  /** We offer, and the peer is to answer. */
  readonly isOffer: boolean
  /** Who brought the peer to us; null when we chose it of those that it named. */
  readonly bringer: PeerId | null
}

/** Whom we called in vain. */
interface Rest {
  readonly failures: number
  readonly until: Monotonic
}

/** The meetings of one room; the node tells it of its neighbours. */
export class Meeting implements Dialer {
  readonly #self: Member
  readonly #introductions: Introductions
  #mesh: Mesh | null = null
  readonly #neighbours = new Set<PeerId>()
  /** In order of age. */
  readonly #attempts = new Map<PeerId, Attempt>()
  readonly #rests = new Map<PeerId, Rest>()

  constructor(self: Member) {
    this.#self = self
    this.#introductions = new Introductions(self, this)
  }

  /** Learn from *mesh* who is good for something. */
  heed(mesh: Mesh): void {
    this.#mesh = mesh
  }

  /** Count *peer* among the neighbours, and introduce it if its *hello* says that it understands that. */
  join(peer: PeerId, { features, publicKey }: Hello, now: Moment, hearing?: Hearing): Effect[] {
    this.#neighbours.add(peer)
    this.#attempts.delete(peer)
    this.#rests.delete(peer)
    return features & FEATURE_INTRODUCING ? this.#introductions.join(peer, publicKey, now, hearing) : []
  }

  /** Forget the neighbour *peer*. */
  leave(peer: PeerId, now: Moment): void {
    this.#neighbours.delete(peer)
    this.#introductions.leave(peer, now)
  }

  /** Take *message* of the neighbour *peer*, if it is about others. */
  hear(peer: PeerId, message: Message, now: Moment): Effect[] {
    return this.#introductions.receive(peer, message, now).flatMap(effect => {
      if (effect.type === 'Dial') return this.#call(effect.peer, null, now)
      return effect.type === 'Signal' ? this.#take(effect, now) : [effect]
    })
  }

  /** Send what Trystero offers or answers on its way. */
  describe({ peer, description }: Described): Effect[] {
    return this.#introductions.carry(peer, description)
  }

  /** Act on every deadline that has passed. */
  tick(now: Moment): Effect[] {
    for (const [peer, { until }] of this.#attempts) if (until <= now.monotonic) this.#fail(peer, now)
    return this.#introductions.tick(now)
  }

  /** When to call `tick`. */
  get deadline(): Monotonic | null {
    const [oldest] = this.#attempts.values()
    return earliest([oldest?.until ?? null, this.#introductions.deadline])
  }

  // What introductions ask of whoever dials.

  /** Trystero makes channels for as long as we are in the room. */
  get isCalling(): boolean {
    return true
  }

  /** Say how many neighbours we lack, beside those that we called: who else comes may come in vain. */
  missing(): number {
    return NEIGHBOURS_CHOSEN - this.#neighbours.size - this.#attemptsBy(null)
  }

  /** Fewer have proven who they are than we look for, whoever is on the way. */
  get isLacking(): boolean {
    return this.#neighbours.size < NEIGHBOURS_CHOSEN
  }

  /** Say whether an offer for *peer* makes sense: nothing is under way or failed lately, and it is not ourselves. */
  mayCall(peer: PeerId, now: Moment): boolean {
    if (peer === this.#self.own || this.#neighbours.has(peer) || this.#attempts.has(peer)) return false
    return (this.#rests.get(peer)?.until ?? now.monotonic) <= now.monotonic
  }

  /** Say whether the neighbour *peer* was good for something lately. */
  isUseful(peer: PeerId, now: Moment): boolean {
    return this.#mesh?.isUseful(peer, now.monotonic) ?? false
  }

  #call(peer: PeerId, bringer: PeerId | null, now: Moment): Dial[] {
    return this.#attempt(peer, { isOffer: true, bringer }, now) ? [{ type: 'Dial', peer }] : []
  }

  #take(signal: Signal, now: Moment): Effect[] {
    const { peer, description } = signal
    const isNeighbour = this.#neighbours.has(peer) || peer === this.#self.own
    const attempt = this.#attempts.get(peer)
    const isLarger = peer > this.#self.own
    if (description.kind === 'answer') return attempt?.isOffer ? [signal] : []
    if (isNeighbour || (attempt && (isLarger || !attempt.isOffer))) return []
    const bringer = this.#introductions.introducerOf(peer) ?? null
    // Trystero leaves an offer of a larger id unanswered while it has any out itself: that one shall answer ours.
    if (isLarger) return this.#call(peer, bringer, now)
    return this.#attempt(peer, { isOffer: false, bringer }, now) ? [signal] : []
  }

  /** Note that a channel to *peer* is to be; false when too many are. */
  #attempt(peer: PeerId, how: Omit<Attempt, 'until'>, now: Moment): boolean {
    const most = how.bringer === null ? INTRODUCED_OFFERS_MAX : CALLS_AT_ONCE
    if (this.#attemptsBy(how.bringer) >= most || this.#attempts.size >= ATTEMPTS_MAX) return false
    this.#attempts.delete(peer)
    this.#attempts.set(peer, { ...how, until: after(now.monotonic, ATTEMPT_TIMEOUT_SECONDS) })
    return true
  }

  #attemptsBy(bringer: PeerId | null): number {
    return [...this.#attempts.values()].filter(attempt => attempt.bringer === bringer).length
  }

  /** Let *peer*, to which no channel came, rest: longer each time. */
  #fail(peer: PeerId, now: Moment): void {
    const failures = 1 + (this.#rests.get(peer)?.failures ?? 0)
    const seconds = Math.min(REDIAL_MAX_SECONDS, REDIAL_BASE_SECONDS * 2 ** (failures - 1))
    const until = after(now.monotonic, seconds * this.#self.rng.uniform(0.5, 1))
    this.#attempts.delete(peer)
    this.#rests.delete(peer)
    this.#rests.set(peer, { failures, until })
    const [oldest = peer] = this.#rests.keys()
    if (this.#rests.size > RESTS_MAX) this.#rests.delete(oldest)
  }
}
