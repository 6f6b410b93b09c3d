/**
 * Set reconciliation with one established peer (docs/protocol.md, "Sync").
 *
 * A round goes Root -> Sketch -> Ranges -> Fin, or Root -> Days -> Ranges -> ... -> Fin where a sketch does not do, with
 * Want and Records on the side. The peer with the smaller nonce is the *initiator*: it alone opens rounds; the other may
 * invite it by a Root of round 0. Sketch or Days and Ranges pass the turn; whoever has no open range left answers Fin,
 * once all it pushes is sent, and the second Fin ends the round.
 */

import type { Moment, Monotonic } from '../core/clock.ts'
import { STRETCH_RECORDS } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import type { Bound, Days, Fin, Message, Records, Root, Sketch, SyncMessage } from '../core/message.ts'
import type { RecordId } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import type { PeerId, RoomTag } from '../core/signal.ts'
import { unreachable } from '../core/unreachable.ts'
import { Comparing, type ComparingOptions } from './comparing.ts'
import type { Request } from './effects.ts'
import { Horizon } from './horizon.ts'
import { costOf } from './inlet.ts'
import { Lacked } from './lacking.ts'
import { Pace } from './pace.ts'
import { type Compared, Deferral, finOf, isSameRoot, isWindow, Round } from './round.ts'
import { State, TRANSITIONS } from './stages.ts'
import { Fault } from './strikes.ts'
import { Transfer } from './transfer.ts'

export { State, TRANSITIONS }

const DIGEST_HEX = 32 // The first 16 bytes of a root.

/** The digest of a `Fin` that ends a round in which no day can be compared: a clock is wrong, nobody is to blame. */
export const NOTHING_IN_COMMON = '0'.repeat(DIGEST_HEX)

/** What a `Sync` is made of beside its peer and the set. */
export interface SyncOptions extends ComparingOptions {
  /** Our nonce is the smaller one. */
  readonly isInitiator: boolean
  /** Makes what gives records in one round. */
  readonly transfer?: () => Transfer
  /** The peer understands `Lacking`. */
  readonly hasLacking?: boolean
  readonly rng: Rng
  /** The windows of this session; those of the usual rules when left out. */
  readonly horizon?: Horizon
}

/** The machine of one established peer. */
export class Sync {
  readonly peer: PeerId
  readonly isInitiator: boolean
  state: State = State.IDLE
  gained = 0
  given = 0
  /** We wrote since the last round began. */
  hasNews = false
  /** The channel has not taken what was said before: nothing is said that can wait, until `drain`. */
  isClogged = false
  readonly #index: Index
  readonly #roomTag: RoomTag
  readonly #horizon: Horizon
  readonly #lacked: Lacked
  readonly pace: Pace
  readonly #ways: SyncOptions
  /** That of the round that is open. */
  comparing: Comparing | null = null
  #workedAt: Monotonic | null = null
  #workedBefore = 0
  #resume: Bound | null = null
  #lastNumber = 0
  #undealtBytes = 0
  #deferred: Deferral | null = null

  constructor(peer: PeerId, index: Index, roomTag: RoomTag, options: SyncOptions) {
    const { salt, isInitiator, sift, hasLacking = true, rng, horizon = new Horizon() } = options
    this.peer = peer
    this.isInitiator = isInitiator
    this.#index = index
    this.#roomTag = roomTag
    this.#horizon = horizon
    this.#lacked = new Lacked(peer, salt, { isUnderstood: hasLacking })
    this.#ways = { ...options, sift: (...listed) => this.#lacked.sift(sift(...listed)) }
    this.pace = new Pace({ isInitiator, rng })
  }

  /** Begin; the initiator opens a round at once. */
  start(now: Moment): Request[] {
    return this.isInitiator ? this.#open(now) : []
  }

  /** Go on where the channel was clogged. */
  drain(now: Moment): Request[] {
    this.isClogged = false
    return this.comparing === null ? [] : this.#goOn(this.comparing, now)
  }

  /** Note that our set grew by records that nobody announces: compare soon, with the youngest too. */
  poke(now: Moment): void {
    this.pace.poke(now)
  }

  /** Note that our set changed: where the roots differed, it may have been by what came in just now. */
  moved(now: Moment): void {
    this.pace.moved(now)
  }

  /** Take a `Root`, or what belongs to a round. */
  receive(message: SyncMessage, now: Moment): Request[] {
    if (message.type === 'Root') return this.#onRoot(message, now)
    if (message.round > this.#lastNumber) {
      return this.#fault(Fault.LYING, `${message.type} of a round that was never opened`, now)
    }
    const comparing = this.#of(message.round)
    if (comparing === null) return []
    if (!(message.type in TRANSITIONS[this.state])) {
      return this.#fault(Fault.WRONG_STATE, `${message.type} in ${this.state.toUpperCase()}`, now)
    }
    comparing.round.touched = now.monotonic
    return [...this.#take(comparing, message, now), ...this.#pump(now)]
  }

  /** Note that *message* arrived; its blobs are on their way through intake. */
  received(message: Records, now: Moment): Request[] {
    const size = message.blobs.reduce((sum, blob) => sum + costOf(message.round, blob), 0)
    this.#undealtBytes += size
    const active = this.#of(message.round)?.round
    if (active === undefined) return []
    return active.arrive(size, now) ? [] : this.#fault(Fault.FLOOD, 'more records than credit', now)
  }

  /** Note that intake is done with *size* bytes of blobs from this peer, and *added* of them are new. */
  dealt(round: number, size: number, added: number, now: Moment): Request[] {
    this.#undealtBytes -= size
    this.gained += added
    const active = this.#of(round)?.round
    const effects: Request[] = []
    if (active !== undefined) {
      effects.push(...active.deal(size, added, now).map(credit => this.#send(credit)))
    }
    const root = this.#deferred?.root
    if (this.#undealtBytes === 0 && root !== undefined) {
      this.#deferred = null
      effects.push(...this.#answerRoot(root, now))
    }
    return [...effects, ...this.#pump(now)]
  }

  /** Take the answer to a `Load`. */
  loaded(round: number, blobs: readonly Uint8Array[], now: Moment): Request[] {
    const active = this.#of(round)?.round
    if (active === undefined) return []
    active.touched = now.monotonic
    const lacking = active.transfer.loaded(blobs)
    return [...this.#lacked.tell(round, lacking), ...this.#pump(now)]
  }

  /** Give none of *ids* any more, whose content is gone for good. */
  purge(ids: readonly RecordId[]): void {
    this.comparing?.round.transfer.purge(ids)
  }

  /** The last round ended with equal roots and nothing from this peer is on its way. */
  get isQuiet(): boolean {
    return this.state === State.SETTLED && this.#undealtBytes === 0
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    const comparing = this.comparing
    if (this.isClogged) return null
    if (this.#deferred !== null) return this.#deferred.deadline
    if (comparing === null) return this.pace.due
    return comparing.hasWork ? comparing.round.touched : comparing.round.deadline
  }

  /** Open a round, invite one, say that one goes on, or give up one that does not move. */
  tick(now: Moment): Request[] {
    const deadline = this.deadline
    if (deadline === null || now.monotonic < deadline) return []
    if (this.#deferred !== null) return [this.#send(this.#deferred.say(now))]
    const comparing = this.comparing
    if (comparing !== null) return this.#goOn(comparing, now)
    if (this.isInitiator) return this.#open(now)
    this.pace.opened(now)
    return [this.#send(this.#root({ number: 0, ...this.#horizon.opening(now.unix, { isFull: true }) }))]
  }

  #goOn(comparing: Comparing, now: Moment): Request[] {
    if (comparing.hasWork) {
      comparing.round.touched = now.monotonic
      this.#workedAt = null
      return [...this.#compare(comparing, now), ...this.#pump(now)]
    }
    // It is we who are slow: a round begun anew, by either side, would bring all of that once more.
    if (comparing.round.undealtBytes > 0) return [this.#send(comparing.round.giveCredit(now))]
    // Load or loss on either side, or a machine that slept: nobody is to blame.
    return this.#end(comparing, now, { isEqual: false })
  }

  // The steps of a round, in the order they happen.

  #open(now: Moment): Request[] {
    const fresh = this.#begin({ number: this.#lastNumber + 1, ...this.#horizon.opening(now.unix, this.pace) }, now)
    return [this.#send(this.#root(fresh.round))]
  }

  #onRoot(root: Root, now: Moment): Request[] {
    if (!isWindow(root)) return this.#fault(Fault.LYING, `a window from day ${root.firstDay} to ${root.upto}`, now)
    if (this.isInitiator) return this.#invited(root, now)
    if (root.round <= this.#lastNumber) {
      return this.#fault(Fault.LYING, `round ${root.round} after round ${this.#lastNumber}`, now)
    }
    if (!this.pace.admits(now)) return this.#fault(Fault.FLOOD, 'more than a round a second', now)
    if (this.#undealtBytes > 0) {
      this.#deferred = new Deferral(root, now)
      return []
    }
    return this.#answerRoot(root, now)
  }

  #answerRoot(root: Root, now: Moment): Request[] {
    const span = this.#horizon.answering(root, now.unix)
    const fresh = this.#begin({ number: root.round, ...(span ?? root) }, now)
    if (span === null) {
      this.#end(fresh, now, { isEqual: false })
      return [this.#send({ type: 'Fin', round: root.round, count: 0, digest: NOTHING_IN_COMMON })]
    }
    const mine = this.#root(fresh.round)
    if (isSameRoot(mine, root)) return [this.#send(finOf(mine)), ...this.#end(fresh, now, { isEqual: true })]
    return [this.#send(fresh.begin(root.count, this.pace))]
  }

  #invited(root: Root, now: Moment): Request[] {
    if (root.round !== 0) return this.#fault(Fault.WRONG_STATE, 'a round opened by who may only invite', now)
    this.pace.ask(now)
    return []
  }

  #take(comparing: Comparing, message: Exclude<SyncMessage, Root>, now: Moment): Request[] {
    switch (message.type) {
      case 'Days':
        return this.#onDays(comparing, message, now)
      case 'Sketch':
        return this.#onSketch(comparing, message, now)
      case 'More':
        return this.#onMore(comparing, message.symbols, now)
      case 'Ranges':
        comparing.take(message)
        return this.#compare(comparing, now)
      case 'Want':
        if (comparing.give(message.shortIds)) return []
        return this.#fault(Fault.LYING, 'wants what was not listed', now)
      case 'Lacking':
        this.#lacked.heard(message.shortIds)
        return []
      case 'Credit':
        if (comparing.round.transfer.credit(message.totalBytes)) return []
        return this.#fault(Fault.LYING, 'credit for bytes never sent', now)
      case 'Fin':
        return this.#onFin(comparing, message, now)
      default:
        return unreachable(message)
    }
  }

  #onDays(comparing: Comparing, days: Days, now: Moment): Request[] {
    const isFit = this.isInitiator && comparing.awaited.includes('Days') && comparing.round.adopt(days)
    if (!isFit) return this.#fault(Fault.LYING, 'days that do not fit the round', now)
    return this.#say(comparing, comparing.takeDays(days))
  }

  #onSketch(comparing: Comparing, sketch: Sketch, now: Moment): Request[] {
    const answer = this.isInitiator ? comparing.takeSketch(sketch, this.pace) : null
    if (answer === null) return this.#fault(Fault.LYING, 'a sketch that does not fit the round', now)
    return this.#say(comparing, answer)
  }

  #onMore(comparing: Comparing, symbols: number, now: Moment): Request[] {
    const answer = this.isInitiator ? null : comparing.takeMore(symbols)
    return answer === null ? this.#fault(Fault.LYING, 'more than a sketch has', now) : [this.#send(answer)]
  }

  /** Answer what the peer said, as much of it as one moment takes; `tick` goes on with the rest. */
  #compare(comparing: Comparing, now: Moment): Request[] {
    if (now.monotonic !== this.#workedAt) {
      this.#workedAt = now.monotonic
      this.#workedBefore = comparing.worked
    }
    const effects: Request[] = []
    while (!this.isClogged && comparing.hasWork && comparing.worked - this.#workedBefore < STRETCH_RECORDS) {
      const answer = comparing.work()
      if (answer === null) return [...effects, ...this.#fault(Fault.LYING, 'ranges that were not open', now)]
      effects.push(...this.#say(comparing, answer))
    }
    return effects
  }

  #say(comparing: Comparing, answer: readonly Message[]): Request[] {
    if (comparing.isOver) {
      comparing.round.isFinDue = true
      this.state = State.FETCHING
    }
    return answer.map(this.#send)
  }

  #onFin(comparing: Comparing, fin: Fin, now: Moment): Request[] {
    if (this.isInitiator && comparing.awaited.length > 1) {
      // The other found its root equal to ours, or no day that both compare, and has left the round already.
      return this.#end(comparing, now, { isEqual: fin.digest !== NOTHING_IN_COMMON })
    }
    comparing.round.fin = fin
    comparing.round.isFinDue = true
    comparing.stop()
    this.state = State.FETCHING
    return []
  }

  /** Send, load, and end the round, as far as all that is possible now. */
  #pump(now: Moment): Request[] {
    const comparing = this.comparing
    if (comparing === null || this.isClogged) return []
    const active = comparing.round
    const round = active.number
    const effects = active.transfer.nextMessages(round).map(this.#send)
    const ids = active.transfer.nextIds(now)
    if (ids.length > 0) effects.push({ type: 'Load', peer: this.peer, round, ids })
    const isSecond = active.fin !== null && !active.isFinSent
    const mayEnd = active.isFinDue && active.transfer.isEmpty && !(isSecond && this.#undealtBytes !== 0)
    if (mayEnd && !active.isFinSent) {
      active.isFinSent = true
      effects.push(this.#send(finOf(this.#root(active))))
    }
    if (active.fin !== null && active.isFinSent && this.#undealtBytes === 0) {
      effects.push(...this.#conclude(comparing, active.fin, now, { isSecond }))
    }
    return effects
  }

  #conclude(comparing: Comparing, fin: Fin, now: Moment, { isSecond }: { isSecond: boolean }): Request[] {
    // What we gave came after the other's first Fin, whose digest says nothing of it. The initiator hears our
    // digest and asks once more if it must; the other may take equality for granted until then.
    const { gained, transfer } = comparing.round
    const isGiven = transfer.count > 0
    const { digest, count } = this.#root(comparing.round)
    comparing.isSame = digest === fin.digest
    const isVain = !isGiven && gained === 0 && comparing.left === null && !comparing.isSketched
    const isDone = isVain && this.#lacked.explains(count - fin.count)
    const isEqual = comparing.isSame || isDone || (isSecond && isGiven && !this.isInitiator)
    return this.#end(comparing, now, { isEqual })
  }

  #begin(compared: Compared, now: Moment): Comparing {
    this.#lastNumber = compared.number
    const transfer = this.#ways.transfer?.() ?? new Transfer(this.#index, this.#ways.salt)
    const round = new Round(compared, transfer, { now: now.monotonic })
    this.comparing = new Comparing(round, this.#index, this.#ways, this.#resume)
    this.pace.opened(now)
    this.#workedAt = null
    this.state = State.COMPARING
    this.hasNews = false
    return this.comparing
  }

  #end(ended: Comparing, now: Moment, { isEqual }: { isEqual: boolean }): Request[] {
    this.comparing = null
    this.#resume = ended.reached
    this.given += ended.round.transfer.count
    this.state = isEqual ? State.SETTLED : State.IDLE
    this.pace.ended(now, ended.outcome({ isEqual }))
    const event = { type: 'PeerSynced', peer: this.peer, gained: this.gained, given: this.given } as const
    return isEqual ? [{ type: 'Emit', event }] : []
  }

  #fault(fault: Fault, reason: string, now: Moment): Request[] {
    if (this.comparing !== null) this.#end(this.comparing, now, { isEqual: false })
    return [{ type: 'Strike', peer: this.peer, fault, reason }]
  }

  /** Give the round *number* while it is open. */
  #of(number: number): Comparing | null {
    return this.comparing?.round.number === number ? this.comparing : null
  }

  readonly #send = (message: Message): Request => ({ type: 'Send', peer: this.peer, message })

  #root({ number, firstDay, upto }: Compared): Root {
    const { count, digest } = this.#index.root(this.#roomTag, firstDay, upto)
    return { type: 'Root', round: number, firstDay, upto, count, digest: digest.slice(0, DIGEST_HEX) }
  }
}
