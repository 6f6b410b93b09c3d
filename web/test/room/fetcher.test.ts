/** Rooms fetch the content of shells again, of whoever has it, and never what their user destroyed. */
import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import { ConfigError, RoomClosedError } from '../../src/errors.ts'
import type { Moderator } from '../../src/moderation/moderator.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { admission } from '../../src/policies/function.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

const TAG = roomTag(makeRoomName('peerset', 'lobby'))
const AUTHOR = new SecretKey(new Uint8Array(32).fill(5))

function written(count: number, size = 10): Record[] {
  const createdAt = (Math.floor(Date.now() / 1_000) - 3_600) as Record['createdAt']
  return Array.from({ length: count }, (_, number) =>
    signRecord(AUTHOR, { createdAt, kind: 1078, tags: [['h', TAG]], content: `${number}`.padEnd(size, 'x') }),
  )
}

async function meet(count: number, options: JoinOptions = {}): Promise<Room[]> {
  const swarm = new MemorySwarm()
  const one = () => join('lobby', { store: 'memory', transport: swarm.transport(), ...options })
  return await Promise.all(Array.from({ length: count }, one))
}

function leaveAll(rooms: readonly Room[]): Promise<unknown> {
  return Promise.all(rooms.map(room => room.leave()))
}

async function share(rooms: readonly Room[], records: readonly Record[]): Promise<void> {
  for (const room of rooms) await room.add(records)
  const states = () => rooms.flatMap(({ peers }) => peers.map(({ state }) => state))
  await expect.poll(states).toEqual(Array(rooms.length * (rooms.length - 1)).fill('established'))
}

/** Let *room* be as if its disk were full. */
async function giveUp(room: Room, records: readonly Record[]): Promise<void> {
  await (room.moderation as Moderator).destroy(idsOf(records))
}

function idsOf(records: readonly { readonly id: RecordId }[]): RecordId[] {
  return records.map(({ id }) => id)
}

test('the content of shells comes back from a neighbour', async () => {
  const rooms = await meet(2)
  const [, two] = rooms as [Room, Room]
  const records = written(40, 3_000)
  await share(rooms, records)
  const { root } = two
  await giveUp(two, records.slice(0, 30))
  expect((await two.records()).length).toBe(10)
  const told: RecordId[] = []
  two.on(event => event.type === 'RecordAdded' && told.push(event.record.id))
  expect(idsOf(await two.fetch(idsOf(records)))).toEqual(idsOf(records))
  expect(told.sort()).toEqual(idsOf(records.slice(0, 30)).sort())
  expect([(await two.records()).length, await two.shells(), two.root]).toEqual([40, [], root])
  expect(await two.fetch(records[0] as Record)).toEqual([records[0]])
  await leaveAll(rooms)
})

test('who lacks it too is followed by another, and at last it is not there', async () => {
  const rooms = await meet(3)
  const [one, two, three] = rooms as [Room, Room, Room]
  const records = written(6)
  await share(rooms, records)
  await giveUp(one, records)
  await giveUp(two, records)
  await giveUp(three, records.slice(0, 2))
  const failed: RecordId[] = []
  one.on(event => event.type === 'FetchFailed' && failed.push(...event.ids))
  expect(idsOf(await one.fetch(records))).toEqual(idsOf(records.slice(2)))
  expect(failed.sort()).toEqual(idsOf(records.slice(0, 2)).sort())
  expect(rooms.flatMap(({ peers }) => peers.map(({ state }) => state))).toEqual(Array(6).fill('established'))
  await leaveAll(rooms)
})

test('what the user purged is never fetched, and others are not given it', async () => {
  const rooms = await meet(2)
  const [one, two] = rooms as [Room, Room]
  const records = written(2)
  await share(rooms, records)
  await one.moderation.purge(records[0] as Record)
  await expect(one.fetch(records)).rejects.toThrow('purged here, for good')
  await giveUp(two, records)
  expect(idsOf(await two.fetch(records))).toEqual(idsOf(records.slice(1)))
  await leaveAll(rooms)
})

test('a database remembers what was purged, and is filled as memory is', async () => {
  const store = await openIndexedDbStore('fetched')
  const swarm = new MemorySwarm()
  const options = { transport: swarm.transport() }
  const [one, two] = [
    await join('lobby', { store: 'memory', ...options }),
    await join('lobby', { store, transport: swarm.transport() }),
  ]
  const records = written(9)
  await share([one, two], records)
  await two.moderation.purge(records[0] as Record)
  await giveUp(two, records.slice(1))
  expect((await two.fetch(records.slice(1))).length).toBe(8)
  expect((await store.notes('purged')).size).toBe(1)
  await leaveAll([one, two])
})

test('policies judge what is fetched', async () => {
  let verdict: string | null = null
  const moody = admission('moody', { version: 1 }, () => verdict)
  const rooms = await meet(2, { policies: moody })
  const [, two] = rooms as [Room, Room]
  const records = written(1)
  await share(rooms, records)
  await giveUp(two, records)
  verdict = 'not today'
  expect(await two.fetch(records)).toEqual([])
  await leaveAll(rooms)
})

test('nobody in reach means nothing comes, and what is not here is an error', async () => {
  const [room] = (await meet(1)) as [Room]
  const [record] = written(1) as [Record]
  await expect(room.fetch(record.id)).rejects.toThrow(ConfigError)
  await room.add(record)
  await giveUp(room, [record])
  expect(await room.fetch([record.id])).toEqual([])
  expect(await room.fetch([])).toEqual([])
  await room.leave()
  await expect(room.fetch(record)).rejects.toThrow(RoomClosedError)
})

test('several ask for the same at once, and leaving ends what waits', async () => {
  const rooms = await meet(2)
  const [one, two] = rooms as [Room, Room]
  const records = written(5)
  await share(rooms, records)
  await giveUp(two, records)
  const both = await Promise.all([two.fetch(records), two.fetch(records)])
  expect(both.map(({ length }) => length)).toEqual([5, 5])
  await giveUp(two, records)
  const events: RoomEvent[] = []
  two.on(event => events.push(event))
  const waiting = two.fetch(records)
  const leaving = two.leave()
  await expect(waiting).rejects.toThrow(RoomClosedError)
  await leaving
  await one.leave()
})
