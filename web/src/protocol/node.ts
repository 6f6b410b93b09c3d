/**
 * Our own member of a room: composes the machines, and is the only one a driver or simulator sees.
 *
 * It dials nobody: in a page the trystero package finds peers and opens channels.
 */

import type { Entry } from '../core/block.ts'
import { isBound } from '../core/bound.ts'
import { earliest, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import type { PublicKey, SecretKey } from '../core/keys.ts'
import type { Index } from '../core/merkle.ts'
import { GoodbyeReason, isLive, isOfNames, isSync, type Message, type Records, Role } from '../core/message.ts'
import type { RecordId } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import { makeRules, type Rules, rulesId } from '../core/rules.ts'
import { type RoomName, roomTag } from '../core/signal.ts'
import { unreachable } from '../core/unreachable.ts'
import { tryDecode } from '../core/wire.ts'
import { WireError } from '../errors.ts'
import { readBlobs, Screen } from './arrivals.ts'
import type { BlobExchange } from './blob-exchange.ts'
import type { Dealt, Effect, News, Request, Strike } from './effects.ts'
import { Fetching } from './fetching.ts'
import { Giving } from './giving.ts'
import type { Budget, Health } from './health.ts'
import { everything } from './horizon.ts'
import { costOf } from './inlet.ts'
import type { Input, Loaded, Opened, TransportInput } from './inputs.ts'
import { Intake } from './intake.ts'
import type { Naming } from './lightness.ts'
import type { Meeting } from './meeting.ts'
import type { Mesh } from './mesh.ts'
import type { Neighbour, PeerStatus } from './neighbour.ts'
import { Neighbours } from './neighbours.ts'
import { Refused } from './refused.ts'
import { LiveRelay } from './relay.ts'
import { Retention } from './retention.ts'
import { type Identity, State } from './session.ts'
import { ClockComparison, ClockTrust } from './skew.ts'
import { Fault, type SavedStrike } from './strikes.ts'
import type { Upkeep } from './upkeep.ts'

/** What a node is made of. */
export interface NodeOptions {
  /** Proves who we are in every session. */
  readonly key: SecretKey
  readonly room: RoomName
  readonly rng: Rng
  /** The records that our store holds. */
  readonly index: Index
  /** Who made the deletions among them. */
  readonly deleters?: Iterable<PublicKey>
  /** What it remembers as refused under *rules*. */
  readonly refused?: readonly Entry[]
  readonly rules?: Rules
  readonly role?: Role
  /** Records are put to policies before they are saved. */
  readonly hasPolicies?: boolean
  /** What our clock said when it was last believed; null when there is nothing to lose. */
  readonly seen?: UnixTime | null
  /** What it knows of names; a light member's has claims. */
  readonly naming?: Naming | undefined
  /** What the records of *index* take. */
  readonly setBytes?: number
  /** Who has a place, and whose keys were useful for long in earlier lives. */
  readonly mesh: Mesh
  /** Brings neighbours together, where the transport lets them. */
  readonly meeting?: Meeting | null
  /** Fetches and gives blobs, in a room of files. */
  readonly blobs?: BlobExchange | null
  /** Keeps up the sketch of *index*, for so many seconds of records. */
  readonly upkeep?: ((index: Index, retentionSeconds: number) => Upkeep) | null
}

/** The machine of one room: `start` once, then `receive` and `tick`; perform what they ask for, in order. */
export class Node {
  readonly key: SecretKey
  readonly index: Index
  readonly #identity: Identity
  readonly #retention: Retention
  readonly #refused: Refused
  readonly #intake: Intake
  readonly #relay: LiveRelay
  readonly #clocks = new ClockComparison()
  readonly #neighbours: Neighbours
  /** What is known of names; a light member's has claims. */
  readonly naming: Naming | undefined

  constructor({ key, room, rng, index, deleters = [], refused = [], hasPolicies = false, ...options }: NodeOptions) {
    const { rules = makeRules(), role = Role.MEMBER, seen = null, meeting = null, blobs = null, naming, mesh } = options
    this.key = key
    this.index = index
    const tag = roomTag(room)
    const { retentionSeconds } = rules
    const traits = {
      isBound: isBound(room.room),
      introduces: meeting !== null,
      names: naming !== undefined,
      exchanges: blobs !== null,
    }
    this.#identity = { key, roomTag: tag, rulesId: rulesId(rules), retentionSeconds, role, ...traits }
    this.#refused = new Refused(rulesId(rules), index, refused)
    this.#retention = new Retention({
      ...rules,
      rng,
      trust: new ClockTrust(seen, now => this.#clocks.ahead(now)),
    })
    const screen = new Screen(tag, now => this.#retention.window(now))
    const fetching = new Fetching(index)
    this.#intake = new Intake(index, screen, { deleters, hasPolicies, refused: this.#refused, fetching })
    this.#relay = new LiveRelay({ rng, isRefused: prefix => this.#refused.hasPrefix(prefix), fetching, mesh })
    const giving = new Giving(index, options.setBytes)
    this.naming = naming
    naming?.attach({ index, fetching, refused: this.#refused, retention: this.#retention, rng, giving })
    const { sift, isIn: refuses } = this.#refused
    const upkeep = options.upkeep?.(index, retentionSeconds) ?? null
    const surroundings = { index, roomTag: tag, sift, refuses, upkeep, rng, giving, naming }
    this.#neighbours = new Neighbours(this.#identity, surroundings, {
      intake: this.#intake,
      relay: this.#relay,
      clocks: this.#clocks,
      mesh,
      meeting,
      blobs,
    })
  }

  /** Collect what grew old while we were away. */
  start(now: Moment): Effect[] {
    return this.#perform(this.#retention.start(now), now)
  }

  /** Take what happened; give what to do, in order. */
  receive(event: Input, now: Moment): Effect[] {
    this.#heedClock(now)
    return this.#perform(this.#take(event, now), now)
  }

  /** Act on every deadline that has passed. */
  tick(now: Moment): Effect[] {
    this.#heedClock(now)
    const effects: Request[] = [...this.#retention.tick(now), ...this.#intake.tick(now), ...this.#relay.tick(now)]
    return this.#perform([...effects, ...this.#neighbours.tick(now), ...(this.naming?.tick(now) ?? [])], now)
  }

  /** When to call `tick`. */
  get deadline(): Monotonic | null {
    const machines = [this.#retention, this.#intake, this.#relay, this.#neighbours]
    return earliest([...machines.map(machine => machine.deadline), this.naming?.deadline ?? null])
  }

  // What the room shows.

  /** Every remote peer with a channel. */
  get peers(): PeerStatus[] {
    return this.#neighbours.all.map(({ status }) => status)
  }

  /** How many records the set holds. */
  get count(): number {
    return this.index.size
  }

  /** Compute the room root (32 bytes in hex) over the whole window, the youngest records included. */
  root(now: Moment): string {
    const { firstDay } = this.#retention.window(now.unix)
    return this.index.root(this.#identity.roomTag, firstDay, everything(now.unix)).digest
  }

  /**
   * Nothing is on its way in, and every established peer had an equal root since we last wrote.
   *
   * A peer that has said nothing yet may be an application without our protocol, and is not waited for.
   */
  get isQuiet(): boolean {
    return this.#intake.isIdle && this.#relay.isIdle && this.#neighbours.isQuiet
  }

  /** Say which budgets bite; *others* come first. */
  health(now: Moment, others: readonly Budget[]): Health {
    const budgets = [
      ...others,
      ...this.#intake.budgets,
      ...this.#neighbours.budgets(now),
      ...(this.naming?.budgets ?? []),
    ]
    const ahead = this.#clocks.ahead(now)
    const biting = budgets.filter(({ since }) => since !== null)
    return { at: now.unix, budgets, biting, skewSeconds: ahead === null ? null : -ahead }
  }

  // What survives a restart.

  /** Take up what an earlier life held against peers. */
  restoreStrikes(saved: Iterable<SavedStrike>, now: Moment): void {
    this.#neighbours.restoreStrikes(saved, now)
  }

  /** Give what is held against peers: the warned and the banned. */
  savedStrikes(now: Moment): readonly SavedStrike[] {
    return this.#neighbours.savedStrikes(now)
  }

  // Inputs.

  /** Compare with every peer soon when our clock was set: the windows in which we agree are others now. */
  #heedClock(now: Moment): void {
    if (!this.#clocks.hasStepped(now)) return
    for (const { liveSync } of this.#neighbours.all) liveSync?.poke(now)
  }

  #take(event: Input, now: Moment): readonly Request[] {
    switch (event.type) {
      case 'Opened':
        return this.#opened(event, now)
      case 'Closed':
      case 'Received':
      case 'Faulted':
      case 'Clogged':
      case 'Drained':
      case 'ActionReceived':
      case 'Described':
      case 'Loaded':
        return this.#takeFromPeer(event, now)
      case 'Published':
        return this.#intake.bring(event.records, now, { isTrusted: true, group: event.group })
      case 'Imported':
        return this.#intake.bring(event.records, now, { isTrusted: false })
      case 'Verified':
      case 'Judged':
      case 'Resolved':
      case 'Saved':
      case 'SaveFailed':
        return this.#intake.receive(event, now)
      case 'Expired':
        return this.#retention.receive(event, now)
      case 'Purged':
        return this.#purge(event.ids)
      case 'Wanted':
        return this.#relay.fetching.want(event, now)
      case 'Lost':
        return this.#lose(event.entries, now)
      default:
        return this.#neighbours.take(event, now)
    }
  }

  #opened(event: Opened, now: Moment): Request[] {
    const before = this.#neighbours.drop(event.peer, 'the peer opened a new channel', now)
    return [...before, ...this.#neighbours.open(event, now)]
  }

  #takeFromPeer(event: Exclude<TransportInput, Opened> | Loaded, now: Moment): readonly Request[] {
    const neighbour = this.#neighbours.get(event.peer)
    switch (event.type) {
      case 'Closed':
        return this.#neighbours.drop(event.peer, event.reason, now)
      case 'ActionReceived':
        return [{ type: 'Emit', event }]
      case 'Described':
        return this.#neighbours.meeting?.describe(event) ?? []
      case 'Faulted':
        return neighbour === undefined ? [] : this.#malformed(neighbour, event.reason, now)
      case 'Received':
        return neighbour === undefined ? [] : this.#received(neighbour, event.data, now)
      case 'Clogged':
        this.#neighbours.clog(event.peer, now)
        return []
      case 'Drained':
        return this.#neighbours.drain(event.peer, now)
      case 'Loaded':
        if (event.round === 0) return neighbour?.liveSync ? this.#relay.loaded(event.peer, event.blobs) : []
        return neighbour?.liveSync?.loaded(event.round, event.blobs, now) ?? []
      default:
        return unreachable(event)
    }
  }

  #received(neighbour: Neighbour, data: Uint8Array, now: Moment): Request[] {
    const { session } = neighbour
    const message = tryDecode(data)
    if (message instanceof WireError) {
      const isOver = session.state === State.CLOSING || session.state === State.CLOSED
      return isOver ? [] : this.#malformed(neighbour, message.message, now)
    }
    const wasEstablished = session.state === State.ESTABLISHED
    const effects = session.receive(message, now)
    if (session.state !== State.ESTABLISHED) return effects
    const more = wasEstablished ? this.#everyday(neighbour, message, now) : this.#neighbours.establish(neighbour, now)
    return [...effects, ...more]
  }

  #malformed({ peer, session }: Neighbour, reason: string, now: Moment): Request[] {
    const strike: Strike = { type: 'Strike', peer, fault: Fault.MALFORMED, reason }
    return [strike, ...session.close(GoodbyeReason.FAULT, reason, now)]
  }

  #everyday(neighbour: Neighbour, message: Message, now: Moment): Request[] {
    const isOfNoRound = (message.type === 'Credit' || message.type === 'Lacking') && message.round === 0
    if (isOfNoRound || isLive(message)) return this.#relay.receive(neighbour.peer, message, now)
    if (isSync(message)) return neighbour.liveSync?.receive(message, now) ?? []
    if (isOfNames(message)) return this.naming?.hear(neighbour, message, this.#neighbours.all, now) ?? []
    if (message.type === 'Records') return this.#takeRecords(neighbour, message, now)
    return this.#neighbours.hear(neighbour, message, now)
  }

  #takeRecords(neighbour: Neighbour, message: Records, now: Moment): Request[] {
    const { peer, liveSync, provenKey } = neighbour
    const { round, blobs } = message
    const excess = round === 0 ? this.#relay.take(peer, blobs) : []
    if (excess.length > 0) return excess
    const effects = liveSync?.received(message, now) ?? []
    const [records, malformed] = readBlobs(blobs)
    const [first] = malformed
    if (first !== undefined) {
      const reason = `a record is malformed: ${first.reason}`
      const size = malformed.reduce((sum, { blob }) => sum + costOf(round, blob), 0)
      effects.push({ type: 'Strike', peer, fault: Fault.MALFORMED, reason })
      effects.push({ type: 'Dealt', peer, round, size, added: 0, refused: size })
    }
    effects.push(...this.#relay.arrived(peer, message, records, now))
    return [...effects, ...this.#intake.offer(peer, round, records, now, provenKey)]
  }

  // Effects.

  /** Carry out what stays inside the node, in order, and give the rest to the driver. */
  #perform(requests: readonly Request[], now: Moment): Effect[] {
    const effects: Effect[] = []
    const todo = requests.toReversed()
    for (let request = todo.pop(); request !== undefined; request = todo.pop()) {
      switch (request.type) {
        case 'Strike':
          todo.push(...this.#neighbours.strike(request, now).reverse())
          break
        case 'Dealt':
          todo.push(...this.#dealt(request, now).reverse())
          break
        case 'Decline':
          todo.push(...this.#neighbours.decline(request).reverse())
          break
        case 'LeaveToSync':
          this.#neighbours.get(request.peer)?.liveSync?.poke(now)
          break
        case 'Relay':
          todo.push(...this.#passOn(request.news, now).reverse())
          break
        case 'CatchUp':
          this.#neighbours.poke(now, null)
          break
        default:
          this.#note(request, now)
          effects.push(request)
      }
    }
    return effects
  }

  /** Keep our own books of what the driver is asked to do. */
  #note(effect: Effect, now: Moment): void {
    if (effect.type === 'Send') this.#neighbours.get(effect.peer)?.session.sent(now)
    if (effect.type === 'Expire') {
      this.index.discardBefore(effect.before)
      this.#refused.forgetBefore(effect.before)
      this.naming?.forgetBefore(effect.before)
    }
  }

  #dealt({ peer, round, size, added, refused, toll }: Dealt, now: Moment): Request[] {
    const sync = this.#neighbours.get(peer)?.liveSync
    if (!sync) return []
    const credit = round === 0 ? this.#relay.dealt(peer, size, refused, now, toll) : []
    return [...credit, ...sync.dealt(round, size, added, now)]
  }

  #lose(entries: readonly Entry[], now: Moment): Request[] {
    for (const [createdAt, id] of entries) this.index.discard(createdAt, id)
    this.#relay.forget(entries.map(([, id]) => id))
    this.#neighbours.poke(now, null)
    return []
  }

  #purge(ids: readonly RecordId[]): Request[] {
    this.#relay.forget(ids)
    this.#intake.purge(ids)
    for (const { sync } of this.#neighbours.all) sync?.purge(ids)
    return []
  }

  #passOn(news: readonly News[], now: Moment): Request[] {
    const kept = this.#neighbours.moved(news, now)
    const isYoung = ([record]: News) => this.#relay.isYoung(record, now)
    for (const item of news) if (!isYoung(item)) this.#neighbours.poke(now, item[1])
    return [...kept, ...this.#relay.passOn(news.filter(isYoung), now)]
  }
}
