import { expect, onTestFinished, test, vi } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { systemClock, systemRng } from '../../src/adapters/system.ts'
import { after, type Moment } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { Index } from '../../src/core/merkle.ts'
import { hasValidSignature, type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import { StoreError } from '../../src/errors.ts'
import type { Store } from '../../src/ports.ts'
import type { Event } from '../../src/protocol/events.ts'
import type { Input } from '../../src/protocol/inputs.ts'
import { Mesh } from '../../src/protocol/mesh.ts'
import { Node } from '../../src/protocol/node.ts'
import { keptAcquaintances } from '../../src/room/acquainted.ts'
import { Driver, INPUTS_WAITING_MAX, type Parts, type Traffic } from '../../src/room/driver.ts'
import { MemorySwarm } from '../swarm.ts'

const ROOM = makeRoomName('peerset', 'lobby')

/** What a test may replace. */
type Overrides = Partial<Pick<Parts, 'verify' | 'now' | 'onStep'>>

function drive(swarm: MemorySwarm, store: Store = new MemoryStore(), overrides: Overrides = {}) {
  const rng = systemRng()
  const key = SecretKey.generate(rng)
  const node = new Node({ key, room: ROOM, rng, index: new Index(), mesh: new Mesh() })
  const events: Event[] = []
  const failures: Error[] = []
  const driver = new Driver(node, {
    store,
    transport: swarm.transport(),
    judge: async records => records.map(() => ({ type: 'Accept' })),
    verify: async (records: readonly Record[]) => records.map(hasValidSignature),
    now: systemClock(),
    onEvent: event => events.push(event),
    onStep: () => {},
    onFailure: error => failures.push(error),
    onRefused: () => {},
    sweep: async () => false,
    ...overrides,
  })
  const write = (content: string) =>
    signRecord(key, { createdAt: driver.now().unix, kind: 1_078, tags: [['h', roomTag(ROOM)]], content })
  return { driver, node, key, events, failures, write }
}

/** Give a clock on which *seconds* pass between one look and the next. */
function rushing(seconds: number): () => Moment {
  const clock = systemClock()
  let passed = 0
  return () => {
    passed += seconds
    const { monotonic, unix } = clock()
    return { monotonic: after(monotonic, passed), unix }
  }
}

/** Give inputs that are refused at once, and the ids of their records. */
function refusedInputs(count: number) {
  const key = SecretKey.generate(systemRng())
  const record = signRecord(key, { createdAt: systemClock()().unix, kind: 1_078, tags: [], content: 'of no room' })
  const ids = Array.from({ length: count }, (_, place) => place.toString(16).padStart(64, '0') as RecordId)
  return { ids, inputs: ids.map((id): Input => ({ type: 'Imported', records: [{ ...record, id }] })) }
}

function refusedOf(events: readonly Event[]): RecordId[] {
  return events.flatMap(event => (event.type === 'RecordRejected' ? [event.id] : []))
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

test('the page has its turn when one of ours gets long, and what is left keeps its order', async () => {
  const { driver, events } = drive(new MemorySwarm(), new MemoryStore(), { now: rushing(0.02) })
  const { ids, inputs } = refusedInputs(5)
  driver.start()
  for (const input of inputs) driver.take(input)
  expect(refusedOf(events)).toEqual([])
  await expect.poll(() => refusedOf(events)).toEqual(ids)
  await driver.close()
})

test('a short turn is taken at once', async () => {
  const still = systemClock()()
  const { driver, events } = drive(new MemorySwarm(), new MemoryStore(), { now: () => still })
  const { ids, inputs } = refusedInputs(5)
  driver.start()
  for (const input of inputs) driver.take(input)
  expect(refusedOf(events)).toEqual(ids)
  await driver.close()
})

test('the page has no turn while too much waits', async () => {
  const { driver, events } = drive(new MemorySwarm(), new MemoryStore(), { now: rushing(0.02) })
  const { ids, inputs } = refusedInputs(INPUTS_WAITING_MAX + 50)
  driver.start()
  for (const input of inputs) driver.take(input)
  // One more is taken out of the queue, and its effect not yet performed.
  expect(refusedOf(events).length).toBeGreaterThanOrEqual(49)
  await expect.poll(() => refusedOf(events)).toEqual(ids)
  await driver.close()
})

test('nothing waits for the page when the driver is closed', async () => {
  const { driver, events } = drive(new MemorySwarm(), new MemoryStore(), { now: rushing(0.02) })
  const { ids, inputs } = refusedInputs(5)
  driver.start()
  for (const input of inputs) driver.take(input)
  const closing = driver.close()
  expect(refusedOf(events)).toEqual(ids)
  await closing
})

test('inputs that never end do not put off deadlines', async () => {
  const store = new MemoryStore()
  const { ids, inputs } = refusedInputs(100)
  const asked: number[] = []
  const expire: Store['expire'] = before => {
    asked.push(refusedOf(events).length)
    return store.expire(before)
  }
  const told: Store = Object.assign(Object.create(store), { expire })
  const coming = inputs[Symbol.iterator]()
  const onStep = () => {
    const { value } = coming.next()
    if (value !== undefined) driver.take(value)
  }
  const { driver, events } = drive(new MemorySwarm(), told, { now: rushing(1_000), onStep })
  driver.start()
  await expect.poll(() => refusedOf(events)).toEqual(ids)
  // The first time was at the start.
  expect(asked[1]).toBeLessThan(ids.length)
  await driver.close()
})

test('a network that fails to close keeps nobody waiting', async () => {
  const swarm = new MemorySwarm()
  const transport = Object.assign(swarm.transport(), { close: () => Promise.reject(new Error('it is stuck')) })
  const { driver } = drive({ transport: () => transport } as unknown as MemorySwarm)
  driver.start()
  await driver.close()
  await driver.close()
})

test('a room that failed has closed its network once closing is done', async () => {
  const swarm = new MemorySwarm()
  const transport = swarm.transport()
  const closed: string[] = []
  const close = transport.close.bind(transport)
  transport.close = async () => {
    await close()
    closed.push('the network')
  }
  const verify = () => {
    throw new TypeError('a bug')
  }
  const { driver, failures, write } = drive({ transport: () => transport } as unknown as MemorySwarm, undefined, {
    verify,
  })
  driver.start()
  driver.take({ type: 'Imported', records: [write('hello')] })
  await expect.poll(() => failures.length).toBe(1)
  await driver.close()
  expect(closed).toEqual(['the network'])
})

test('what is delivered was taken once that is said', async () => {
  const { driver, node } = drive(new MemorySwarm(), new MemoryStore(), { now: rushing(0.02) })
  const key = SecretKey.generate(systemRng()).publicKey
  driver.start()
  for (const input of refusedInputs(5).inputs) driver.take(input)
  await driver.deliver({ type: 'KeyBanned', key, seconds: 1_000 })
  expect(node.savedStrikes(driver.now()).map(strike => strike.subject)).toEqual([key])
  await driver.close()
})

test('who was useful for an hour is kept with the records', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const [swarm, store] = [new MemorySwarm(), new MemoryStore()]
  const [one, two] = [drive(swarm), drive(swarm, store)]
  one.driver.start()
  two.driver.start()
  await vi.advanceTimersByTimeAsync(1_000)
  const kept = async () => (await keptAcquaintances(store)).all.map(([key]) => key)
  for (const minute of [0, 10, 20, 30, 40, 50, 60]) {
    expect([minute, await kept()]).toEqual([minute, []])
    one.driver.take({ type: 'Published', records: [one.write(`minute ${minute}`)] })
    await vi.advanceTimersByTimeAsync(600_000)
  }
  expect(await kept()).toEqual([one.key.publicKey])
  await Promise.all([one.driver.close(), two.driver.close()])
})
