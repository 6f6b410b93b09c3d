/** Every remote peer with a channel: who comes in, who is sent away, and what is held against each. */

import { earliest, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { FOREIGN_PEERS_MAX, HALF_OPEN_SESSIONS_MAX } from '../core/limits.ts'
import { FEATURE_LACKING, GoodbyeReason, isOfBlobs, type Message } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import type { BlobExchange } from './blob-exchange.ts'
import type { Decline, News, Request, Strike } from './effects.ts'
import { Bite, type Budget } from './health.ts'
import type { BlobInput, Compare, KeyBanned, Left, Opened } from './inputs.ts'
import type { Intake } from './intake.ts'
import type { Meeting } from './meeting.ts'
import type { Mesh } from './mesh.ts'
import { Neighbour, type Surroundings } from './neighbour.ts'
import type { LiveRelay } from './relay.ts'
import { type Identity, State } from './session.ts'
import type { ClockComparison } from './skew.ts'
import { type SavedStrike, STRIKE_STATE_NAMES, StrikeState, Strikes } from './strikes.ts'

/** Who learns which neighbours come and go. */
export interface Colleagues {
  readonly intake: Intake
  readonly relay: LiveRelay
  readonly clocks: ClockComparison
  readonly mesh: Mesh
  readonly meeting: Meeting | null
  readonly blobs: BlobExchange | null
}

/** The neighbours of one node. */
export class Neighbours {
  readonly #identity: Identity
  readonly #surroundings: Surroundings
  readonly #intake: Intake
  readonly #relay: LiveRelay
  readonly #strikes = new Strikes()
  readonly #clocks: ClockComparison
  readonly #mesh: Mesh
  readonly meeting: Meeting | null
  readonly blobs: BlobExchange | null
  readonly #byPeer = new Map<PeerId, Neighbour>()
  readonly #clogging = new Bite()
  #isLeaving = false

  constructor(identity: Identity, surroundings: Surroundings, colleagues: Colleagues) {
    const { intake, relay, clocks, mesh, meeting, blobs } = colleagues
    this.#identity = identity
    this.#surroundings = surroundings
    this.#intake = intake
    this.#relay = relay
    this.#clocks = clocks
    this.#mesh = mesh
    this.meeting = meeting
    this.blobs = blobs
    meeting?.heed(mesh)
  }

  /** All of them. */
  get all(): Neighbour[] {
    return [...this.#byPeer.values()]
  }

  /** Give the neighbour *peer*; undefined when it has no channel. */
  get(peer: PeerId): Neighbour | undefined {
    return this.#byPeer.get(peer)
  }

  /** Say how many take nothing for now, and what their clocks say; a page chooses nobody, and has no places. */
  budgets(now: Moment): Budget[] {
    const clogged = this.all.filter(({ isClogged }) => isClogged).length
    if (clogged === 0) this.#clogging.ease()
    return [
      this.#clogging.budget('send', clogged, this.#byPeer.size),
      this.#surroundings.giving.budget(now),
      this.#relay.budget,
      this.#clocks.budget(now),
    ]
  }

  /** Nobody is proving itself, and every established peer had an equal root since we last wrote. */
  get isQuiet(): boolean {
    return this.all.every(({ session, isQuiet, liveSync }) => {
      return session.state !== State.PROVING && isQuiet && !liveSync?.hasNews
    })
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    const upkeep = this.#byPeer.size > 0 ? this.#surroundings.upkeep : null
    const machines = [this.meeting, this.blobs, upkeep, ...this.all]
    return earliest(machines.map(machine => machine?.deadline ?? null))
  }

  /** Act on what is overdue, and close what is too many. */
  tick(now: Moment): Request[] {
    if (this.#byPeer.size > 0) this.#surroundings.upkeep?.tick(now)
    const effects = this.all.flatMap(neighbour => neighbour.tick(now))
    const foreign = this.all.filter(({ isForeign }) => isForeign).slice(FOREIGN_PEERS_MAX)
    const reason = 'too many peers of other applications'
    const goodbyes = foreign.flatMap(({ session }) => session.close(GoodbyeReason.FULL, reason, now))
    return [...effects, ...goodbyes, ...(this.meeting?.tick(now) ?? []), ...(this.blobs?.tick(now) ?? [])]
  }

  // How they come and go.

  /** Greet who opened a channel, or send it away at once. */
  open(opened: Opened, now: Moment): Request[] {
    const neighbour = new Neighbour(opened, this.#identity, { rng: this.#surroundings.rng })
    const halfOpen = this.all.filter(({ session }) => session.isHalfOpen).length
    this.#byPeer.set(opened.peer, neighbour)
    const effects = neighbour.session.start(now)
    return [...effects, ...this.#turnAway(neighbour, halfOpen, now)]
  }

  /** Take in *neighbour*, whose session has just been established, unless its key is banned. */
  establish(neighbour: Neighbour, now: Moment): Request[] {
    const { peer, session } = neighbour
    const { peerKey: key, hello } = session
    if (key === null || hello === null || this.#strikes.isBanned(key, now)) {
      return session.close(GoodbyeReason.BANNED, 'the key is banned', now)
    }
    const goes = this.#mesh.prove(peer, key, this.#lagOf, now.monotonic)
    const leaving = goes === null ? undefined : this.#byPeer.get(goes)?.session
    const effects = leaving?.close(GoodbyeReason.FULL, "its place is another's", now) ?? []
    if (goes === peer) return effects
    const purse = this.#surroundings.giving.purse(key, now)
    this.#relay.join(peer, { hasLacking: (hello.features & FEATURE_LACKING) !== 0, purse })
    if (neighbour.isClogged) this.#relay.clog(peer)
    effects.push({ type: 'Emit', event: { type: 'PeerJoined', peer, key } })
    const skew = this.#clocks.compare(peer, hello.unix, now)
    if (skew !== null) effects.push({ type: 'Emit', event: skew })
    this.#surroundings.upkeep?.tick(now)
    return [
      ...effects,
      ...neighbour.establish(this.#surroundings, purse, now),
      ...(this.blobs?.join(peer, hello.features, now) ?? []),
      ...(this.meeting?.join(peer, hello, now, session) ?? []),
    ]
  }

  /** Forget *peer*, whose channel is gone. */
  drop(peer: PeerId, reason: string, now: Moment): Request[] {
    const neighbour = this.#byPeer.get(peer)
    if (neighbour === undefined) return []
    this.#byPeer.delete(peer)
    this.#mesh.close(peer)
    const effects = [...this.#relay.leave(peer), ...(this.blobs?.leave(peer, now) ?? [])]
    neighbour.purse?.leave()
    this.meeting?.leave(peer, now)
    this.#intake.disown(peer)
    this.#clocks.forget(peer)
    const { provenKey: key, isForeign: wasForeign } = neighbour
    neighbour.session.closed(now)
    if (key !== null) return [{ type: 'Emit', event: { type: 'PeerLeft', peer, key, reason } }, ...effects]
    return wasForeign ? [{ type: 'Emit', event: { type: 'ForeignPeerLeft', peer, reason } }] : []
  }

  /** Take what *neighbour* says that is of no round and brings no records. */
  hear(neighbour: Neighbour, message: Message, now: Moment): Request[] {
    if (message.type === 'Declining') neighbour.declined?.heard(message.shortIds)
    if (isOfBlobs(message)) return this.blobs?.hear(neighbour.peer, message, now) ?? []
    return this.meeting?.hear(neighbour.peer, message, now) ?? []
  }

  /** Tell a neighbour that we take none of what it brought. */
  decline({ peer, ids }: Decline): Request[] {
    const neighbour = this.#byPeer.get(peer)
    return neighbour?.liveSync ? (neighbour.declined?.tell(ids) ?? []) : []
  }

  /** Hold back what *peer* is to be told and can wait, also of a session that is still to be established. */
  clog(peer: PeerId, now: Moment): void {
    const neighbour = this.#byPeer.get(peer)
    if (neighbour === undefined) return
    neighbour.clog()
    this.#clogging.bite(now.unix)
    this.#relay.clog(peer)
    this.blobs?.clog(peer)
  }

  /** Go on telling *peer*. */
  drain(peer: PeerId, now: Moment): Request[] {
    return [
      ...this.#relay.drain(peer),
      ...(this.#byPeer.get(peer)?.drain(now) ?? []),
      ...(this.blobs?.drain(peer) ?? []),
    ]
  }

  /** Say goodbye to all. */
  leave(now: Moment): Request[] {
    this.#isLeaving = true
    return this.all.flatMap(({ session }) => session.close(GoodbyeReason.LEAVING, '', now))
  }

  /** Let all compare soon: our set grew by records that nobody announces; *but* one has them. */
  poke(now: Moment, but: PeerId | null): void {
    for (const { peer, liveSync } of this.all) {
      if (peer !== but) liveSync?.poke(now)
    }
  }

  /** Let those compare whose roots differed: our set changed by *news*, perhaps by what they were ahead of us. */
  moved(news: readonly News[], now: Moment): Request[] {
    this.#surroundings.giving.grow(news.map(([record]) => record))
    const met = news.filter(([, source]) => source !== null && this.#mesh.gained(source, now))
    const newest = Math.max(...news.map(([{ createdAt }]) => createdAt)) as UnixTime
    const byUs = news.some(([, source]) => source === null)
    for (const { liveSync } of this.all) {
      liveSync?.moved(now)
      liveSync?.pace.added(now, newest)
      if (liveSync && byUs) liveSync.hasNews = true
    }
    return met.length > 0 ? [{ type: 'KeepAcquaintances', acquaintances: this.#mesh.acquaintances.all }] : []
  }

  /** Do what the user wants of them: leave all, ban one, exchange blobs, or compare with those that may lack what we wrote. */
  take(event: Compare | KeyBanned | BlobInput | Left, now: Moment): Request[] {
    if (event.type === 'Left') return this.leave(now)
    if (event.type === 'KeyBanned') return this.ban(event.key, event.seconds, now)
    if (event.type !== 'Compare') return this.blobs?.receive(event, now) ?? []
    for (const { liveSync } of this.all) if (liveSync?.hasNews) liveSync.pace.ask(now)
    return []
  }

  // What is held against them.

  /** Ban *subject* by the user's will, or lift its ban with 0 seconds. */
  ban(subject: PublicKey | string, seconds: number, now: Moment): Request[] {
    this.#strikes.ban(subject, seconds, now)
    if (seconds <= 0) return []
    const banned = this.all.filter(({ provenKey, address }) => subject === provenKey || subject === address)
    return banned.flatMap(neighbour => this.#sendAway(neighbour, 'banned by the user', now))
  }

  /**
   * Count *strike*; who is banned by it is sent away, with all that share its key or hide behind its address.
   *
   * A peer without a proven key may be anybody behind that address: it loses its channel, and nobody is counted.
   */
  strike({ peer, fault, reason: what, times = 1 }: Strike, now: Moment): Request[] {
    const neighbour = this.#byPeer.get(peer)
    const key = neighbour?.provenKey ?? null
    const reason = times === 1 ? what : `${what}, ${times} times`
    if (neighbour === undefined || key === null) {
      return [{ type: 'Emit', event: { type: 'StrikeCounted', peer, key, reason, state: 'clear', address: '' } }]
    }
    const address = neighbour.ownAddress
    const state = this.#strikes.blame({ key, address }, fault, now, { times })
    const event = { type: 'StrikeCounted', peer, key, reason, state: STRIKE_STATE_NAMES[state], address } as const
    if (state !== StrikeState.BANNED) return [{ type: 'Emit', event }]
    const goodbyes = this.all.flatMap(other => {
      const isSame = other === neighbour || other.provenKey === key
      const isStrangerThere = other.provenKey === null && this.#isBannedAddress(other.ownAddress, now)
      return isSame || isStrangerThere ? this.#sendAway(other, `banned: ${reason}`, now) : []
    })
    return [{ type: 'Emit', event }, ...goodbyes]
  }

  /** Take up what an earlier life held against peers. */
  restoreStrikes(saved: Iterable<SavedStrike>, now: Moment): void {
    this.#strikes.restore(saved, now)
  }

  /** Give what is held against peers: the warned and the banned. */
  savedStrikes(now: Moment): readonly SavedStrike[] {
    return this.#strikes.snapshot(now)
  }

  /** Send *neighbour* away at once when it may not come in; *halfOpen* counts the others that are unproven. */
  #turnAway({ session, address }: Neighbour, halfOpen: number, now: Moment): Request[] {
    if (this.#isLeaving) return session.close(GoodbyeReason.LEAVING, '', now)
    if (this.#isBannedAddress(address, now)) {
      return session.close(GoodbyeReason.BANNED, 'the address is banned', now)
    }
    if (halfOpen < HALF_OPEN_SESSIONS_MAX) return []
    return session.close(GoodbyeReason.FULL, 'too many unproven sessions', now)
  }

  #sendAway({ peer, session }: Neighbour, detail: string, now: Moment): Request[] {
    const goodbye = session.close(GoodbyeReason.BANNED, detail, now)
    this.#intake.drop(peer)
    return goodbye
  }

  readonly #lagOf = (peer: PeerId): number | null => this.#byPeer.get(peer)?.session.lagSeconds ?? null

  #isBannedAddress(address: string, now: Moment): boolean {
    return address !== '' && this.#strikes.isBanned(address, now)
  }
}
