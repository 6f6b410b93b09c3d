/**
 * Set reconciliation with one established peer (docs/protocol.md, "Sync").
 *
 * A round goes Root -> Days -> Ranges -> ... -> Fin, with Want and Records on the side. The peer with the smaller
 * nonce is the *initiator*: it alone opens rounds; the other may invite it by a Root of round 0. Days and Ranges
 * pass the turn back and forth; whoever has no open range left answers Fin, once all it pushes is sent, and the
 * second Fin ends the round.
 */

import { after, clamped, DAY_SECONDS, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import { CREDIT_WINDOW_BYTES, DAY_CELL_DAYS, FUTURE_SECONDS_MAX, ROUND_TIMEOUT_SECONDS } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import type { Days, Fin, Message, Ranges, Records, Root, SyncMessage } from '../core/message.ts'
import { compareDays, compareRanges, dayCells, type Step } from '../core/ranges.ts'
import type { Rng } from '../core/rng.ts'
import type { PeerId, RoomTag } from '../core/signal.ts'
import { unreachable } from '../core/unreachable.ts'
import type { Request } from './effects.ts'
import { Lacked } from './lacking.ts'
import { Pace } from './pace.ts'
import type { Sift } from './refused.ts'
import { window } from './retention.ts'
import { answersOf, type Compared, finOf, isSameRoot, isWindow, Round, wantsFor } from './round.ts'
import { Fault } from './strikes.ts'
import { sizeOf } from './transfer.ts'

const DIGEST_HEX = 32 // The first 16 bytes of a root.

/** Where reconciliation with a peer stands. */
export const State = {
  /** No round is open, and the last one did not end with equal roots. */
  IDLE: 'idle',
  /** Ranges are still open on one side. */
  COMPARING: 'comparing',
  /** The difference is known; records flow. */
  FETCHING: 'fetching',
  /** The last round ended with equal roots. */
  SETTLED: 'settled',
} as const
export type State = (typeof State)[keyof typeof State]

/**
 * What may come when, for the round that is open; what belongs to an older round is ignored.
 *
 * The state named is where the message usually leads: an empty answer makes COMPARING FETCHING, and unequal roots
 * at the end make SETTLED IDLE. Between rounds only leftovers of an abandoned round can come.
 */
export const TRANSITIONS: { readonly [S in State]: { readonly [T in SyncMessage['type']]?: State } } = {
  [State.IDLE]: { Root: State.COMPARING, ...leftovers(State.IDLE) },
  [State.COMPARING]: { Root: State.COMPARING, ...leftovers(State.COMPARING), Fin: State.FETCHING },
  [State.FETCHING]: { Root: State.COMPARING, Lacking: State.FETCHING, Credit: State.FETCHING, Fin: State.SETTLED },
  [State.SETTLED]: { Root: State.COMPARING, ...leftovers(State.SETTLED) },
}

function leftovers(state: State): { readonly [T in Exclude<SyncMessage['type'], 'Root'>]: State } {
  return { Days: state, Ranges: state, Want: state, Lacking: state, Credit: state, Fin: state }
}

/** Give the upper bound that leaves no record out: the end of tomorrow, UTC. */
export function everything(now: UnixTime): UnixTime {
  return ((Math.floor(clamped(now) / DAY_SECONDS) + 2) * DAY_SECONDS) as UnixTime
}

/** What a `Sync` is made of beside its peer and the set. */
export interface SyncOptions {
  /** The session's salt, 16 bytes. */
  readonly salt: Uint8Array
  /** Our nonce is the smaller one. */
  readonly isInitiator: boolean
  /** Leaves out what was refused before. */
  readonly sift: Sift
  /** The peer understands `Lacking`. */
  readonly hasLacking?: boolean
  readonly rng: Rng
}

/** The machine of one established peer. */
export class Sync {
  readonly peer: PeerId
  readonly isInitiator: boolean
  state: State = State.IDLE
  gained = 0
  given = 0
  readonly #index: Index
  readonly #roomTag: RoomTag
  readonly #salt: Uint8Array
  readonly #sift: Sift
  readonly #lacked: Lacked
  readonly #pace: Pace
  #round: Round | null = null
  #lastNumber = 0
  #undealtBytes = 0
  #deferred: Root | null = null

  constructor(peer: PeerId, index: Index, roomTag: RoomTag, options: SyncOptions) {
    const { salt, isInitiator, sift, hasLacking = true, rng } = options
    this.peer = peer
    this.isInitiator = isInitiator
    this.#index = index
    this.#roomTag = roomTag
    this.#salt = salt
    this.#sift = sift
    this.#lacked = new Lacked(peer, salt, { isUnderstood: hasLacking })
    this.#pace = new Pace({ isInitiator, rng })
  }

  /** Begin; the initiator opens a round at once. */
  start(now: Moment): Request[] {
    return this.isInitiator ? this.#open(now) : []
  }

  /** Note that our set grew by records that nobody announces: compare soon, with the youngest too. */
  poke(now: Moment): void {
    this.#pace.poke(now)
  }

  /** Take a `Root`, or what belongs to a round. */
  receive(message: SyncMessage, now: Moment): Request[] {
    if (message.type === 'Root') return this.#onRoot(message, now)
    if (message.round > this.#lastNumber) {
      return this.#fault(Fault.LYING, `${message.type} of a round that was never opened`, now)
    }
    const active = this.#round
    if (active === null || message.round !== active.number) return []
    if (!(message.type in TRANSITIONS[this.state])) {
      return this.#fault(Fault.WRONG_STATE, `${message.type} in ${this.state.toUpperCase()}`, now)
    }
    active.touched = now.monotonic
    return [...this.#take(active, message, now), ...this.#pump(now)]
  }

  /** Note that *message* arrived; its blobs are on their way through intake. */
  received(message: Records, now: Moment): Request[] {
    const size = sizeOf(message.blobs)
    this.#undealtBytes += size
    const active = this.#round
    if (active === null || message.round !== active.number) return []
    active.touched = now.monotonic
    active.receivedBytes += size
    return active.isFlooded ? this.#fault(Fault.FLOOD, 'more records than credit', now) : []
  }

  /** Note that intake is done with *size* bytes of blobs from this peer, and *added* of them are new. */
  dealt(round: number, size: number, added: number, now: Moment): Request[] {
    this.#undealtBytes -= size
    this.gained += added
    const active = this.#round
    const effects: Request[] = []
    if (active !== null && round === active.number) {
      active.touched = now.monotonic
      active.gained += added
      active.dealtBytes += size
      if (active.dealtBytes - active.creditedBytes >= CREDIT_WINDOW_BYTES / 4) {
        active.creditedBytes = active.dealtBytes
        effects.push(this.#send({ type: 'Credit', round, totalBytes: active.dealtBytes }))
      }
    }
    const root = this.#deferred
    if (this.#undealtBytes === 0 && root !== null) {
      this.#deferred = null
      effects.push(...this.#answerRoot(root, now))
    }
    return [...effects, ...this.#pump(now)]
  }

  /** Take the answer to a `Load`. */
  loaded(round: number, blobs: readonly Uint8Array[], now: Moment): Request[] {
    if (this.#round === null || round !== this.#round.number) return []
    this.#round.touched = now.monotonic
    const lacking = this.#round.transfer.loaded(blobs)
    return [...this.#lacked.tell(round, lacking), ...this.#pump(now)]
  }

  /** The last round ended with equal roots and nothing from this peer is on its way. */
  get isQuiet(): boolean {
    return this.state === State.SETTLED && this.#undealtBytes === 0
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    return this.#round === null ? this.#pace.due : after(this.#round.touched, ROUND_TIMEOUT_SECONDS)
  }

  /** Open a round, invite one, or give up one that does not move. */
  tick(now: Moment): Request[] {
    const deadline = this.deadline
    if (deadline === null || now.monotonic < deadline) return []
    if (this.#round !== null) {
      // Nobody is to blame: loss, load and a peer that lost its memory look the same from here.
      this.#end(this.#round, now, { isEqual: false })
      return []
    }
    if (this.isInitiator) return this.#open(now)
    this.#pace.opened(now)
    const { firstDay } = window(now.unix)
    return [this.#send(this.#root({ number: 0, firstDay, upto: everything(now.unix) }))]
  }

  // The steps of a round, in the order they happen.

  #open(now: Moment): Request[] {
    const { firstDay, upto: recent } = window(now.unix)
    const upto = this.#pace.isFull ? everything(now.unix) : recent
    const fresh = this.#begin({ number: this.#lastNumber + 1, firstDay, upto }, now)
    return [this.#send(this.#root(fresh))]
  }

  #onRoot(root: Root, now: Moment): Request[] {
    if (this.isInitiator) return this.#invited(root, now)
    if (root.round <= this.#lastNumber) {
      return this.#fault(Fault.LYING, `round ${root.round} after round ${this.#lastNumber}`, now)
    }
    if (!this.#pace.admits(now)) return this.#fault(Fault.FLOOD, 'more than a round a second', now)
    if (this.#undealtBytes > 0) {
      this.#deferred = root
      return []
    }
    return this.#answerRoot(root, now)
  }

  #answerRoot(root: Root, now: Moment): Request[] {
    const firstDay = Math.max(root.firstDay, window(now.unix).firstDay - 1)
    const soon = after(now.unix, FUTURE_SECONDS_MAX)
    const upto = root.upto <= Math.max(soon, everything(soon)) ? root.upto : everything(now.unix)
    if (!isWindow({ firstDay, upto })) return this.#endless(root, now)
    const fresh = this.#begin({ number: root.round, firstDay, upto }, now)
    const mine = this.#root(fresh)
    if (isSameRoot(mine, root)) {
      this.#end(fresh, now, { isEqual: true })
      return [this.#send(finOf(mine)), this.#tellSettled()]
    }
    const cells = dayCells(this.#index, this.#salt, { firstDay, upto, cellDays: DAY_CELL_DAYS })
    return [this.#send({ type: 'Days', round: root.round, firstDay, upto, cellDays: DAY_CELL_DAYS, cells })]
  }

  #invited(root: Root, now: Moment): Request[] {
    if (root.round !== 0) return this.#fault(Fault.WRONG_STATE, 'a round opened by who may only invite', now)
    if (!isWindow(root)) return this.#endless(root, now)
    if (!isSameRoot(this.#root({ ...root, number: 0 }), root)) this.poke(now)
    return []
  }

  #endless(root: Root, now: Moment): Request[] {
    return this.#fault(Fault.LYING, `a window from day ${root.firstDay} to ${root.upto}`, now)
  }

  #take(active: Round, message: Exclude<SyncMessage, Root>, now: Moment): Request[] {
    switch (message.type) {
      case 'Days':
        return this.#onDays(active, message, now)
      case 'Ranges':
        return this.#onRanges(active, message, now)
      case 'Want':
        return this.#onWant(active, message.shortIds, now)
      case 'Lacking':
        this.#lacked.heard(message.shortIds)
        return []
      case 'Credit':
        if (active.transfer.credit(message.totalBytes)) return []
        return this.#fault(Fault.LYING, 'credit for bytes never sent', now)
      case 'Fin':
        return this.#onFin(active, message, now)
      default:
        return unreachable(message)
    }
  }

  #onDays(active: Round, days: Days, now: Moment): Request[] {
    if (!this.isInitiator || active.hasDays || !active.adopt(days)) {
      return this.#fault(Fault.LYING, 'days that do not fit the round', now)
    }
    active.hasDays = true
    const hashed = this.#index.hashedIds
    const step = compareDays(this.#index, this.#salt, days)
    return this.#takeStep(active, step, now, { hashed: this.#index.hashedIds - hashed, more: false })
  }

  #onRanges(active: Round, ranges: Ranges, now: Moment): Request[] {
    if (!active.isAnswering) {
      active.lower = active.start
      active.hasAsked = false
    }
    if (!active.holds(ranges.items)) return this.#fault(Fault.LYING, 'ranges outside the round', now)
    const hashed = this.#index.hashedIds
    const compared = compareRanges(this.#index, this.#salt, active.lower, ranges.items)
    const wanted = this.#sift(this.#salt, compared.wanted, active.lower, ranges.items)
    const step = { ...compared, wanted: this.#lacked.sift(wanted) }
    active.lower = ranges.items.at(-1)?.upper ?? active.lower
    active.isAnswering = ranges.more
    return this.#takeStep(active, step, now, { hashed: this.#index.hashedIds - hashed, more: ranges.more })
  }

  #takeStep(active: Round, step: Step, now: Moment, { hashed, more }: { hashed: number; more: boolean }): Request[] {
    const { wanted } = step
    active.transfer.push(step.pushed)
    if (!active.spend({ hashed, items: step.items, wanted: wanted.length, held: this.#index.size })) {
      return this.#fault(Fault.LYING, 'comparing costs more than our records justify', now)
    }
    for (const [short, id] of step.listed) active.listing.set(short, id)
    if (!more) {
      active.listed = active.listing
      active.listing = new Map()
    }
    active.hasAsked ||= step.items.length > 0
    const wants = wantsFor(active.number, wanted)
    if (more || active.hasAsked) return [...wants, ...answersOf(active.number, step.items, { more })].map(this.#send)
    active.isFinDue = true
    this.state = State.FETCHING
    return wants.map(this.#send)
  }

  #onWant(active: Round, shortIds: readonly string[], now: Moment): Request[] {
    const ids = [...new Set(shortIds)].flatMap(short => active.listed.get(short) ?? [])
    if (ids.length < shortIds.length) return this.#fault(Fault.LYING, 'wants what was not listed', now)
    for (const short of shortIds) active.listed.delete(short)
    active.transfer.push(ids)
    return []
  }

  #onFin(active: Round, fin: Fin, now: Moment): Request[] {
    if (this.isInitiator && !active.hasDays) {
      // The other found its root equal to ours and has left the round already.
      this.#end(active, now, { isEqual: true })
      return [this.#tellSettled()]
    }
    active.fin = fin
    active.isFinDue = true
    active.listed.clear()
    this.state = State.FETCHING
    return []
  }

  /** Send, load, and end the round, as far as all that is possible now. */
  #pump(now: Moment): Request[] {
    const active = this.#round
    if (active === null) return []
    const round = active.number
    const effects = active.transfer.nextFrames().map(blobs => this.#send({ type: 'Records', round, blobs }))
    const ids = active.transfer.nextIds()
    if (ids.length > 0) effects.push({ type: 'Load', peer: this.peer, round, ids })
    const isSecond = active.fin !== null && !active.isFinSent
    const mayEnd = active.isFinDue && active.transfer.isEmpty && !(isSecond && this.#undealtBytes !== 0)
    if (mayEnd && !active.isFinSent) {
      active.isFinSent = true
      effects.push(this.#send(finOf(this.#root(active))))
    }
    if (active.fin !== null && active.isFinSent && this.#undealtBytes === 0) {
      effects.push(...this.#conclude(active, active.fin, now, { isSecond }))
    }
    return effects
  }

  #conclude(active: Round, fin: Fin, now: Moment, { isSecond }: { isSecond: boolean }): Request[] {
    // What we gave came after the other's first Fin, whose digest says nothing of it. The initiator hears our
    // digest and asks once more if it must; the other may take equality for granted until then.
    const isGiven = active.transfer.count > 0
    const { digest, count } = this.#root(active)
    const isDone = !isGiven && active.gained === 0 && this.#lacked.explains(count - fin.count)
    const isEqual = digest === fin.digest || isDone || (isSecond && isGiven && !this.isInitiator)
    this.#end(active, now, { isEqual })
    return isEqual ? [this.#tellSettled()] : []
  }

  #begin({ number, firstDay, upto }: Compared, now: Moment): Round {
    this.#lastNumber = number
    this.#round = new Round(number, firstDay, upto, { now: now.monotonic })
    this.#pace.opened(now)
    this.state = State.COMPARING
    return this.#round
  }

  #end(active: Round, now: Moment, { isEqual }: { isEqual: boolean }): void {
    this.#round = null
    this.given += active.transfer.count
    this.state = isEqual ? State.SETTLED : State.IDLE
    this.#pace.ended(now, { isEqual, hasProgress: active.gained + active.transfer.count > 0 })
  }

  #tellSettled(): Request {
    return { type: 'Emit', event: { type: 'PeerSynced', peer: this.peer, gained: this.gained, given: this.given } }
  }

  #fault(fault: Fault, reason: string, now: Moment): Request[] {
    if (this.#round !== null) this.#end(this.#round, now, { isEqual: false })
    return [{ type: 'Strike', peer: this.peer, fault, reason }]
  }

  readonly #send = (message: Message): Request => ({ type: 'Send', peer: this.peer, message })

  #root({ number, firstDay, upto }: Compared): Root {
    const { count, digest } = this.#index.root(this.#roomTag, firstDay, upto)
    return { type: 'Root', round: number, firstDay, upto, count, digest: digest.slice(0, DIGEST_HEX) }
  }
}
