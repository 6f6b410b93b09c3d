/**
 * The page of `dashboard.test.ts`, and of the screenshots: a dashboard over a swarm in memory that has lived a little.
 *
 * Its records, peers and clock are the same at every visit. `#theme=dark` and `#theme=light` choose how it looks, and
 * `#days=0.4` lets everything be of one day.
 */

import '../../src/elements/dashboard/element.ts'
import '../../src/elements/room/element.ts'
import { DAY_SECONDS, type Moment, type UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { eventOf, KIND_RECORD, type Record, recordOf, signRecord } from '../../src/core/record.ts'
import { makeManifest } from '../../src/core/rules.ts'
import { roomTag } from '../../src/core/signal.ts'
import { PolicyClass } from '../../src/core/verdict.ts'
import type { PeersetDashboard } from '../../src/elements/dashboard/element.ts'
import { makeSamples } from '../../src/elements/dashboard/samples.ts'
import { view } from '../../src/policies/function.ts'
import type { SetRule, SignalingStatus } from '../../src/ports.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { seededRng } from '../seeded.ts'
import { MemorySwarm } from '../swarm.ts'

/** 2026-11-21, 12:00 UTC: the page's clock starts here. */
const NOON = 1_795_262_400
const NAME = { app: 'peerset', room: 'lobby' }
const MET = { error: null, since: NOON * 1_000, lastSuccess: null, nextTry: null }
const PLACES: readonly SignalingStatus[] = [
  { ...MET, strategy: 'torrent', place: 'wss://tracker.example.org', state: 'open', lastSuccess: NOON * 1_000 },
  { ...MET, strategy: 'nostr', place: 'wss://relay.example.net:8443', state: 'open', lastSuccess: NOON * 1_000 },
  { ...MET, strategy: 'torrent', place: 'wss://far.example.com', state: 'connecting' },
]

const given = new URLSearchParams(location.hash.slice(1))
const days = Number(given.get('days') ?? 89)
const opened = Date.now()
Date.now = (
  now => () =>
    now() - opened + NOON * 1_000
)(Date.now)

const now = (): Moment => ({
  monotonic: (performance.now() / 1_000) as Moment['monotonic'],
  // Standing still, so that what is published has the same id at every visit.
  unix: NOON as UnixTime,
})

/** Of records with the same content by one author, the newest stays visible. */
const repetition: SetRule = {
  name: 'repetition',
  policyClass: PolicyClass.SET_RULE,
  manifest: makeManifest({ name: 'repetition', version: 1 }),
  reason: 'the same was said again later',
  group: record => [record.author, record.content],
  keep: seats => new Set(seats.slice(-1).map(seat => seat.id)),
}
const shouting = view('shouting', { version: 1 }, record => (record.content.includes('!!!') ? 'three marks' : null))

const swarm = new MemorySwarm()
const dashboard: PeersetDashboard = document.createElement('peerset-dashboard')
const rooms: Room[] = []
let keys = 0

async function enter(options: JoinOptions = {}): Promise<Room> {
  keys += 1
  const transport = swarm.transport()
  transport.signaling = () => [...PLACES]
  const key = new SecretKey(new Uint8Array(32).fill(keys))
  const policies = [repetition, shouting]
  const room = await join(NAME.room, { key, transport, store: 'memory', now, policies, ...options })
  rooms.push(room)
  return room
}

function written(content: string, secondsAgo: number, tag = roomTag(NAME)): Record {
  const createdAt = (NOON - secondsAgo) as UnixTime
  return signRecord(new SecretKey(new Uint8Array(32).fill(99)), {
    createdAt,
    kind: KIND_RECORD,
    tags: [
      ['h', tag],
      ['c', 'notes'],
    ],
    content,
  })
}

/** Records that are refused, shadowed, hidden, or hard to show. */
function difficult(): Record[] {
  const good = written('Nobody signed this', 50)
  return [
    written('Said twice', 400),
    written('Said twice', 90),
    written('LOOK HERE!!!', 70),
    written(`One word: ${'x'.repeat(20_000)}`, 60),
    written('\u202eWritten from right to left, with marks', 55),
    written('Lines\n'.repeat(5_000), 52),
    written('Of another room', 45, 'ab'.repeat(16) as never),
    written('Of another time', 100 * DAY_SECONDS),
    { ...good, signature: new Uint8Array(64).fill(1) },
    recordOf(eventOf(written('The weather mast is back: the data of the night follow.', 20))),
  ]
}

const commands = {
  /** Show a room of a swarm of *peers* others, who hold *count* records. */
  async fill({ count, peers }: { count: number; peers: number }): Promise<void> {
    const others = []
    for (let number = 0; number < peers; number += 1) others.push(await enter())
    const samples = [...makeSamples(count, { room: NAME, rng: seededRng('dashboard'), now: NOON as UnixTime, days })]
    for (const [place, room] of others.entries()) await room.add(samples.filter((_, at) => at % peers === place))
    dashboard.room = await enter()
    await dashboard.updateComplete
    dashboard.rejoin = () => enter()
    await rooms.at(-1)?.add(days > 1 ? difficult() : difficult().slice(1, 3))
  },

  /** Wait until all rooms agree. */
  async settle(): Promise<void> {
    for (const room of rooms) await room.synced()
  },

  /** Have the other rooms publish *count* records each, one after the other. */
  async chatter(count: number): Promise<void> {
    for (let number = 1; number <= count; number += 1) {
      for (const [place, room] of rooms.slice(0, -1).entries()) {
        const content = `Station ${place + 1}: ${4 + number / 10} °C, wind ${3 + place} m/s from the north-west`
        await room.publish(content, { collection: 'measurements' })
      }
    }
  },

  /** Declare a collection in the room that is shown, fill it with *count* documents, and ask it something. */
  async declare(count: number): Promise<void> {
    const schema = { type: 'object', properties: { name: { type: 'string' }, stars: { type: 'integer' } } }
    const places = await rooms.at(-1)?.collection('cafes', { schema, indexes: ['stars'] })
    for (let number = 0; number < count; number += 1)
      await places?.put(`place-${number}`, { name: 'Lido', stars: number })
    await places?.find({ stars: { gte: 2 } })
  },

  /** Say how many records each room holds, and how many different roots there are. */
  state(): { counts: number[]; roots: number } {
    return { counts: rooms.map(room => room.count), roots: new Set(rooms.map(room => room.root)).size }
  },

  /** Show the room of an element beside the dashboard, which keeps it in IndexedDB. */
  async follow(): Promise<void> {
    const element = document.createElement('peerset-room')
    Object.assign(element, { id: 'lobby', room: 'lobby', options: { now, transport: swarm.transport() } })
    dashboard.for = element.id
    document.body.append(element)
    await element.publish('Kept over reloads')
  },

  /** Show no room but what the attributes of the dashboard say. */
  attributes(values: { readonly [name: string]: string }): void {
    dashboard.room = null
    for (const [name, value] of Object.entries(values)) dashboard.setAttribute(name, value)
  },
}

const theme = given.get('theme')
if (theme !== null) {
  dashboard.setAttribute('theme', theme)
  document.documentElement.style.colorScheme = theme
}
document.body.style.margin = '0'
document.body.append(dashboard)
Object.assign(globalThis, { commands, dashboard, rooms })

export type Commands = typeof commands
