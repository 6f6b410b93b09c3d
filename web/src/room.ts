/** A joined room: publish, read, listen, leave. */

import type { Json } from './core/action.ts'
import type { UnixTime } from './core/clock.ts'
import type { PublicKey } from './core/keys.ts'
import { isEphemeral, KIND_DELETION, KIND_RECORD, type Record, type RecordId } from './core/record.ts'
import { type PeerId, type RoomName, roomTag } from './core/signal.ts'
import type { Reject } from './core/verdict.ts'
import { Deliveries } from './deliveries.ts'
import type { Driver, Traffic } from './driver.ts'
import { ConfigError, RoomClosedError, StoreError } from './errors.ts'
import type { Curtain, Hidden } from './hidden.ts'
import { isNotice, type RoomEvent } from './notices.ts'
import type { RelayStatus, Signer, Store, Transport } from './ports.ts'
import type { PeerStatus } from './protocol/neighbour.ts'
import { filterOf, follow, type Query, type Reader } from './query.ts'
import type { Shadows } from './shadows.ts'
import { shortened } from './signers.ts'
import { Stream } from './stream.ts'
import { View } from './views.ts'

const IMPORT_RECORDS_AT_ONCE = 512

/** What a record is beside its content. */
export interface Publication {
  /** 1078 unless said otherwise. */
  readonly kind?: number
  readonly tags?: readonly (readonly string[])[]
  readonly collection?: string
}

/** One UTC day of the room's set, numbered from the Unix epoch. */
export interface Day {
  readonly day: number
  readonly count: number
}

/** What a room is made of; `join` puts it together. */
export interface RoomParts {
  readonly name: RoomName
  readonly signer: Signer
  readonly store: Store
  readonly transport: Transport
  readonly shadows: Shadows
  readonly curtain: Curtain
  readonly driver: Driver
  /** What else ends with the room. */
  readonly release: () => Promise<void>
}

/** A joined room. Made by `join`; everything ends with `leave`. */
export class Room {
  readonly name: RoomName
  readonly #parts: RoomParts
  readonly #view: View
  readonly #deliveries = new Deliveries()
  readonly #listeners = new Set<(event: RoomEvent) => void>()
  readonly #endings = new Set<(error: RoomClosedError) => void>()
  readonly #waiters = new Set<() => void>()
  #failure: RoomClosedError | null = null
  #leaving: Promise<void> | null = null

  constructor(parts: RoomParts) {
    this.name = parts.name
    this.#parts = parts
    const { store, shadows, curtain } = parts
    this.#view = new View(store, shadows, { hides: record => curtain.hides(record) })
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

  /** How we stand with each tracker. */
  get relays(): RelayStatus[] {
    return this.#parts.transport.relays()
  }

  /** How many records the room's set holds here. */
  get count(): number {
    return this.#node.count
  }

  /** The root over all records here, 64 hexadecimal digits: equal on peers that hold the same set. */
  get root(): string {
    return this.#node.root(this.#parts.driver.now())
  }

  /** The UTC days of the set, oldest first. */
  get days(): Day[] {
    return this.#node.index.dayCounts().map(([day, count]) => ({ day, count }))
  }

  /**
   * Sign *content* as a record of this room and give it back once it is stored; anything but a text becomes JSON.
   *
   * Throws MalformedError when it breaks the limits of records, RejectedError when a policy refuses it, StoreError
   * when it could not be saved, and RoomClosedError when the room was left.
   */
  async publish(content: Json, { kind = KIND_RECORD, tags = [], collection }: Publication = {}): Promise<Record> {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    const extra = collection === undefined ? [] : [['c', collection]]
    return await this.#write(this.#parts.driver.now().unix, kind, [...extra, ...tags], text)
  }

  /**
   * Delete a record of ours everywhere, by a deletion record (NIP-09), which is given back.
   *
   * Throws ConfigError when the record is not here, or not ours.
   */
  async delete(id: RecordId): Promise<Record> {
    const target = await this.get(id)
    if (target === null) throw new ConfigError(`there is no record ${shortened(id)} here`)
    if (target.author !== this.key) {
      throw new ConfigError(`record ${shortened(id)} is not ours: only its author can delete it`)
    }
    const createdAt = Math.max(this.#parts.driver.now().unix, target.createdAt) as UnixTime
    const tags = [
      ['e', id],
      ['k', String(target.kind)],
    ]
    return await this.#write(createdAt, KIND_DELETION, tags, '')
  }

  /**
   * Bring in records that anyone signed, for this room; give how many are new here.
   *
   * Signatures are checked. What is refused is told by `RecordRejected` events.
   */
  async add(records: Iterable<Record>): Promise<number> {
    const before = this.count
    const all = [...records]
    for (let start = 0; start < all.length; start += IMPORT_RECORDS_AT_ONCE) {
      const some = all.slice(start, start + IMPORT_RECORDS_AT_ONCE)
      const arriving = this.#expect(some)
      this.#parts.driver.take({ type: 'Imported', records: some })
      const fatal = (await arriving).find(error => error instanceof StoreError || error instanceof RoomClosedError)
      if (fatal !== undefined) throw fatal
    }
    return this.count - before
  }

  /** Give the record with this id, hidden or not; null when it is not here. */
  async get(id: RecordId): Promise<Record | null> {
    this.#checkOpen()
    return await this.#view.get(id)
  }

  /**
   * Give the records that match, newest first, ties by lowest id first.
   *
   * Older versions of keyed records (kinds 30000-39999) are left out, and so is what a set rule shadows, a view policy
   * hides, or a muted author wrote.
   */
  async records(query: Query = {}): Promise<Record[]> {
    this.#checkOpen()
    return await this.#view.query(filterOf(query))
  }

  /** Give every member that matches, shadowed, hidden and older versions included, newest first. */
  async members(query: Query = {}): Promise<Record[]> {
    this.#checkOpen()
    return await this.#parts.store.query(filterOf(query))
  }

  /**
   * Follow the records that match: those here, oldest first, then each new one.
   *
   * Without *callback*, give an async iterator; with one, give a function that ends the subscription.
   */
  subscribe(query: Query): Stream<Record>
  subscribe(query: Query, callback: (record: Record) => void): () => void
  subscribe(query: Query, callback?: (record: Record) => void): Stream<Record> | (() => void) {
    this.#checkOpen()
    if (callback === undefined) return this.#stream(query)
    let isOpen = true
    const give = (record: Record) => isOpen && call(callback, record)
    const stop = this.#follow(query, { stored: records => records.forEach(give), live: give })
    return () => {
      isOpen = false
      stop()
    }
  }

  /** Listen to what happens, from now on; call what is given back to stop. */
  on(listener: (event: RoomEvent) => void): () => void {
    this.#checkOpen()
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Listen from now on; a slow reader is told by `Lagged` how many events it missed. */
  events(): Stream<RoomEvent> {
    this.#checkOpen()
    const stream: Stream<RoomEvent> = new Stream({ onClose: () => stop() })
    const stop = this.on(event => stream.push(event))
    this.#endings.add(error => (this.#failure === null ? stream.close() : stream.fail(error)))
    return stream
  }

  /** Watch every message that crosses a channel; one watcher at a time, null to stop. */
  watch(watcher: ((traffic: Traffic) => void) | null): void {
    this.#parts.driver.onTraffic = watcher
  }

  /**
   * Wait until at least one peer is established, all of them have our root, and nothing is on its way.
   *
   * Throws a DOMException called TimeoutError when that takes longer than *timeoutSeconds*, and RoomClosedError when the room is left.
   */
  async synced({ timeoutSeconds = Number.POSITIVE_INFINITY }: { timeoutSeconds?: number } = {}): Promise<void> {
    const limit = performance.now() + timeoutSeconds * 1_000
    while (!this.#isSettled()) {
      const left = limit - performance.now()
      if (left <= 0) throw new DOMException(`no peer had an equal root within ${timeoutSeconds} s`, 'TimeoutError')
      await this.#nextStep(left)
    }
  }

  /** Say goodbye to every peer and close; harmless when repeated. */
  leave(): Promise<void> {
    this.#leaving ??= this.#end(new RoomClosedError('the room was left'))
    return this.#leaving
  }

  /** Give the set rule that hides a member from `records`, with its reason; null when it is seen. */
  shadowing(id: RecordId): Reject | null {
    return this.#parts.shadows.shadowing(id)
  }

  /** Give what view policies hide here, oldest first; `get` still gives such a record. */
  quarantine(): Hidden[] {
    return this.#parts.curtain.quarantine()
  }

  /** Wait until the view policies have seen every record that is here. */
  async judged(): Promise<void> {
    await this.#parts.curtain.judged()
  }

  /** Show a quarantined record, now and after every reload; throws ConfigError when it is not in quarantine. */
  async release(id: RecordId): Promise<void> {
    this.#checkOpen()
    if (!(await this.#parts.curtain.release(id))) throw new ConfigError(`record ${shortened(id)} is not in quarantine`)
  }

  /**
   * Destroy a record's content here, for good; its id stays in the set, so it is never fetched again.
   *
   * Throws ConfigError when the record is not here, or is a deletion, which must stay.
   */
  async purge(id: RecordId): Promise<void> {
    const found = await this.get(id)
    if (found === null) throw new ConfigError(`there is no record ${shortened(id)} here`)
    if (found.kind === KIND_DELETION) {
      throw new ConfigError(`record ${shortened(id)} is a deletion: without it, what it deletes would come back`)
    }
    await this.#parts.store.purge([id])
    this.#parts.driver.take({ type: 'Purged', ids: [id] })
    this.#parts.shadows.remove(id)
    await this.#parts.curtain.forget(id)
  }

  /** Hide everything by *author* here. */
  async mute(author: PublicKey): Promise<void> {
    this.#checkOpen()
    await this.#parts.curtain.mute(author)
  }

  /** Show what *author* writes again. */
  async unmute(author: PublicKey): Promise<void> {
    this.#checkOpen()
    await this.#parts.curtain.unmute(author)
  }

  /** Give the authors that are muted. */
  muted(): PublicKey[] {
    return this.#parts.curtain.muted()
  }

  /** Begin to look for peers; for `join` only. */
  start(): void {
    this.#parts.driver.start()
  }

  /** Take what happened in the node; for `join` only. */
  take(event: RoomEvent): void {
    const { shadows } = this.#parts
    if (event.type === 'RecordAdded' && !isEphemeral(event.record)) shadows.add([event.record])
    else if (event.type === 'RecordDeleted') shadows.remove(event.id)
    else if (event.type === 'RecordsExpired') shadows.removeBefore(event.before)
    if (!isNotice(event)) {
      this.#deliveries.take(event)
      void this.#parts.curtain.take(event)
    }
    for (const listener of [...this.#listeners]) call(listener, event)
  }

  /** Take that the node may have changed; for `join` only. */
  step(): void {
    for (const wake of [...this.#waiters]) wake()
  }

  /** Take that the room broke; for `join` only. */
  fail(error: RoomClosedError): void {
    this.#failure ??= error
    this.#leaving ??= this.#end(error)
  }

  get #node() {
    return this.#parts.driver.node
  }

  async #write(createdAt: UnixTime, kind: number, tags: readonly (readonly string[])[], content: string) {
    this.#checkOpen()
    const own = [['h', roomTag(this.name)], ...tags]
    const record = await this.#parts.signer.sign({ createdAt, kind, tags: own, content })
    const arriving = this.#expect([record])
    this.#parts.driver.take({ type: 'Published', records: [record] })
    for (const error of await arriving) throw error
    return record
  }

  #expect(records: readonly Record[]) {
    this.#checkOpen()
    return this.#deliveries.expect(records.map(record => record.id))
  }

  #stream(query: Query): Stream<Record> {
    const stream: Stream<Record> = new Stream({ onClose: () => stop() })
    const stop = this.#follow(query, {
      stored: records => stream.fill(records),
      live: record => stream.push(record),
    })
    this.#endings.add(error => (this.#failure === null ? stream.close() : stream.fail(error)))
    return stream
  }

  #follow(query: Query, reader: Reader): () => void {
    return follow(this.#view, filterOf(query), reader, listener => this.on(listener))
  }

  #isSettled(): boolean {
    this.#checkOpen()
    return this.#node.isQuiet && this.peers.some(peer => peer.state === 'established')
  }

  #nextStep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = Number.isFinite(milliseconds) ? setTimeout(() => wake(), milliseconds) : undefined
      const wake = () => {
        clearTimeout(timer)
        this.#waiters.delete(wake)
        resolve()
      }
      this.#waiters.add(wake)
    })
  }

  async #end(error: RoomClosedError): Promise<void> {
    await this.#parts.driver.close()
    this.#parts.curtain.close()
    this.#deliveries.fail(error)
    for (const end of this.#endings) end(error)
    this.#listeners.clear()
    await this.#parts.release()
    this.step()
  }

  #checkOpen(): void {
    if (this.#failure !== null) throw this.#failure
    if (this.#leaving !== null) throw new RoomClosedError('the room was left')
  }
}

/** Call what the room's user gave us; its mistake is reported to the page and breaks nothing here. */
function call<T>(callback: (value: T) => void, value: T): void {
  try {
    callback(value)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
