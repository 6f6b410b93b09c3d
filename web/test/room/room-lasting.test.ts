/** A room of an hour and one for ever: what is kept, what ends early, what is pinned, and who holds less of it. */

import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { RETENTION_SECONDS_MAX } from '../../src/core/limits.ts'
import { KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import { roomTag } from '../../src/core/signal.ts'
import type { Collection } from '../../src/data/collection.ts'
import { StoreError } from '../../src/errors.ts'
import { pins } from '../../src/policies/pinning.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { START, standingClock } from '../clock.ts'
import { MemorySwarm } from '../swarm.ts'

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]
/** A room's hour, the margin of a quarter, and the next collection. */
const GONE_MINUTES = 60 + 15 + 11
const [PINNER, OTHER] = [new SecretKey(new Uint8Array(32).fill(1)), new SecretKey(new Uint8Array(32).fill(2))]
const MAY_PIN = await pins({ allow: [PINNER.publicKey] })

const clock = standingClock()

/** Let so many pass, in each of which rooms do what is due. */
async function minutes(count: number): Promise<void> {
  await clock.passBy(count * MINUTE, { step: MINUTE, timers: MINUTE })
}

/** Let so many pass between members, whose sessions bear no silence of a minute. */
async function together(count: number): Promise<void> {
  await clock.passBy(count * MINUTE, { step: 10, timers: 10 })
}

/** Give what joins one room with others; who comes has met them. */
function entering(shared: JoinOptions): (options?: JoinOptions) => Promise<Room> {
  const swarm = new MemorySwarm()
  return async options => {
    const own = { store: 'memory', transport: swarm.transport(), now: clock.now } as const
    const room = await join('lobby', { ...own, ...shared, ...options })
    await clock.passBy(5, { step: 1, timers: 1 })
    return room
  }
}

async function values(collection: Collection<string>): Promise<string[]> {
  return (await collection.find()).docs.map(({ value }) => value).sort()
}

async function said(room: Room): Promise<string[]> {
  return (await room.records({ kinds: KIND_RECORD })).map(({ content }) => content).sort()
}

function aged(room: Room, seconds: number): Record {
  const createdAt = (START - seconds) as UnixTime
  return signRecord(OTHER, { createdAt, kind: KIND_RECORD, tags: [['h', roomTag(room.name)]], content: `${seconds}` })
}

test('in a room of an hour what is kept stays, and all else is gone', async () => {
  const store = new MemoryStore()
  const room = await clock.alone({ retention: '1h', store })
  const [kept, plain] = [await room.collection<string>('kept', { keep: true }), await room.collection<string>('plain')]
  const first = await kept.add('document')
  await kept.put('k', 'register')
  const gone = [first.id, (await plain.add('other')).id, (await room.publish('said')).id]
  await minutes(GONE_MINUTES)
  expect([await values(kept), await values(plain)]).toEqual([['document', 'register'], []])
  expect(await store.named(gone)).toEqual([])
  await minutes(3 * 60)
  expect(await values(kept)).toEqual(['document', 'register'])
  // Two that are kept, and the deletions of what they came after: of an hour, and not of all four.
  expect(room.count).toBeLessThanOrEqual(2 + 3)
  await room.leave()
})

test('in a room for ever what is kept is renewed once in years', async () => {
  const [store, years] = [new LastingStore(), (RETENTION_SECONDS_MAX * 2) / 3]
  const ids = new Set<string>()
  for (const skipped of [0, years - DAY, 2 * DAY]) {
    clock.passed += skipped
    const room = await clock.alone({ retention: 'forever', store, key: PINNER })
    const kept = await room.collection<string>('kept', { keep: true })
    if (skipped === 0)
      for (const text of ['document', 'other']) await (text === 'other' ? room.publish(text) : kept.add(text))
    await minutes(2)
    const [found] = (await kept.find()).docs
    ids.add(found?.id ?? '')
    expect([found?.value, ids.size]).toEqual(['document', skipped === 2 * DAY ? 2 : 1])
    expect((await room.records()).map(({ content }) => content)).toContain('other')
    expect(room.count).toBe(ids.size + 1)
    await room.leave()
  }
})

test.each([
  ['1h', 0],
  ['forever', 1],
])('what ends early is not seen from then on, and its content goes: %s', async (retention, left) => {
  const store = new MemoryStore()
  const room = await clock.alone({ retention, store })
  const places = await room.collection<string>('places', { keep: true, ttlSeconds: 2 * MINUTE })
  const { id } = await places.add('brief')
  await minutes(3)
  expect(await values(places)).toEqual([])
  await minutes(11)
  expect([(await store.wires([id]))[0]?.length, room.count]).toEqual([0, 1])
  await minutes(GONE_MINUTES)
  expect([room.count, (await store.entries()).length]).toEqual([left, left])
  await room.leave()
})

test('in a room of an hour a document may end later than the room keeps it', async () => {
  const room = await clock.alone({ retention: '1h' })
  const places = await room.collection<string>('places')
  await places.add('long', { ttlSeconds: DAY })
  await minutes(GONE_MINUTES)
  expect([await values(places), room.count]).toEqual([[], 0])
  await room.leave()
})

test('in a room of an hour a pin is renewed for as long as its author is there', async () => {
  const enter = entering({ retention: '1h', policies: [MAY_PIN] })
  const [pinner, author] = [await enter({ key: PINNER }), await enter({ key: OTHER })]
  const kept = await author.publish('kept')
  await author.publish('lost')
  await together(1)
  const pin = await pinner.pin(kept)
  await together(2 * 60)
  expect([await said(pinner), await said(author)]).toEqual([['kept'], ['kept']])
  expect(await author.members({ kinds: KIND_RECORD })).toEqual([])
  const [held] = await author.pins()
  expect([held?.author, held?.record, held?.id === pin.id]).toEqual([pinner.key, kept, false])
  expect(pinner.root).toBe(author.root)
  await pinner.leave()
  await minutes(GONE_MINUTES)
  expect([await said(author), await author.pins(), author.count]).toEqual([[], [], 0])
  await author.leave()
})

test('in a room for ever what is pinned is a member, and stays without its pin', async () => {
  const enter = entering({ retention: 'forever', policies: [MAY_PIN] })
  const [pinner, author] = [await enter({ key: PINNER }), await enter({ key: OTHER })]
  const kept = await author.publish('kept')
  await together(1)
  await pinner.pin(kept)
  await pinner.unpin(kept)
  await together(5)
  const members = (await author.members({ kinds: KIND_RECORD })).map(({ content }) => content)
  expect([await said(pinner), await said(author), members]).toEqual([['kept'], ['kept'], ['kept']])
  await pinner.pin(kept)
  await author.delete(kept)
  await together(61)
  expect([await said(pinner), await pinner.pins()]).toEqual([[], []])
  await Promise.all([pinner.leave(), author.leave()])
})

test.each([
  ['2d', '1h', [0, HOUR / 2, 15 * HOUR, 40 * HOUR]],
  ['forever', '30d', [0, DAY, 60 * DAY, 3_000 * DAY]],
])('a light member of any room has the root of everybody: %s', async (retention, window, ages) => {
  const enter = entering({ retention })
  const whole = await enter()
  const records = ages.map(age => aged(whole, age))
  await whole.add(records)
  const light = await enter({ window })
  await together(3)
  expect([light.count, light.root]).toEqual([ages.length, whole.root])
  expect((await light.records()).map(({ content }) => content)).toEqual(ages.slice(0, 2).map(String))
  const fetched = light.fetch((records[3] as Record).id)
  await together(1)
  expect(await fetched).toEqual([records[3]])
  expect(light.peers.map(({ hasOtherRules }) => hasOtherRules)).toEqual([false])
  await Promise.all([light.leave(), whole.leave()])
})

test("where a window is no shorter than an hour's room, it changes nothing", async () => {
  const enter = entering({ retention: '1h' })
  const whole = await enter()
  await whole.add(aged(whole, HOUR / 2))
  const light = await enter({ window: '1h' })
  await together(3)
  expect([await said(light), await said(whole)]).toEqual([[`${HOUR / 2}`], [`${HOUR / 2}`]])
  await Promise.all([light.leave(), whole.leave()])
})

test('two who keep records for other times know it of each other, and share what both keep', async () => {
  const enter = entering({})
  const [brief, usual] = [await enter({ retention: '1h' }), await enter()]
  await usual.add([aged(usual, HOUR / 4), aged(usual, 2 * HOUR)])
  await together(5)
  const kept = [brief, usual].map(({ peers }) => peers.map(each => [each.hasOtherRules, each.keepsSeconds]))
  expect(kept).toEqual([[[true, 90 * DAY]], [[true, HOUR]]])
  expect([(await said(brief)).length, (await said(usual)).length]).toEqual([1, 2])
  await Promise.all([brief.leave(), usual.leave()])
})

/** A store that outlives its rooms. */
class LastingStore extends MemoryStore {
  override async close(): Promise<void> {}
}

/** A store whose disk may be full. */
class FullStore extends MemoryStore {
  isFull = false

  override async add(records: readonly Record[], options: Parameters<MemoryStore['add']>[1] = {}): Promise<void> {
    if (this.isFull && records.length > 0) throw new StoreError('the disk is full')
    await super.add(records, options)
  }
}

test('what is kept while the disk is full is renewed once there is room', async () => {
  const [store, failures] = [new FullStore(), new Set<string>()]
  const room = await clock.alone({ retention: '1h', store, policies: [MAY_PIN], key: PINNER })
  room.on(event => event.type === 'StorageFailed' && failures.add(event.reason))
  const kept = await room.collection<string>('kept', { keep: true })
  await kept.put('k', 'register')
  const pinned = await room.publish('pinned')
  await room.pin(pinned)
  await minutes(35)
  store.isFull = true
  await minutes(15)
  const words = [...failures].sort().join('\n')
  expect(words).toContain('collection kept: cannot renew what is ours: ')
  expect(words).toContain('pins of ours could not be renewed: ')
  expect(words).toContain('the disk is full')
  store.isFull = false
  await minutes(GONE_MINUTES)
  expect(await values(kept)).toEqual(['register'])
  expect((await room.get(pinned.id))?.content).toBe('pinned')
  await room.leave()
})
