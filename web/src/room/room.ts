/** A joined room: publish, read, listen, leave. */

import { microseconds } from '../adapters/system.ts'
import type { Json } from '../core/action.ts'
import type { Outline } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, Tags } from '../core/record.ts'
import type { PeerId, RoomName } from '../core/signal.ts'
import type { AnyId } from '../core/typed.ts'
import type { Write } from '../data/desk.ts'
import type { Opened } from '../data/opening.ts'
import { ConfigError, RoomClosedError } from '../errors.ts'
import type { Moderation } from '../moderation/moderator.ts'
import { isOwn, type RoomEvent, readTypes } from '../notices.ts'
import type { SignalingStatus } from '../ports.ts'
import type { Health } from '../protocol/health.ts'
import type { PeerStatus } from '../protocol/neighbour.ts'
import { Audience, call, type Listener, report } from './audience.ts'
import type { Courier } from './courier.ts'
import type { Traffic } from './driver.ts'
import { Expirations } from './expirations.ts'
import type { JoinOptions } from './joining.ts'
import { Outlasting } from './outlasting.ts'
import type { RoomParts } from './peer.ts'
import { follow, type Query, type Reader, type Resolve } from './query.ts'
import { View } from './reader.ts'
import type { Rejections } from './rejections.ts'
import type { SealStatus } from './sealing.ts'
import { settle } from './settling.ts'
import type { Stream } from './stream.ts'
import { Subscription } from './subscription.ts'
import type { Writer } from './writer.ts'

/** What a record is beside its content. */
export interface Publication {
  /** 1078 unless said otherwise. */
  readonly kind?: number | undefined
  /** Lists such as `['t', 'greeting']`, or by name, as in `{ t: 'greeting' }`. */
  readonly tags?: Iterable<readonly string[]> | { readonly [name: string]: string | readonly string[] } | undefined
  readonly collection?: string | null | undefined
}

/** One UTC day of the room's set, numbered from the Unix epoch. */
export interface Day {
  readonly day: number
  readonly count: number
}

/** A joined room. Made by `join`; everything ends with `leave`. */
export class Room extends Outlasting {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly name: RoomName
  /** What policies and the user decide here. */
  readonly moderation: Moderation
  /** It was left, or failed, and is told nothing more; for `join` only. */
  isOver = false
  readonly #parts: RoomParts
  readonly #view: View
  readonly #writer: Writer
  readonly #courier: Courier
  readonly #audience = new Audience(() => this.#parts.driver.now().unix)
  /** Who is told of every single rejection. */
  readonly #inner = new Audience()
  readonly #rejections: Rejections
  readonly #waiters = new Set<() => void>()
  #failure: RoomClosedError | null = null
  #leaving: Promise<void> | null = null

  constructor(parts: RoomParts) {
    super(parts)
    const { name, store, moderation } = parts
    this.name = name
    this.moderation = moderation
    this.#parts = parts
    const now = () => parts.driver.now().unix
    this.#writer = new parts.Writer(parts.signer, name, store, () => microseconds(now()), parts)
    this.#courier = new parts.Courier(input => parts.driver.take(input))
    this.#view = new View(store, moderation, new Expirations(now, event => this.#audience.take(event)))
    this.#rejections = new parts.Rejections(event => this.#audience.take(event))
    this.tend(reason => this.take({ type: 'StorageFailed', reason }))
  }

  /** The key that signs what we publish. */
  get key(): PublicKey {
    return this.#parts.signer.publicKey
  }

  /** Our id towards trackers and channels; new for every page load. */
  get peerId(): PeerId {
    return this.#parts.transport.peerId
  }

  /** Every remote peer with a channel. */
  get peers(): PeerStatus[] {
    return this.#node.peers
  }

  /** How we stand with each place where peers meet; none in a room without a network, `signaling: []`. */
  get signaling(): SignalingStatus[] {
    return this.#parts.transport.signaling()
  }

  /** How many records the room's set holds here. */
  get count(): number {
    return this.#node.count
  }

  /** The root over all records here, 64 hexadecimal digits: equal on peers that hold the same set. */
  get root(): string {
    return this.#node.root(this.#parts.driver.now())
  }

  /** Which budgets bite, and since when. */
  get health(): Health {
    return this.#parts.health(this.#audience.budget)
  }

  /** By which secrets the room is sealed, and what does not open; null where we have none. */
  get seal(): SealStatus | null {
    return this.#parts.sealing?.status ?? null
  }

  /** The UTC days of the set, oldest first. */
  get days(): Day[] {
    return this.#node.index.dayCounts().map(([day, count]) => ({ day, count }))
  }

  /**
   * Sign *content* as a record of this room and give it back once it is stored; anything but a text becomes JSON.
   *
   * It is dated after our last record here, and after the version that it replaces.
   *
   * Throws MalformedError when it breaks the limits of records, AgeError when it follows what is dated too far ahead,
   * RejectedError when a policy refuses it, StoreError when it could not be saved, and RoomClosedError when the room was
   * left.
   */
  async publish(content: Json, publication: Publication = {}): Promise<Record> {
    return await this.#write(...this.#writer.read(content, publication))
  }

  /**
   * Delete a record of ours everywhere, by a deletion record (NIP-09), which is given back.
   *
   * *id* is an id, its first digits, or the record. With the current version go all earlier ones.
   *
   * Throws ConfigError when the record is not here, or not ours, or several begin so.
   */
  async delete(id: AnyId): Promise<Record> {
    const { versions } = this.moderation.shadows
    return await this.#write(...this.#writer.readDeletion(id, await this.get(id), versions))
  }

  /**
   * Bring in records that anyone signed, for this room; give how many are new here.
   *
   * Signatures are checked. What is refused is told by `RecordRejected` events. Throws MalformedError for what is no
   * record: `recordOf` makes one of an event.
   */
  async add(records: Record | Iterable<Record>): Promise<number> {
    const before = this.count
    await this.#courier.add(records, () => this.checkOpen())
    return this.count - before
  }

  /** Give the record with this id, or the one whose id begins so, hidden or not; null when it is not here. */
  async get(id: AnyId): Promise<Record | null> {
    this.checkOpen()
    return await this.#view.get(id)
  }

  /**
   * Give the records that match, newest first, ties by lowest id first.
   *
   * Left out are older versions (of kinds 0, 3, 10000-19999 and 30000-39999), and what has expired, a rule or policy
   * hides, or a muted author wrote. Throws ConfigError for a field that is unknown, or cannot be meant.
   */
  async records(query: Query = {}): Promise<Record[]> {
    return await this.#view.query(await this.#view.resolve(this.#ask(query)))
  }

  /** Give every member that matches, shadowed, hidden, expired and older versions included, newest first. */
  async members(query: Query = {}): Promise<Record[]> {
    const found = await this.#view.members(await this.#view.resolve(this.#ask(query)))
    const guests = new Set(await this.#parts.guests?.here())
    return found.filter(({ id }) => !guests.has(id))
  }

  /**
   * Give what is left of the members that match and have no content here, which `records` passes over.
   *
   * They were purged, or given up when the disk was full. Whose tags are asked for is not known of any.
   */
  async shells(query: Query = {}): Promise<Outline[]> {
    return await this.#view.shells(await this.#view.resolve(this.#ask(query)))
  }

  /**
   * Ask neighbours again for the content of *ids*, of which only shells are here; give those that are whole now.
   *
   * Refused with a ConfigError when one is not here, or was purged by our user.
   */
  async fetch(ids: AnyId | readonly AnyId[]): Promise<Record[]> {
    this.checkOpen()
    const { fetchShells } = await import('./fetcher.ts')
    return await fetchShells(this, { ...this.#parts, inner: this.#inner }, ids, end => this.#audience.keep(end))
  }

  /**
   * Follow the records that match: those here, oldest first, then each new one.
   *
   * Without *callback*, give an async iterator; with one, give a function that ends the subscription.
   */
  subscribe(query?: Query): Subscription
  subscribe(query: Query, callback: (record: Record) => void): () => void
  subscribe(query: Query = {}, callback?: (record: Record) => void): Subscription | (() => void) {
    const resolve = this.#ask(query)
    if (callback === undefined) {
      const feed = (stream: Stream<Record>) =>
        this.#follow(resolve, {
          stored: records => stream.fill(records),
          live: record => stream.push(record),
          failed: error => stream.fail(error),
        })
      return new Subscription(this.#audience.feed(feed))
    }
    const give = call(callback)
    const failed = (error: Error) =>
      error instanceof ConfigError ? report(error) : this.take({ type: 'StorageFailed', reason: error.message })
    let isOpen = true
    const stored = (records: readonly Record[]) => {
      for (const record of records) if (isOpen) give(record)
    }
    const stop = this.#follow(resolve, { stored, live: give, failed })
    return () => {
      isOpen = false
      stop()
    }
  }

  /** Listen to what happens, from now on; call what is given back to stop. */
  on(listener: Listener): () => void {
    this.checkOpen()
    return this.#audience.on(listener)
  }

  /**
   * Listen from now on, to events of *types* or to all; a slow reader is told by `Lagged` how many events it missed.
   *
   * Throws ConfigError for a type that no event has.
   */
  events<Type extends RoomEvent['type'] = RoomEvent['type']>(
    ...types: readonly Type[]
  ): Stream<Extract<RoomEvent, { readonly type: Type }>> {
    const isWanted = readTypes<Type>(types)
    return this.#audience.feed<Extract<RoomEvent, { readonly type: Type }>>(
      stream => this.on(event => isWanted(event) && stream.push(event)),
      isOwn,
    )
  }

  /** Watch every message that crosses a channel, from now on; call what is given back to stop. */
  watch(watcher: (traffic: Traffic) => void): () => void {
    return this.#audience.watch(watcher, this.#parts.watchers, this.#parts.driver)
  }

  /**
   * Wait until at least one peer is established, all of them have our root, and nothing is on its way.
   *
   * Throws a DOMException called TimeoutError when that takes longer than *timeoutSeconds*, and RoomClosedError when the room is left.
   */
  async synced({
    timeoutSeconds = Number.POSITIVE_INFINITY,
  }: {
    timeoutSeconds?: number | undefined
  } = {}): Promise<void> {
    const isSettled = () => this.#isSettled()
    const ask = () => this.#parts.driver.take({ type: 'Compare' })
    await settle({ isSettled, ask, nextStep: milliseconds => this.#nextStep(milliseconds) }, timeoutSeconds)
  }

  /**
   * Join the part *name* of this room, such as `lobby/photos`, as the whole was joined but for what *own* says otherwise: a
   * room with a set and a store of its own, over the same channels. Refused as `join` refuses.
   */
  async sub(name: string, own: JoinOptions = {}): Promise<Room> {
    this.checkOpen()
    return await this.#parts.joinPart(name, own)
  }

  /** Say goodbye to every peer and close, unless others in this page joined it too; harmless when repeated. */
  leave(): Promise<void> {
    this.#leaving ??= this.#end(this.#failure ?? new RoomClosedError('the room was left'))
    return this.#leaving
  }

  /** Neither left nor failed. */
  get isOpen(): boolean {
    return this.#failure === null && this.#leaving === null
  }

  /** Throw a RoomClosedError when the room was left, or failed. */
  checkOpen(): void {
    if (this.#failure !== null) throw this.#failure
    if (this.#leaving !== null) throw new RoomClosedError('the room was left')
  }

  /** Take what happened in the node; for `join` only. */
  take(event: RoomEvent): void {
    this.#writer.take(event)
    this.#courier.take(event)
    this.#inner.take(event)
    if (!this.#rejections.take(event)) this.#audience.take(event)
    this.#view.expirations.take(event)
  }

  /** Take that the node may have changed; for `join` only. */
  step(): void {
    for (const wake of [...this.#waiters]) wake()
  }

  /** Take that the room broke; for `join` only. */
  fail(error: RoomClosedError): void {
    this.#failure ??= error
    // Nobody waits for this: what fails now is told to who leaves.
    if (this.#leaving === null) this.leave().catch(() => {})
  }

  /** Open something that is not part of this script: what it takes is loaded now. */
  protected async open<Found>(what: keyof Opened, ...given: readonly unknown[]): Promise<Found> {
    this.checkOpen()
    const { open } = await import('../data/index.ts')
    return await open<Found>(this, { ...this.#parts, write: this.write, keep: this.keep }, what, given)
  }

  protected readonly write: Write = async (...drafts) => {
    const records = await this.#writer.signTogether(...drafts)
    await this.#publish(records)
    return records
  }

  protected readonly keep = (end: () => void): (() => void) => this.#audience.keep(end)

  get #node() {
    return this.#parts.driver.node
  }

  async #write(kind: number, tags: Tags, content: string, follows: readonly Record[] = []) {
    this.checkOpen()
    const record = await this.#writer.sign(kind, tags, content, follows)
    await this.#publish([record])
    return record
  }

  async #publish(records: readonly Record[]): Promise<void> {
    this.checkOpen()
    await this.#courier.publish(records)
  }

  #ask(query: Query): Resolve {
    this.checkOpen()
    return this.#parts.readQuery(query, this.#parts.driver.now().unix)
  }

  #follow(resolve: Resolve, reader: Reader): () => void {
    return this.#audience.keep(follow(this.#view, resolve, reader, listener => this.on(listener)))
  }

  #isSettled(): boolean {
    this.checkOpen()
    return this.#node.isQuiet && this.peers.some(peer => peer.state === 'established')
  }

  #nextStep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => wake(), milliseconds)
      const wake = () => {
        clearTimeout(timer)
        this.#waiters.delete(wake)
        resolve()
      }
      this.#waiters.add(wake)
    })
  }

  async #end(error: RoomClosedError): Promise<void> {
    const isLast = this.#parts.depart()
    try {
      if (isLast) await this.#parts.driver.close().then(() => this.moderation.close())
      this.#courier.fail(error)
      this.#rejections.close()
      this.#view.expirations.close()
      this.#audience.end(this.#failure)
      this.isOver = true
      this.step()
    } finally {
      if (isLast) await this.#parts.release()
    }
  }
}
