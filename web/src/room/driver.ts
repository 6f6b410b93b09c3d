/**
 * The page's driver of one node: takes inputs and deadlines, performs effects, decides nothing.
 *
 * Inputs are taken one after the other. What takes time (verification, policies, the store) is answered by an input;
 * what touches the store happens in order. The page has its turn in between: when a turn of ours gets long, the inputs
 * and effects that are left keep their order and wait for the next one.
 */

import { pause, SLICE_MILLISECONDS } from '../adapters/turns.ts'
import { after, HOUR_SECONDS, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import type { Message } from '../core/message.ts'
import type { Record } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import { unreachable } from '../core/unreachable.ts'
import type { Verdict } from '../core/verdict.ts'
import * as wire from '../core/wire.ts'
import { RoomClosedError } from '../errors.ts'
import type { Store, Transport } from '../ports.ts'
import type {
  BlobEffect,
  Effect,
  Expire,
  KeepAcquaintances,
  KeepRefused,
  Load,
  Resolve,
  Save,
} from '../protocol/effects.ts'
import type { Event } from '../protocol/events.ts'
import type { Expired, Input } from '../protocol/inputs.ts'
import type { Node } from '../protocol/node.ts'
import { keepAcquaintances } from './acquainted.ts'
import type { Guests } from './guests.ts'
import type { Wish } from './peer.ts'
import { CLOCK, SEEN } from './remembered.ts'

/** One message that crossed a channel, for those who watch. */
export interface Traffic {
  readonly peer: PeerId
  readonly direction: 'in' | 'out'
  /** The message's type, such as "Root"; "?" for bytes that are none. */
  readonly message: string
  readonly bytes: number
  /** Milliseconds since the page was opened. */
  readonly at: number
}

/** What a driver needs beside its node. */
export interface Parts {
  readonly store: Store
  readonly transport: Transport
  /** Give one verdict a record that wants to be a member. */
  readonly judge: (records: readonly Record[]) => Promise<readonly Verdict[]>
  readonly verify: (records: readonly Record[]) => Promise<readonly boolean[]>
  readonly now: () => Moment
  readonly onEvent: (event: Event) => void
  /** Called whenever the node may have changed. */
  readonly onStep: () => void
  /** Called once, when something breaks that should not. */
  readonly onFailure: (error: RoomClosedError) => void
  readonly onRefused: (peer: PeerId, reason: string) => void
  /** Keeps what pins show when the store collects; null where nobody may pin. */
  readonly guests?: Pick<Guests, 'expire'> | null
  /** Destroys the content of some of what expires by *until*; says whether there may be more. */
  readonly sweep: (until: UnixTime) => Promise<boolean>
  /** Finds, reads and keeps pieces of blobs, and answers by inputs; in a room of files. */
  readonly blobs?: ((effect: BlobEffect) => void) | undefined
}

/** With more inputs than that waiting, our turn goes on: peers shall not fill the memory with what they send. */
export const INPUTS_WAITING_MAX = 1_024

type StoreEffect = Save | Load | Resolve | Expire | KeepRefused | KeepAcquaintances

/** Runs a node on the page's adapters. */
export class Driver {
  readonly node: Node
  /** Told of every message that crosses a channel, while somebody watches. */
  onTraffic: ((traffic: Traffic) => void) | null = null
  readonly #parts: Parts
  readonly #inputs: Input[] = []
  /** What is to be performed before the next input is taken. */
  readonly #effects: Effect[] = []
  #storeWork: Promise<void> = Promise.resolve()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isTaking = false
  /** The page has its turn. */
  #isResting = false
  #isClosed = false
  #ending: Promise<unknown> = Promise.resolve()

  constructor(node: Node, parts: Parts) {
    this.node = node
    this.#parts = parts
  }

  /** Read both clocks. */
  now(): Moment {
    return this.#parts.now()
  }

  /** Begin: look for peers, take inputs. */
  start(): void {
    this.#enqueue(this.node.start(this.now()))
    this.#parts.transport.open({
      take: input => {
        if (input.type === 'Received') this.#watch(input.peer, 'in', input.data, null)
        this.take(input)
      },
      refused: this.#parts.onRefused,
    })
    this.#step()
  }

  /** Let the node take *input*, after those that came before. */
  take(input: Input | Wish): void {
    if (this.#isClosed) return
    if (input.type === 'Wanted' && !('Machine' in input)) return this.#want(input)
    this.#inputs.push(input)
    // What an effect causes while it is performed waits until the effects before it are done.
    if (!this.#isTaking && !(this.#isResting && this.#mayRest)) this.#step()
  }

  /** Load what asks neighbours, then ask. */
  #want(wish: Wish): void {
    const failed: Event = { type: 'FetchFailed', ids: wish.entries.map(([, id]) => id) }
    import('../protocol/wanting.ts').then(
      ({ Wanting }) => this.take({ ...wish, Machine: Wanting }),
      () => this.#parts.onEvent(failed),
    )
  }

  /** Let the node take *input*, and wait until it has. */
  async deliver(input: Input): Promise<void> {
    this.take(input)
    while (this.#inputs.includes(input) && !this.#isClosed) await pause()
  }

  /** Say goodbye, flush and close the adapters; harmless when repeated. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.take({ type: 'Left' })
      this.#isClosed = true
      // Nothing waits for the page any more.
      if (this.#isResting) this.#step()
      this.#end()
    }
    await this.#ending
  }

  #end(): void {
    clearTimeout(this.#timer)
    // What cannot even be closed is of no use any more, and keeps nobody here.
    this.#ending = Promise.allSettled([this.#parts.transport.close()]).then(() => this.#storeWork)
  }

  #step(): void {
    this.#isTaking = true
    this.#isResting = false
    try {
      this.#takeTurn()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isTaking = false
    }
    this.#parts.onStep()
    this.#arm()
  }

  #takeTurn(): void {
    const end = after(this.now().monotonic, SLICE_MILLISECONDS / 1_000)
    this.#takeUntil(end)
    const now = this.now()
    const deadline = this.node.deadline
    // Inputs that never end do not put off deadlines.
    if (deadline === null || deadline > now.monotonic) return
    this.#enqueue(this.node.tick(now))
    if (!this.#isResting) this.#takeUntil(end)
  }

  /** Take what waits, until nothing is left, or until *end* when the page is to have its turn. */
  #takeUntil(end: Monotonic): void {
    while (this.#takeOne()) {
      if (this.now().monotonic < end || !this.#mayRest) continue
      this.#rest()
      return
    }
  }

  /** Perform the next effect or, when all are performed, take the next input; false when nothing is left. */
  #takeOne(): boolean {
    const effect = this.#effects.shift()
    if (effect !== undefined) {
      this.#performOne(effect)
      return true
    }
    const input = this.#inputs.shift()
    if (input === undefined) return false
    this.#enqueue(this.node.receive(input, this.now()))
    return true
  }

  #enqueue(effects: readonly Effect[]): void {
    for (const effect of effects) this.#effects.push(effect)
  }

  get #mayRest(): boolean {
    return !this.#isClosed && this.#inputs.length <= INPUTS_WAITING_MAX
  }

  #rest(): void {
    this.#isResting = true
    void pause().then(() => {
      if (this.#isResting && !this.#isClosed) this.#step()
    })
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const deadline = this.node.deadline
    if (deadline === null || this.#isClosed || this.#isResting) return
    const seconds = Math.min(Math.max(0, deadline - this.now().monotonic), HOUR_SECONDS)
    this.#timer = setTimeout(() => this.#step(), seconds * 1_000)
  }

  #performOne(effect: Effect): void {
    switch (effect.type) {
      case 'Send':
        return this.#send(effect.peer, effect.message)
      case 'Emit':
        return this.#parts.onEvent(effect.event)
      case 'Disconnect':
        return this.#parts.transport.disconnect(effect.peer, effect.reason)
      case 'Dial':
      case 'Signal':
        return this.#parts.transport.signal?.(effect)
      case 'Judge':
        return this.#answer(async () => {
          const verdicts = await this.#parts.judge(effect.records)
          return { type: 'Judged', batch: effect.batch, verdicts }
        })
      case 'Verify':
        return this.#answer(async () => {
          const areValid = await this.#parts.verify(effect.records)
          return { type: 'Verified', batch: effect.batch, areValid }
        })
      case 'FindBlob':
      case 'ReadPieces':
      case 'KeepPiece':
      case 'GiveUpBlob':
        return this.#parts.blobs?.(effect)
      case 'Save':
      case 'Load':
      case 'Resolve':
      case 'Expire':
      case 'KeepRefused':
      case 'KeepAcquaintances':
        return this.#useStore(effect)
      default:
        return unreachable(effect)
    }
  }

  #send(peer: PeerId, message: Message): void {
    const data = wire.encode(message)
    this.#watch(peer, 'out', data, message)
    this.#parts.transport.send(peer, data)
  }

  #answer(work: () => Promise<Input>): void {
    work().then(
      input => this.take(input),
      error => this.#fail(error),
    )
  }

  #useStore(effect: StoreEffect): void {
    this.#storeWork = this.#storeWork
      .then(() => askStore(this.#parts, effect))
      .catch(error => failureOf(effect, error))
      .then(input => {
        if (input !== null) this.take(input)
      })
  }

  #watch(peer: PeerId, direction: Traffic['direction'], data: Uint8Array, message: Message | null): void {
    if (this.onTraffic === null) return
    const type = message?.type ?? typeOf(data)
    this.onTraffic({ peer, direction, message: type, bytes: data.length, at: performance.now() })
  }

  #fail(cause: unknown): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#end()
    this.#parts.onFailure(new RoomClosedError(`the room failed: ${String(cause)}`, { cause }))
  }
}

async function askStore(parts: Parts, effect: StoreEffect): Promise<Input | null> {
  const { store } = parts
  switch (effect.type) {
    case 'Save':
      if (effect.filled.length > 0) await store.fill(effect.records.filter(({ id }) => effect.filled.includes(id)))
      await store.add(effect.records, { removed: effect.removed })
      return { type: 'Saved', batch: effect.batch }
    case 'Load':
      return { type: 'Loaded', peer: effect.peer, round: effect.round, blobs: await store.wires(effect.ids) }
    case 'Resolve': {
      const [outlines, marks] = [await store.named(effect.targets), await store.marks(effect.questions)]
      return { type: 'Resolved', batch: effect.batch, outlines, marks }
    }
    case 'Expire':
      return await expire(effect, parts)
    case 'KeepRefused':
      await store.refuse(effect.refused, effect.rules)
      return null
    case 'KeepAcquaintances':
      await keepAcquaintances(store, effect.acquaintances)
      return null
  }
}

function failureOf(effect: StoreEffect, error: unknown): Input | null {
  switch (effect.type) {
    case 'Save':
    case 'Resolve':
      return { type: 'SaveFailed', batch: effect.batch, reason: error instanceof Error ? error.message : String(error) }
    case 'Load':
      return { type: 'Loaded', peer: effect.peer, round: effect.round, blobs: [] }
    case 'Expire':
      return { type: 'Expired', count: 0 }
    case 'KeepAcquaintances':
    case 'KeepRefused':
      // After the next load of the page they will be met anew, or fetched and refused once more.
      return null
  }
}

function typeOf(data: Uint8Array): string {
  try {
    return wire.decode(data).type
  } catch {
    return '?'
  }
}

async function expire({ before, seen, until }: Expire, { guests, store, sweep }: Parts): Promise<Expired> {
  const expired = (await guests?.expire(before)) ?? { type: 'Expired', count: await store.expire(before) }
  await store.note(CLOCK, SEEN, String(seen))
  // Nothing is swept at first. What could not be is tried again by the next collection.
  return { ...expired, isPartial: await sweep(until).catch(() => false) }
}
