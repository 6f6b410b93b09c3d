/** What the dashboard notes down of one room, for its parts to show: events, messages, rates. */

import type { PeerId } from '../../core/signal.ts'
import { RoomClosedError } from '../../errors.ts'
import type { RoomEvent } from '../../notices.ts'
import type { SignalingStatus } from '../../ports.ts'
import type { RecordRejected, RecordsRejected } from '../../protocol/events.ts'
import type { Traffic } from '../../room/driver.ts'
import type { Room } from '../../room/room.ts'
import { Counters } from './counters.ts'
import { Log } from './log.ts'
import { Rates } from './rates.ts'
import { Ring } from './ring.ts'

/** So many messages are kept. */
export const MESSAGES_KEPT = 500
/** So many refusals are kept. */
export const REFUSALS_KEPT = 50
/** Nobody reads faster, and thousands of messages a second must not keep the page busy. */
const REDRAW_MILLISECONDS = 100
const TICK_MILLISECONDS = 1_000

/** What may have changed: records and what is hidden, messages, lines of the log, or merely the time. */
export type Topic = 'records' | 'messages' | 'log' | 'time'

/** A message, and when it was seen. */
export interface SeenMessage extends Traffic {
  /** Milliseconds since 1970. */
  readonly time: number
}

/** A refused record, or so many more for the same cause, and when that was. */
export type Refusal = (RecordRejected | RecordsRejected) & {
  /** Milliseconds since 1970. */
  readonly time: number
  /** Counts all refusals that ever were told, from 0. */
  readonly number: number
}

/** How a place to meet stands. */
export interface PlaceNote extends SignalingStatus {
  /** How often it was lost since the dashboard was opened. */
  readonly losses: number
}

/** How a recorder waits. */
export interface Waiting {
  /** Call *work* when the page may be drawn anew. */
  readonly redraw: (work: () => void) => void
  /** Call *work* every so often; gives what stops it. */
  readonly every: (milliseconds: number, work: () => void) => () => void
}

const PAGE: Waiting = {
  redraw: work => {
    setTimeout(() => requestAnimationFrame(work), REDRAW_MILLISECONDS)
  },
  every: (milliseconds, work) => {
    const timer = setInterval(work, milliseconds)
    return () => clearInterval(timer)
  },
}

/** Watches *room* from `open` until `close`; a room has one recorder at a time. */
export class Recorder {
  readonly room: Room
  readonly counters = new Counters()
  readonly log = new Log()
  readonly messages = new Ring<SeenMessage>(MESSAGES_KEPT)
  readonly refusals = new Ring<Refusal>(REFUSALS_KEPT)
  /** Bytes per second, over all peers. */
  readonly bandwidth = { in: new Rates(), out: new Rates() }
  /** The places where the room meets, as they stood when the recorder last looked. */
  signaling: readonly PlaceNote[] = []
  /** Bytes per second by peer; those of peers that are gone are forgotten. */
  readonly rates = new Map<PeerId, Rates>()
  readonly #waiting: Waiting
  readonly #listeners = new Set<(topics: ReadonlySet<Topic>) => void>()
  #changed = new Set<Topic>()
  #stops: (() => void)[] = []

  constructor(room: Room, waiting: Waiting = PAGE) {
    this.room = room
    this.#waiting = waiting
  }

  /** The room has not been left, and has not failed. */
  get isRoomOpen(): boolean {
    try {
      this.room.on(() => {})()
      return true
    } catch (error) {
      if (error instanceof RoomClosedError) return false
      throw error
    }
  }

  /** Begin to note down; a room that was left already is only shown. */
  open(): void {
    if (this.#stops.length > 0) return
    this.#lookAtPlaces()
    this.#stops.push(this.#waiting.every(TICK_MILLISECONDS, () => this.#tick()))
    if (!this.isRoomOpen) return
    this.#stops.push(this.room.on(event => this.#take(event)))
    this.#stops.push(this.room.watch(traffic => this.#see(traffic)))
  }

  /** End; what was noted stays. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** Be told what changed, at most once for each time the page is drawn; call what is given back to stop. */
  onChange(listener: (topics: ReadonlySet<Topic>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Say that *topic* may have changed. */
  touch(topic: Topic): void {
    if (this.#changed.size === 0) this.#waiting.redraw(() => this.#tell())
    this.#changed.add(topic)
  }

  #tell(): void {
    const topics = this.#changed
    this.#changed = new Set()
    for (const listener of [...this.#listeners]) listener(topics)
  }

  #tick(): void {
    this.#lookAtPlaces()
    const present = new Set(this.room.peers.map(peer => peer.id))
    for (const peer of [...this.rates.keys()]) if (!present.has(peer)) this.rates.delete(peer)
    this.touch('time')
  }

  #lookAtPlaces(): void {
    const nameOf = ({ strategy, place }: SignalingStatus) => `${strategy}:${place}`
    const before = new Map(this.signaling.map(note => [nameOf(note), note]))
    this.signaling = this.room.signaling.map(status => {
      const known = before.get(nameOf(status))
      const isLost = known?.state === 'open' && status.state !== 'open'
      return { ...status, losses: (known?.losses ?? 0) + (isLost ? 1 : 0) }
    })
  }

  #take(event: RoomEvent): void {
    const time = Date.now()
    this.counters.take(event)
    this.log.take(event, time)
    if (event.type === 'RecordRejected' || event.type === 'RecordsRejected') {
      this.refusals.push({ ...event, time, number: this.refusals.total })
    }
    this.touch('log')
    if (event.type.startsWith('Record')) this.touch('records')
  }

  #see(traffic: Traffic): void {
    this.counters.see(traffic)
    this.messages.push({ ...traffic, time: Date.now() })
    const rates = this.rates.get(traffic.peer) ?? new Rates()
    this.rates.set(traffic.peer, rates)
    rates.add(traffic.bytes, traffic.at)
    this.bandwidth[traffic.direction].add(traffic.bytes, traffic.at)
    this.touch('messages')
  }
}
