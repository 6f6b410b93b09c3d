/** Who listens to a room: streams, subscriptions, callbacks, and those who watch its channels. */

import type { UnixTime } from '../core/clock.ts'
import { EVENTS_BUFFERED_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { ConfigError, type RoomClosedError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import { Bite, type Budget } from '../protocol/health.ts'
import type { Traffic } from './driver.ts'
import type { Engine } from './peer.ts'
import { Stream } from './stream.ts'

/** Hears what happens in a room. */
export type Listener = (event: RoomEvent) => void
/** Sees every message that crosses a channel. */
export type Watcher = (traffic: Traffic) => void

/** Tells all who listen to one room, until it ends. */
export class Audience {
  readonly #now: () => UnixTime
  readonly #streams = new Set<Pick<Stream<unknown>, 'isBehind' | 'length'>>()
  readonly #lagging = new Bite()
  readonly #listeners = new Set<Listener>()
  /** Stop what goes on, with the error that the room failed with; null when it was left. */
  readonly #endings = new Set<(error: RoomClosedError | null) => void>()

  constructor(now: () => UnixTime = () => 0 as UnixTime) {
    this.#now = now
  }

  /** How many events wait for the slowest reader; bites while one has lost some, and not read all the others. */
  get budget(): Budget {
    const streams = [...this.#streams]
    if (!streams.some(({ isBehind }) => isBehind)) this.#lagging.ease()
    return this.#lagging.budget('events', Math.max(0, ...streams.map(({ length }) => length)), EVENTS_BUFFERED_MAX)
  }

  /** Call *listener* with every event, until what is given back is called; throws ConfigError for no function. */
  on(listener: Listener): () => void {
    const told = call(listener)
    this.#listeners.add(told)
    return () => this.#listeners.delete(told)
  }

  /** Call *watcher*, beside the other *watchers* of *driver*, with every message, until what is given back is called. */
  watch(watcher: Watcher, watchers: Set<Watcher>, driver: Pick<Engine, 'onTraffic'>): () => void {
    const told = call(watcher)
    watchers.add(told)
    driver.onTraffic = traffic => {
      for (const each of [...watchers]) each(traffic)
    }
    return this.keep(() => {
      watchers.delete(told)
      // Nobody pays for what nobody watches.
      if (watchers.size === 0) driver.onTraffic = null
    })
  }

  /** Make a stream that ends with the room; *begin* begins to fill it, and gives what stops that. */
  feed<T>(begin: (stream: Stream<T>) => () => void, isOwn: (element: T) => boolean = () => false): Stream<T> {
    const stream = new Stream<T>({
      isOwn,
      onLost: () => this.#lagging.bite(this.#now()),
      onClose: () => {
        this.#endings.delete(end)
        this.#streams.delete(stream)
        stop()
      },
    })
    this.#streams.add(stream)
    const end = (error: RoomClosedError | null) => (error === null ? stream.close() : stream.fail(error))
    const stop = begin(stream)
    this.#endings.add(end)
    return stream
  }

  /** Call *stop* when the room ends, if nobody calls what is given back before. */
  keep(stop: () => void): () => void {
    const end = () => {
      this.#endings.delete(end)
      stop()
    }
    this.#endings.add(end)
    return end
  }

  /** Tell everybody of *event*. */
  take(event: RoomEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  /** End every stream, with the *error* of a room that failed, and forget the rest. */
  end(error: RoomClosedError | null): void {
    for (const end of [...this.#endings]) end(error)
    this.#listeners.clear()
  }
}

/** Call what the room's user gave us: its mistake breaks nothing here. Throws ConfigError for no function. */
export function call<Value>(callback: (value: Value) => void): (value: Value) => void {
  if (typeof callback !== 'function') throw new ConfigError(`${shown(callback)} cannot be called`)
  return value => {
    try {
      callback(value)
    } catch (error) {
      report(error)
    }
  }
}

/** Tell the page of *error*, as of one that nobody caught. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
