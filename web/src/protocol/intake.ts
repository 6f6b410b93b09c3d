/**
 * The way in: verify, judge, save, index, emit, relay, in that order (docs/protocol.md, "Records").
 *
 * Records wait in one queue a peer and are taken in batches, a fair share from each. Batches are verified side by
 * side and then judged and saved one after the other, so that a deletion and its target meet in one order.
 */

import type { Cause } from '../core/cause.ts'
import { earliest, type Moment, type Monotonic } from '../core/clock.ts'
import { outlineOf } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import { BATCHES_AT_ONCE_MAX, EPHEMERAL_IDS_MAX } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import { isEphemeral, KIND_DELETION, type Record, type RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import { unreachable } from '../core/unreachable.ts'
import { FAILED } from '../core/verdict.ts'
import { LocalProtocolError } from '../errors.ts'
import {
  type Arrival,
  type Brought,
  dealtWith,
  emit,
  makeArrival,
  part,
  reject,
  type Screen,
  type Settled,
} from './arrivals.ts'
import { Batch, type BatchInput, type Fate, type IntakeParts, State, TRANSITIONS } from './batch.ts'
import { Delayed } from './delayed.ts'
import type { Request } from './effects.ts'
import { Fetching } from './fetching.ts'
import type { Budget } from './health.ts'
import { costOf } from './inlet.ts'
import type { Judged, Resolved } from './inputs.ts'
import { NO_ROOM, Postponed } from './postponed.ts'
import { Queues } from './queues.ts'
import { type Refused, sumUp } from './refused.ts'
import { Told } from './told.ts'
import { questionsAbout, Tombstones } from './tombstones.ts'

/** The machine of one room. */
export class Intake {
  readonly #index: Index
  readonly #screen: Screen
  /** Authors of deletions; those of others are not looked for. */
  readonly #deleters: Set<PublicKey>
  readonly #hasPolicies: boolean
  readonly #queues = new Queues()
  /** What is under way, and whether more than one peer brought it. */
  readonly #pending = new Map<RecordId, boolean>()
  readonly #batches = new Map<number, Batch>()
  #lastNumber = 0
  readonly #refused: Refused
  readonly #told = new Told()
  /** Ephemeral records passed on: no index remembers them, and several peers push each. */
  readonly #ephemerals = new Set<RecordId>()
  readonly #postponed = new Postponed()
  readonly #delayed = new Delayed()
  readonly #fetching: Fetching

  constructor(index: Index, screen: Screen, { deleters, hasPolicies, refused, fetching }: IntakeParts) {
    this.#fetching = fetching ?? new Fetching(index)
    this.#refused = refused
    this.#index = index
    this.#screen = screen
    this.#deleters = new Set(deleters)
    this.#hasPolicies = hasPolicies
  }

  /** Nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#batches.size === 0 && this.#queues.isEmpty
  }

  /** What it may take, and which of that bites. */
  get budgets(): Budget[] {
    return [this.#delayed.budget, ...this.#queues.budgets, this.#postponed.budget, this.#refused.budget]
  }

  /** When the next record that waits here is due. */
  get deadline(): Monotonic | null {
    return earliest([this.#postponed.deadline, this.#delayed.deadline])
  }

  /** Take decoded records that *peer* sent in a round (0: live). */
  offer(peer: PeerId, round: number, records: Iterable<Record>, now: Moment, key: PublicKey | null = null): Request[] {
    const effects: Request[] = []
    const declined: Arrival[] = []
    let [size, refused] = [0, 0]
    for (const record of records) {
      const cost = costOf(round, record.wire)
      const arrival = makeArrival(record, peer, round, { isOwn: record.author === key })
      const fate = this.#enqueue(arrival, now, effects)
      if (fate !== 'queued') size += cost
      if (fate !== 'refused') continue
      refused += cost
      declined.push(arrival)
    }
    if (size > 0) effects.push({ type: 'Dealt', peer, round, size, added: 0, refused })
    return [...this.#refused.decline(declined), ...sumUp(effects), ...this.#pump()]
  }

  /** Take records of our own user; those of a *group* become members all at once or not at all. */
  bring(records: Iterable<Record>, now: Moment, { isTrusted, group = null }: Brought): Request[] {
    const arrivals = Array.from(records, record => makeArrival(record, null, 0, { isTrusted, group }))
    const refusals = arrivals.map(arrival => this.#screen.refuse(arrival, now))
    if (group !== null && refusals.some(refusal => refusal.length > 0)) {
      return arrivals.flatMap((arrival, at) => (refusals[at]?.length ? refusals[at] : part(arrival)))
    }
    const effects: Request[] = []
    for (const arrival of arrivals) {
      const { id } = arrival.record
      const fate = this.#enqueue(arrival, now, effects)
      if (fate === 'passed over' && !this.#pending.has(id)) effects.push(emit({ type: 'RecordKnown', id }))
    }
    return [...effects, ...this.#pump()]
  }

  /** Keep what *peer* sent but owe it nothing for that: its channel is gone, and another one counts anew. */
  disown(peer: PeerId): void {
    this.#queues.disown(peer)
    for (const batch of this.#batches.values()) {
      batch.brought.delete(peer)
      batch.mark(peer, { isOwed: false })
    }
  }

  /** Let go of what *peer*, which is banned, sent and nobody else did, unless it is being judged already. */
  drop(peer: PeerId): void {
    const dropped = this.#queues.drop(peer, ({ record }) => this.#pending.get(record.id) === true)
    for (const { record } of dropped) this.#pending.delete(record.id)
    for (const batch of this.#batches.values()) batch.mark(peer, { isBanned: true })
  }

  /**
   * Take the answer to a question about a batch.
   *
   * Throws:
   *   LocalProtocolError: nothing of the kind was asked.
   */
  receive(message: BatchInput, now: Moment): Request[] {
    const batch = this.#batches.get(message.batch)
    if (batch === undefined || !(message.type in TRANSITIONS[batch.state])) {
      throw new LocalProtocolError(`${message.type} for batch ${message.batch}, which waits for no such thing`)
    }
    return [...this.#take(batch, message, now), ...this.#advance(now), ...this.#pump()]
  }

  /** Let in the records that have become due: postponed ones, and what a store that failed is tried with. */
  tick(now: Moment): Request[] {
    const effects: Request[] = []
    for (const arrival of [...this.#postponed.due(now), ...this.#delayed.due(now)]) this.#enqueue(arrival, now, effects)
    return [...effects, ...this.#pump()]
  }

  // From queues to batches.

  /** Queue *arrival* and say what becomes of it; add to *effects* what is to be told of that. */
  #enqueue(arrival: Arrival, now: Moment, effects: Request[]): Fate {
    const { record } = arrival
    if (this.#pending.has(record.id)) {
      this.#pending.set(record.id, true)
      return 'passed over'
    }
    const isHere = this.#ephemerals.has(record.id) || this.#index.has(record.createdAt, record.id)
    if (isHere && !this.#fetching.wanting?.wants(record.id)) return 'passed over'
    const refusal = this.#refused.has(record)
      ? reject(arrival, 'refused', 'this record was refused before')
      : this.#screen.refuse(arrival, now)
    effects.push(...this.#told.once(refusal))
    if (refusal.length > 0) return 'refused'
    if (this.#postponed.holds(record.id)) return 'passed over'
    if (this.#screen.secondsEarly(record, now) > 0 && !this.#postponed.fits(arrival, now.unix)) {
      if (arrival.peer !== null) return 'passed over'
      effects.push(...reject(arrival, 'age', NO_ROOM))
      return 'refused'
    }
    // How fast we are is nobody's fault but ours: what finds no room, sync brings again.
    effects.push(...this.#settle(this.#queues.makeRoom(arrival, now.unix), { added: 0 }))
    if (!this.#queues.put(arrival, now.unix)) return 'passed over'
    this.#pending.set(record.id, false)
    return 'queued'
  }

  #pump(): Request[] {
    const effects: Request[] = []
    while (!this.#queues.isEmpty && this.#batches.size < BATCHES_AT_ONCE_MAX) {
      this.#lastNumber += 1
      const batch = new Batch(this.#lastNumber, this.#queues.take())
      this.#batches.set(batch.number, batch)
      const records = batch.arrivals.filter(arrival => !arrival.isTrusted).map(arrival => arrival.record)
      effects.push({ type: 'Verify', batch: batch.number, records })
    }
    return effects
  }

  // One batch, step by step.

  #take(batch: Batch, message: BatchInput, now: Moment): Request[] {
    switch (message.type) {
      case 'Verified':
        return this.#verified(batch, message.areValid)
      case 'Judged':
        return this.#judged(batch, message, now)
      case 'Resolved':
        return this.#resolved(batch, message, now)
      case 'Saved':
        return this.#saved(batch, now)
      case 'SaveFailed':
        return this.#failed(batch, message.reason, now)
      default:
        return unreachable(message)
    }
  }

  #verified(batch: Batch, areValid: readonly boolean[]): Request[] {
    const flags = areValid[Symbol.iterator]()
    const forged: Arrival[] = []
    batch.arrivals = batch.arrivals.filter(arrival => {
      const isValid = arrival.isTrusted || flags.next().value === true
      if (!isValid) forged.push(arrival)
      return isValid
    })
    batch.state = State.VERIFIED
    const effects = forged.flatMap(arrival => [
      ...batch.blame(arrival),
      ...this.#drop(arrival, 'signature', "the signature is not its author's"),
    ])
    return sumUp(effects)
  }

  /** Move the first batch on when it waits for nobody but those that are done. */
  #advance(now: Moment): Request[] {
    const effects: Request[] = []
    for (const batch of this.#batches.values()) {
      if (batch.state !== State.VERIFIED) break
      for (const id of batch.forgetBanned(each => this.#pending.get(each) === false)) this.#pending.delete(id)
      if ((this.#hasPolicies && batch.arrivals.length > 0) || batch.hasPins) {
        batch.state = State.JUDGING
        effects.push({ type: 'Judge', batch: batch.number, records: batch.records })
        break
      }
      effects.push(...this.#admit(batch, now))
      if (this.#batches.has(batch.number)) break
    }
    return effects
  }

  #judged(batch: Batch, { verdicts }: Judged, now: Moment): Request[] {
    if (verdicts.length !== batch.arrivals.length) throw new LocalProtocolError('not one verdict for each record')
    const effects: Request[] = []
    const refused: Record[] = []
    const declined: Arrival[] = []
    const kept = batch.arrivals.filter((arrival, at) => {
      const verdict = verdicts[at]
      if (verdict?.type !== 'Reject') return true
      const { peer, record } = arrival
      declined.push(arrival)
      this.#fetching.wanting?.end(record.id)
      if (verdict.rule === FAILED) {
        this.#refused.remember(record)
      } else {
        // Rules may differ, and clocks, and languages: nobody is blamed, but served more slowly.
        refused.push(record)
        if (peer !== null) batch.countBad(peer)
      }
      effects.push(...this.#drop(arrival, 'policy', verdict.reason, verdict.policy))
      return false
    })
    effects.push(...this.#keepWhole(batch, kept))
    const keep = this.#refused.keep(refused, now.unix)
    return [...this.#refused.decline(declined), ...effects, ...keep, ...this.#admit(batch, now)]
  }

  /** Ask what deletions that are here say of the batch, and what is here of what its own deletions name. */
  #admit(batch: Batch, now: Moment): Request[] {
    this.#queues.weigh(batch.brought, batch.bad)
    // A deletion that is itself postponed deletes nothing yet.
    const deletions = batch.records.filter(
      record => record.kind === KIND_DELETION && this.#screen.secondsEarly(record, now) <= 0,
    )
    batch.tombstones = new Tombstones(deletions)
    const { targets } = batch.tombstones
    const questions = questionsAbout(batch.records.filter(({ author }) => this.#deleters.has(author)))
    for (const { author } of deletions) this.#deleters.add(author)
    if (targets.length === 0 && questions.length === 0) return this.#setAside(batch, now)
    batch.state = State.RESOLVING
    return [{ type: 'Resolve', batch: batch.number, targets, questions }]
  }

  #resolved(batch: Batch, { outlines, marks }: Resolved, now: Moment): Request[] {
    batch.tombstones.learn(marks)
    for (const outline of outlines) {
      const by = batch.tombstones.covering(outline)
      if (by !== null) batch.removed.push([outline, by])
    }
    return this.#setAside(batch, now)
  }

  /** Set aside what is not saved, and save the rest. */
  #setAside(batch: Batch, now: Moment): Request[] {
    const effects: Request[] = []
    const kept = batch.arrivals.filter(arrival => this.#isMember(arrival, batch.tombstones, now, effects))
    return [...effects, ...this.#keepWhole(batch, kept), ...this.#save(batch)]
  }

  /** Leave in *batch* what is *kept*, but for what is in a group with something that is not. */
  #keepWhole(batch: Batch, kept: readonly Arrival[]): Request[] {
    const parted = batch.keepWhole(kept)
    return [...parted.flatMap(part), ...this.#settle(parted, { added: 0 })]
  }

  /** Say whether *arrival* is to be saved, or add to *effects* what becomes of it instead. */
  #isMember(arrival: Arrival, tombstones: Tombstones, now: Moment, effects: Request[]): boolean {
    const { record, peer } = arrival
    const covering = tombstones.isEmpty ? null : tombstones.covering(outlineOf(record))
    const seconds = this.#screen.secondsEarly(record, now)
    if (covering !== null) {
      this.#refused.remember(record)
      effects.push(...this.#drop(arrival, 'deleted', `its author deleted it by ${covering.slice(0, 8)}`))
    } else if (isEphemeral(record)) {
      this.#rememberEphemeral(record.id)
      effects.push(...this.#passOn([arrival]))
    } else if (seconds > 0) {
      if (!this.#postponed.add(arrival, now)) {
        effects.push(...this.#drop(arrival, 'age', NO_ROOM))
        return false
      }
      effects.push(emit({ type: 'RecordPostponed', id: record.id, seconds, peer }))
      effects.push(...this.#settle([arrival], { added: 0 }))
    } else {
      return true
    }
    return false
  }

  #save(batch: Batch): Request[] {
    if (batch.arrivals.length === 0) {
      this.#batches.delete(batch.number)
      return []
    }
    batch.state = State.SAVING
    const removed = batch.removed.map(([record]) => record.id)
    const filled = batch.fill(id => this.#fetching.wanting?.wants(id) === true)
    return [{ type: 'Save', batch: batch.number, records: batch.records, removed, filled }]
  }

  /** Give nobody *ids*, though the store may have them a moment before we are told so. */
  purge(ids: readonly RecordId[]): void {
    for (const batch of this.#batches.values()) for (const id of ids) batch.purged.add(id)
  }

  #saved(batch: Batch, now: Moment): Request[] {
    this.#batches.delete(batch.number)
    const effects: Request[] = []
    for (const [record, by] of batch.removed) {
      this.#index.discard(record.createdAt, record.id)
      effects.push(emit({ type: 'RecordDeleted', id: record.id, by }))
    }
    for (const { record } of batch.arrivals) {
      this.#index.add(record.createdAt, record.id)
      this.#fetching.came(record)
    }
    return [...effects, ...this.#passOn(batch.arrivals, batch.purged), ...this.#delayed.saved(now)]
  }

  #failed(batch: Batch, reason: string, now: Moment): Request[] {
    this.#batches.delete(batch.number)
    this.#delayed.failed(batch.arrivals, now)
    const ids = batch.records.map(record => record.id)
    return [emit({ type: 'SaveDelayed', reason, ids }), ...this.#settle(batch.arrivals, { added: 0 })]
  }

  // Records, at their end.

  #passOn(arrivals: readonly Arrival[], purged: ReadonlySet<RecordId> = new Set()): Request[] {
    const emits = arrivals.map(({ record, peer }) => emit({ type: 'RecordAdded', record, peer }))
    const given = arrivals.filter(({ record }) => !purged.has(record.id))
    const news = given.map(({ record, peer }) => [record, peer] as const)
    return [...emits, ...this.#settle(arrivals, { added: 1 }), { type: 'Relay', news }]
  }

  #drop(arrival: Arrival, cause: Cause, reason: string, policy?: string): Request[] {
    const told = this.#told.once(reject(arrival, cause, reason, null, policy))
    return [...told, ...this.#settle([arrival], { added: 0, isRefused: true })]
  }

  /** Let go of *arrivals*, *added* new records each, and tell once for each sender and round what is dealt with. */
  #settle(arrivals: readonly Arrival[], settled: Settled): Request[] {
    for (const { record } of arrivals) this.#pending.delete(record.id)
    return dealtWith(arrivals, settled)
  }

  #rememberEphemeral(id: RecordId): void {
    const [oldest] = this.#ephemerals.add(id)
    if (this.#ephemerals.size > EPHEMERAL_IDS_MAX && oldest !== undefined) this.#ephemerals.delete(oldest)
  }
}
