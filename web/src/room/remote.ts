/** A peer that another tab is: what it is asked goes there, and what happens there is told here. */

import { type Line, openLine } from '../adapters/tabs.ts'
import type { Moment } from '../core/clock.ts'
import type { RecordId } from '../core/record.ts'
import type { Bytes } from '../data/desk.ts'
import type { Distant } from '../data/distant.ts'
import {
  BlobError,
  ConfigError,
  CursorError,
  LocalProtocolError,
  QueryError,
  RoomClosedError,
  StoreError,
} from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { DocumentStore } from '../ports.ts'
import type { Compare, Imported, Published } from '../protocol/inputs.ts'
import type { Traffic } from './driver.ts'
import { ASKED, type Ask, type Call, perform, type Word } from './leading.ts'
import type { Engine, Peer, Reading, Voice, Wish } from './peer.ts'
import type { Status } from './status.ts'

/** A leader is asked so often whether it is there. */
export const BEAT_SECONDS = 5
/** So many beats unanswered in a row, and another tab takes its place. */
export const BEATS_MISSED_MAX = 2

/** What a leader says to who may follow it. */
export type Welcome = Word & { readonly type: 'welcome' }

/** Whom a remote tells what it hears. */
export interface RemoteOptions {
  readonly voice: Voice
  readonly now: () => Moment
  /** A leader has taken us: the first, or another one. */
  readonly onWelcome: (welcome: Welcome) => void
  /** The leader has not answered for long. */
  readonly onSilence: () => void
}

/** What is asked of a leader's store. */
const READ: readonly (keyof Reading)[] = ['get', 'query', 'marks', 'entries', 'named', 'notes', 'note']

interface Waiting {
  readonly ask: Ask
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Our end of another tab's peer; once the peer is our own, everything goes to that, and nothing is lost between. */
export class Remote {
  readonly #options: RemoteOptions
  readonly #id: string
  readonly #calls: Line
  readonly #line: Line
  readonly #waiting = new Map<number, Waiting>()
  /** What this tab brought, and nobody has decided about yet. */
  readonly #brought = new Map<RecordId, Published | Imported | Wish>()
  readonly #beat: ReturnType<typeof setInterval>
  #asked = 0
  #missed = 0
  #onTraffic: ((traffic: Traffic) => void) | null = null
  #status: Status | null = null
  #own: Peer | null = null
  #documents: Distant | null = null

  /** Look for the leader of the group *name*, as *id*. */
  constructor(name: string, id: string, options: RemoteOptions) {
    this.#id = id
    this.#options = options
    this.#line = openLine(`${name}/${id}`, word => this.#hear(word as Word))
    this.#calls = openLine(name, call => (call as Call).type === 'leads' && this.#hail())
    this.#beat = setInterval(() => this.#check(), BEAT_SECONDS * 1_000)
    this.#hail()
  }

  /** The peer, once it is ours. */
  get own(): Peer | null {
    return this.#own
  }

  /** How the peer stands. */
  get status(): Status {
    // Nobody asks before a leader has said it.
    if (this.#status === null) throw new LocalProtocolError('no leader has been heard yet')
    return this.#status
  }

  /** Have *method* of the peer's *part* called, wherever it is. */
  async call(part: Ask['part'], method: string, ...given: readonly unknown[]): Promise<unknown> {
    if (this.#own !== null) return await perform(this.#own, part, method, given)
    const ask: Ask = { number: ++this.#asked, part, method, given }
    return await new Promise((resolve, reject) => {
      this.#waiting.set(ask.number, { ask, resolve, reject })
      this.#line.say(ask)
    })
  }

  /** *peer* is ours from now on, and does what the leader has not done. */
  adopt(peer: Peer): void {
    this.#own = peer
    this.close()
    peer.parts.driver.onTraffic = this.#onTraffic
    for (const input of new Set(this.#brought.values())) peer.parts.driver.take(input)
    for (const { ask, resolve, reject } of this.#takeWaiting()) {
      perform(peer, ask.part, ask.method, ask.given).then(resolve, reject)
    }
    this.#renew()
    this.#options.voice.step()
  }

  /** Follow nobody any more. */
  close(): void {
    clearInterval(this.#beat)
    this.#line.close()
    this.#calls.close()
  }

  /** Give up what was asked and is not answered. */
  fail(error: Error): void {
    for (const { reject } of this.#takeWaiting()) reject(error)
  }

  /** Give what a room reads of its store. */
  get store(): Reading {
    const ask =
      (method: keyof Reading) =>
      (...given: readonly unknown[]) =>
        this.call('store', method, ...given)
    return Object.fromEntries(READ.map(method => [method, ask(method)])) as unknown as Reading
  }

  /** What pins show. */
  readonly guests = {
    here: async () => ((await this.call('guests', 'here')) ?? []) as readonly RecordId[],
  }

  /** Give the bytes of files, wherever they are. */
  get bytes(): Bytes {
    const ask =
      (method: keyof Bytes) =>
      (...given: readonly unknown[]) =>
        this.call('bytes', method, ...given)
    return Object.fromEntries(ASKED.bytes.map(method => [method, ask(method)])) as unknown as Bytes
  }

  /** Give the documents, wherever they are. */
  async documents(): Promise<DocumentStore> {
    const { distant } = await import('../data/distant.ts')
    this.#documents ??= distant(
      (method, ...given) => this.call('documents', method, ...given),
      () => this.#own?.parts.documents() ?? null,
    )
    return this.#documents
  }

  /** Declare collections to who leads from now on; what changed in between was told to nobody here. */
  #renew(): void {
    const told = (names: readonly string[]) => {
      for (const collection of names)
        this.#options.voice.tell({ type: 'CollectionChanged', collection, turnover: null })
    }
    // Whoever asks next declares them, too.
    this.#documents?.renew().then(told, () => {})
  }

  /** Give what a room asks of its driver. */
  get engine(): Engine {
    const remote = this
    const { now } = this.#options
    return {
      node: {
        get peers() {
          return remote.#own?.parts.driver.node.peers ?? remote.status.peers
        },
        get count() {
          return remote.#own?.parts.driver.node.count ?? remote.status.count
        },
        get isQuiet() {
          return remote.#own?.parts.driver.node.isQuiet ?? remote.status.isQuiet
        },
        root: moment => this.#own?.parts.driver.node.root(moment) ?? this.status.root,
        index: { dayCounts: () => this.#own?.parts.driver.node.index.dayCounts() ?? this.status.days },
      },
      now,
      take: input => this.#bring(input),
      close: async () => await this.#own?.parts.driver.close(),
      get onTraffic() {
        return remote.#onTraffic
      },
      set onTraffic(watcher) {
        remote.#watch(watcher)
      },
    }
  }

  #bring(input: Published | Imported | Compare | Wish): void {
    if (this.#own !== null) return this.#own.parts.driver.take(input)
    // Nobody waits for what a leader that comes later compares.
    if ('records' in input) {
      const isGroup = input.type === 'Published' && input.group !== undefined
      for (const record of input.records)
        this.#brought.set(record.id, isGroup ? input : { ...input, records: [record] })
    } else if (input.type === 'Wanted') {
      for (const entry of input.entries) this.#brought.set(entry[1], { ...input, entries: [entry] })
    }
    this.#line.say(this.#unanswered('driver', 'take', input))
  }

  #watch(watcher: ((traffic: Traffic) => void) | null): void {
    this.#onTraffic = watcher
    if (this.#own !== null) this.#own.parts.driver.onTraffic = watcher
    else this.#line.say(this.#unanswered('tab', 'watch', watcher !== null))
  }

  /** Ask what needs no answer: it is asked again of the next leader. */
  #unanswered(part: Ask['part'], method: string, ...given: readonly unknown[]): Ask {
    return { number: ++this.#asked, part, method, given }
  }

  #takeWaiting(): Waiting[] {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    return waiting
  }

  #hail(): void {
    this.#calls.say({ type: 'hello', id: this.#id } satisfies Call)
  }

  /** Ask the leader whether it is there: by what else it is good for. */
  #check(): void {
    if (this.#missed >= BEATS_MISSED_MAX) {
      this.#missed = 0
      this.#options.onSilence()
      return
    }
    this.#missed += 1
    // Whoever leads may not know us, after we or it were asleep.
    if (this.#status === null || this.#missed > 1) this.#hail()
    else this.#line.say(this.#unanswered('tab', 'status'))
  }

  #hear(word: Word): void {
    if (this.#own !== null) return
    this.#missed = 0
    switch (word.type) {
      case 'wait':
        return
      case 'welcome':
        return this.#welcomed(word)
      case 'news':
        return this.#told(word.events, word.status)
      case 'traffic':
        return this.#onTraffic?.(word.traffic)
      case 'answer':
        return this.#answered(word.number, waiting => waiting.resolve(word.value))
      case 'refusal':
        return this.#answered(word.number, waiting => waiting.reject(errorOf(word)))
    }
  }

  #welcomed(welcome: Welcome): void {
    if (this.#status !== null) this.#renew()
    this.#status = welcome.status
    this.#options.onWelcome(welcome)
    if (this.#onTraffic !== null) this.#watch(this.#onTraffic)
    for (const input of new Set(this.#brought.values())) this.#bring(input)
    for (const { ask } of this.#waiting.values()) this.#line.say(ask)
    this.#options.voice.step()
  }

  #told(events: readonly RoomEvent[], status: Status): void {
    this.#status = status
    for (const event of events) {
      for (const id of decided(event)) this.#brought.delete(id)
      if (event.type === 'ProjectionDropped' && event.what === 'collection') this.#documents?.forget(event.name)
      this.#options.voice.tell(event)
    }
    this.#options.voice.step()
  }

  #answered(number: number, settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(number)
    this.#waiting.delete(number)
    if (waiting !== undefined) settle(waiting)
  }
}

/** Name the records that *event* decides about. */
function decided(event: RoomEvent): readonly RecordId[] {
  switch (event.type) {
    case 'RecordAdded':
      return [event.record.id]
    case 'RecordKnown':
    case 'RecordPostponed':
    case 'RecordRejected':
      return [event.id]
    case 'SaveDelayed':
    case 'FetchFailed':
      return event.ids
    default:
      return []
  }
}

/** Make the error again that was thrown in another tab. */
function errorOf({ name, message }: { readonly name: string; readonly message: string }): Error {
  const found = [BlobError, ConfigError, QueryError, CursorError, RoomClosedError].find(
    Each => new Each('').name === name,
  )
  return new (found ?? StoreError)(message)
}
