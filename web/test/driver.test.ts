import { expect, test } from 'vitest'
import { MemoryStore } from '../src/adapters/memory.ts'
import { systemClock, systemRng } from '../src/adapters/system.ts'
import { SecretKey } from '../src/core/keys.ts'
import { Index } from '../src/core/merkle.ts'
import { hasValidSignature, type Record, signRecord } from '../src/core/record.ts'
import { makeRoomName, roomTag } from '../src/core/signal.ts'
import { Driver, type Traffic } from '../src/driver.ts'
import { StoreError } from '../src/errors.ts'
import { Panel } from '../src/panel.ts'
import type { Store } from '../src/ports.ts'
import type { Event } from '../src/protocol/events.ts'
import { Node } from '../src/protocol/node.ts'
import { MemorySwarm } from './swarm.ts'

const ROOM = makeRoomName('peerset', 'lobby')

function drive(swarm: MemorySwarm, store: Store = new MemoryStore(), overrides: Partial<{ verify: () => never }> = {}) {
  const rng = systemRng()
  const key = SecretKey.generate(rng)
  const node = new Node({ key, room: ROOM, rng, index: new Index(), deletions: [] })
  const events: Event[] = []
  const failures: Error[] = []
  const driver = new Driver(node, {
    store,
    transport: swarm.transport(),
    panel: new Panel([], { onComplaint: () => {} }),
    verify: async (records: readonly Record[]) => records.map(hasValidSignature),
    now: systemClock(),
    onEvent: event => events.push(event),
    onStep: () => {},
    onFailure: error => failures.push(error),
    onRefused: () => {},
    ...overrides,
  })
  const write = (content: string) =>
    signRecord(key, { createdAt: driver.now().unix, kind: 1_078, tags: [['h', roomTag(ROOM)]], content })
  return { driver, node, events, failures, write }
}

function typesOf(events: readonly Event[]): string[] {
  return events.map(event => event.type)
}

test('every message that crosses a channel is shown to who watches', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = [drive(swarm), drive(swarm)]
  const traffic: Traffic[] = []
  one.driver.onTraffic = each => traffic.push(each)
  one.driver.start()
  two.driver.start()
  await expect.poll(() => typesOf(one.events)).toContain('PeerJoined')
  const seen = traffic.map(each => `${each.direction} ${each.message}`)
  expect(seen.slice(0, 4).sort()).toEqual(['in Hello', 'in Proof', 'out Hello', 'out Proof'])
  expect(traffic.every(each => each.bytes > 0 && each.at >= 0)).toBe(true)
  await Promise.all([one.driver.close(), two.driver.close()])
})

test('a store that fails delays records and breaks nothing', async () => {
  const store = new MemoryStore()
  const refuse = { add: () => Promise.reject(new StoreError('the disk is full')) }
  const broken: Store = Object.assign(Object.create(store), refuse)
  const { driver, events, failures, write } = drive(new MemorySwarm(), broken)
  driver.start()
  driver.take({ type: 'Published', records: [write('hello')] })
  await expect.poll(() => typesOf(events)).toContain('SaveDelayed')
  expect(failures).toEqual([])
  await driver.close()
})

test('a mistake of our own ends the room with its cause', async () => {
  const verify = () => {
    throw new TypeError('a bug')
  }
  const { driver, failures, write } = drive(new MemorySwarm(), new MemoryStore(), { verify })
  driver.start()
  driver.take({ type: 'Imported', records: [write('hello')] })
  await expect.poll(() => failures.map(error => error.message)).toEqual(['the room failed: TypeError: a bug'])
})
