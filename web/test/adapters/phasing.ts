/** Rooms in phases over days of virtual time: trackers that remember whom they list, and members who come and go. */

import { createCipheriv, createDecipheriv, createHash, webcrypto } from 'node:crypto'
import { vi } from 'vitest'
import { Envelope } from '../../src/adapters/envelope.ts'
import { Phased } from '../../src/adapters/phased.ts'
import { topicOf } from '../../src/adapters/topic.ts'
import { openVenue } from '../../src/adapters/torrent.ts'
import type { Said, Swarm } from '../../src/adapters/venue.ts'
import { Visited } from '../../src/adapters/visited.ts'
import type { Rng } from '../../src/core/rng.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { seededRng } from '../seeded.ts'
import { Line } from './line.ts'
import { watchedSwarm } from './swarms.ts'

export const ROOM = { app: 'app', room: 'lobby' }
export const URLS: readonly string[] = ['ws://one', 'ws://two', 'ws://three']
export const PERIOD_SECONDS = 900
export const BEGAN = 1_700_000_000

/** A tracker wants to hear of each so often. */
const INTERVAL_SECONDS = 120
const STEP_SECONDS = 30

/** What of Web Cryptography sealing takes, done at once: threads take a time that no clock of ours knows. */
const INSTANT = {
  digest: async (_: string, data: Uint8Array) => createHash('sha256').update(data).digest(),
  importKey: async (_: string, key: Uint8Array) => key,
  async encrypt({ iv }: Nonced, key: Uint8Array, data: Uint8Array) {
    const cipher = createCipheriv(CIPHER, key, iv)
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])
  },
  async decrypt({ iv }: Nonced, key: Uint8Array, data: Uint8Array) {
    const decipher = createDecipheriv(CIPHER, key, iv).setAuthTag(data.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()])
  },
}
const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16

interface Nonced {
  readonly iv: Uint8Array
}

/** Passes on the offers of an announcement to others of the swarm, one to each. */
class Tracker {
  readonly #rng: Rng
  readonly #swarms = new Map<string, Map<PeerId, Line>>()

  constructor(rng: Rng) {
    this.#rng = rng
  }

  /** Whom it lists now, by name. */
  get listed(): [name: string, peers: PeerId[]][] {
    return [...this.#swarms].map(([name, swarm]) => [name, [...swarm.keys()]])
  }

  /** The names under which it lists anybody now. */
  get names(): string[] {
    return [...this.#swarms.keys()]
  }

  hear(line: Line, text: string): void {
    const { info_hash: hash, peer_id: peer, offers, answer, offer_id, to_peer_id } = JSON.parse(text)
    const swarm = this.#swarms.get(hash) ?? new Map<PeerId, Line>()
    this.#swarms.set(hash, swarm.set(peer, line))
    const others = [...swarm].filter(([other]) => other !== peer).map(([, other]) => other)
    const said = { info_hash: hash, peer_id: peer }
    if (answer !== undefined) return swarm.get(to_peer_id)?.say({ ...said, offer_id, answer })
    line.say({ info_hash: hash, interval: INTERVAL_SECONDS, complete: 0, incomplete: swarm.size })
    const chosen = this.#rng.sample(others, Math.min(others.length, offers.length))
    for (const [number, other] of chosen.entries()) other.say({ ...said, ...offers[number] })
  }

  /** Forget who spoke by *line*. */
  lose(line: Line): void {
    for (const [hash, swarm] of this.#swarms) {
      for (const [peer, other] of swarm) if (other === line) swarm.delete(peer)
      if (swarm.size === 0) this.#swarms.delete(hash)
    }
  }
}

/** Three trackers, on clocks that the test moves. */
export class World {
  readonly rng = seededRng('phases')
  readonly trackers = new Map(URLS.map(url => [url, new Tracker(this.rng)]))
  /** What is to be seen after each step. */
  readonly seen: (() => void)[] = []
  readonly #Class: typeof WebSocket

  constructor() {
    vi.useFakeTimers({ now: BEGAN * 1_000, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
    vi.stubGlobal('crypto', { getRandomValues: webcrypto.getRandomValues.bind(webcrypto), subtle: INSTANT })
    const trackers = this.trackers
    class Call extends Line {
      readonly #tracker: Tracker | undefined

      constructor(url: string, protocols: unknown) {
        super(url, protocols)
        this.#tracker = trackers.get(url)
        queueMicrotask(() => this.open())
      }

      override send(data: string): void {
        queueMicrotask(() => this.readyState === 1 && this.#tracker?.hear(this, data))
      }

      override close(): void {
        this.#tracker?.lose(this)
        super.close()
      }
    }
    this.#Class = Call as unknown as typeof WebSocket
  }

  get seconds(): number {
    return Date.now() / 1_000 - BEGAN
  }

  /** Come into the room, with a clock that is wrong by so much. */
  come(given: Partial<Habits> = {}): Member {
    const number = Math.floor(this.rng.uniform(0, 1e9))
    return new Member(`${number}`.padEnd(20, 'x') as PeerId, this, { ...HABITS, ...given }, this.#Class)
  }

  /** Let time pass, until all that follows has happened. */
  async pass(seconds: number): Promise<void> {
    const until = Date.now() + seconds * 1_000
    while (Date.now() < until) {
      vi.advanceTimersByTime(Math.min(STEP_SECONDS * 1_000, until - Date.now()))
      await new Promise(setImmediate)
      for (const see of this.seen) see()
    }
  }
}

/** How somebody is in the room. */
interface Habits {
  readonly skewSeconds: number
  readonly password: string
  readonly periodSeconds: number
  readonly urls: readonly string[]
}

const HABITS: Habits = { skewSeconds: 0, password: '', periodSeconds: PERIOD_SECONDS, urls: URLS }

/** One who answers all that can be opened, as trystero does, and remembers who answered. */
export class Member {
  readonly met = new Set<PeerId>()
  readonly came: number
  left = Number.POSITIVE_INFINITY
  /** What others said of which the seal is not the room's. */
  readonly strange: Said[] = []
  readonly #id: PeerId
  readonly #world: World
  readonly #envelope: Envelope
  readonly #answered = new Set<PeerId>()
  readonly #phased: Phased
  readonly #leaves: (() => void)[] = []
  readonly #timers = new Map<Visited, ReturnType<typeof setTimeout>>()

  constructor(id: PeerId, world: World, habits: Habits, Class: typeof WebSocket) {
    const { skewSeconds, password, periodSeconds, urls } = habits
    this.#id = id
    this.#world = world
    this.came = world.seconds
    this.#envelope = new Envelope(ROOM, password)
    const attendance = {
      self: id,
      isConnected: (peer: PeerId) => this.met.has(peer) || this.#answered.has(peer),
      isLacking: () => true,
    }
    const places = urls.map(url => `torrent:${url}`)
    const terms = { room: ROOM, password, periodSeconds, places, attendance }
    this.#phased = new Phased(terms, () => Date.now() / 1_000 + skewSeconds, seededRng(id))
    for (const url of urls) this.#enter(new Visited({ strategy: 'torrent', url }, () => openVenue(url, Class)))
  }

  get id(): PeerId {
    return this.#id
  }

  /** Where it is announced now. */
  get places(): string[] {
    return URLS.filter(place => {
      const status = {
        strategy: 'torrent',
        place,
        state: 'open',
        error: null,
        since: 0,
        lastSuccess: null,
        nextTry: null,
      }
      return this.#phased.isAnnouncedAt(status as never)
    })
  }

  /** Say whether it has met *other*, or was met. */
  knows(other: Member): boolean {
    return this.met.has(other.id) || other.met.has(this.id)
  }

  /** For how many seconds both were there. */
  secondsWith(other: Member): number {
    return Math.min(this.left, other.left) - Math.max(this.came, other.came)
  }

  leave(): void {
    this.left = this.#world.seconds
    for (const leave of this.#leaves) leave()
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #enter(venue: Visited): void {
    const swarm: Swarm = {
      ...watchedSwarm(),
      name: ROOM,
      self: this.#id,
      rootTopic: topicOf(ROOM),
      selfTopic: topicOf(ROOM, this.#id),
      offers: async count => {
        const offers = Array.from({ length: count }, () => this.#envelope.seal(`an offer of ${this.#id}`))
        return (await Promise.all(offers)).map(offer => ({ peer: { connection: this.#id } as never, offer }))
      },
      tell: (said, reply) => void this.#hear(said, reply),
    }
    this.#leaves.push(this.#phased.enter(venue, swarm))
    const announce = () => void this.#timers.set(venue, setTimeout(announce, this.#phased.announce(venue)))
    announce()
  }

  async #hear(said: Said, reply: Parameters<Swarm['tell']>[1]): Promise<void> {
    const text = await this.#envelope.open(said.offer ?? said.answer ?? '')
    if (text !== `an ${said.offer === undefined ? 'answer' : 'offer'} of ${said.peerId}`) this.strange.push(said)
    else if (said.answer !== undefined) this.met.add(said.peerId)
    else if (!this.#answered.has(said.peerId)) {
      this.#answered.add(said.peerId)
      const answer = await this.#envelope.seal(`an answer of ${this.#id}`)
      await reply('a topic of trystero', JSON.stringify({ peerId: this.#id, answer }))
    }
  }
}
