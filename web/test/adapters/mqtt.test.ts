import { selfId } from '@trystero-p2p/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import vectors from '../../../tests/vectors/trystero.json'
import { KEEP_ALIVE_SECONDS, openVenue, usual } from '../../src/adapters/mqtt.ts'
import { ping, publish, subscribe, unsubscribe } from '../../src/adapters/mqtt-packets.ts'
import type { Venue } from '../../src/adapters/venue.ts'
import { Line, LineClass, lastLine } from './line.ts'
import { SMALLER, type Watched, watchedSwarm } from './swarms.ts'

const ACCEPTED = Uint8Array.of(0x20, 2, 0, 0).buffer
const REFUSED = Uint8Array.of(0x20, 2, 0, 5).buffer

let venue: Venue
let swarm: Watched
let leave: () => void

beforeEach(() => {
  vi.useFakeTimers()
  Line.made = []
  venue = openVenue('wss://me:pass%20word@broker.example/mqtt', LineClass)
  swarm = watchedSwarm()
  leave = venue.enter(swarm)
})

afterEach(() => {
  venue.close()
  vi.useRealTimers()
})

test('once the broker accepts us, both topics are heard, and it is said that we are there', () => {
  const line = lastLine().open()
  expect([line.url, line.protocols, line.sent.length]).toEqual(['wss://broker.example/mqtt', 'mqtt', 1])
  expect(new TextDecoder().decode(line.sent[0] as Uint8Array)).toMatch(/MQTT.*me.*pass word$/s)
  line.say(ACCEPTED)
  expect(line.sent.slice(1)).toEqual([
    subscribe(3, swarm.selfTopic),
    subscribe(4, swarm.rootTopic),
    publish(swarm.rootTopic, JSON.stringify({ peerId: selfId })),
  ])
  leave()
  expect(line.sent.slice(4)).toEqual([unsubscribe(5, swarm.selfTopic), unsubscribe(6, swarm.rootTopic)])
  expect(venue.status).toMatchObject({ strategy: 'mqtt', state: 'open', lastSuccess: Date.now() })
})

test('what is said is told by its topic', () => {
  const line = lastLine().open()
  line.say(ACCEPTED)
  line.say(publish('another', '{}').buffer)
  line.say(publish(swarm.selfTopic, JSON.stringify({ peerId: SMALLER })).buffer)
  expect(swarm.told.map(({ said }) => said)).toEqual([{ peerId: SMALLER }])
})

test('a broker that hears nothing else hears that we are there', () => {
  const line = lastLine().open()
  line.say(ACCEPTED)
  vi.advanceTimersByTime(KEEP_ALIVE_SECONDS * 1_000)
  expect(line.sent.slice(-2)).toEqual([ping(), ping()])
})

test.each([
  ['refuses us', REFUSED, 'it refuses the connection (code 5)'],
  ['speaks nonsense', Uint8Array.of(0x30, 255, 255, 255, 255, 255).buffer, 'it sends no packets of MQTT'],
])('a broker that %s is asked no more', (_, said, error) => {
  lastLine().open().say(said)
  expect(venue.status).toMatchObject({ state: 'closed', error })
})

test('those that are asked are Trystero`s', () => {
  const { mqtt_list, mqtt_n } = vectors.default_relays.modern
  expect(usual()).toEqual(mqtt_list.slice(0, mqtt_n))
})
