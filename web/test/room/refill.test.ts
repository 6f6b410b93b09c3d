/** Content that a narrower window gave up, and that is fetched again. */
import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Entry } from '../../src/core/block.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import { PURGED } from '../../src/moderation/rows.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { givenUpBefore, noteGivenUp, openRefilling } from '../../src/room/lighten.ts'
import { FETCHED_AT_ONCE, Refilling } from '../../src/room/refill.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const TAG = roomTag(makeRoomName('peerset', 'lobby'))
const START = 1_800_000_000

/** A store of shells, and a swarm that has some of their content. */
class Refilled {
  readonly store = new MemoryStore()
  readonly swarm = new Map<RecordId, Record>()
  readonly asked: RecordId[] = []
  edge = 0
  readonly thrift = { hasRoom: true }
  readonly parts = {
    store: this.store,
    driver: { take: (wish: object) => void this.#bring((wish as { entries: readonly Entry[] }).entries) },
    edge: () => this.edge,
    thrift: this.thrift,
  }
  readonly refilling = new Refilling(this.parts)

  async giveUp(records: readonly Record[]): Promise<void> {
    await this.store.add(records)
    await noteGivenUp(this.store, Math.max(...records.map(({ createdAt }) => createdAt)) + 1)
    await this.store.purge(records.map(({ id }) => id))
  }

  async #bring(entries: readonly Entry[]): Promise<void> {
    for (const [, id] of entries) {
      this.asked.push(id)
      const record = this.swarm.get(id)
      if (record !== undefined) await this.store.fill([record])
      const event = record === undefined ? { type: 'FetchFailed', ids: [id] } : { type: 'RecordAdded', record }
      this.refilling.take(event as RoomEvent)
    }
  }
}

function made(count: number): Record[] {
  return Array.from({ length: count }, (_, number) =>
    signRecord(KEY, { createdAt: (START + number) as UnixTime, kind: 1, tags: [['h', TAG]], content: `${number}` }),
  )
}

function having(records: readonly Record[]): Refilled {
  const refilled = new Refilled()
  for (const record of records) refilled.swarm.set(record.id, record)
  return refilled
}

test('all that was given up is asked for, the newest first, and that is remembered', async () => {
  const records = made(FETCHED_AT_ONCE + 4)
  const room = having(records)
  await room.giveUp(records)
  expect(await room.refilling.refill()).toBe(0)
  expect(room.asked).toEqual(records.map(({ id }) => id).reverse())
  expect((await room.store.get(room.asked)).length).toBe(records.length)
  expect(await givenUpBefore(room.store)).toBe(0)
  expect(await openRefilling(room.parts)).toBeNull()
})

test('what nobody has is still missing, and asked for again', async () => {
  const [one, two] = made(2) as [Record, Record]
  const room = having([one])
  await room.giveUp([one, two])
  expect([await room.refilling.refill(), await room.refilling.refill()]).toEqual([1, 1])
  expect(room.asked).toEqual([two.id, one.id, two.id])
  expect(await givenUpBefore(room.store)).toBe(two.createdAt + 1)
  expect(await openRefilling(room.parts)).not.toBeNull()
})

test('a wider window brings what lies in it, and remembers the rest', async () => {
  const records = made(4)
  const room = having(records)
  room.edge = START + 2
  await room.giveUp(records)
  expect(await room.refilling.refill()).toBe(0)
  expect(room.asked).toEqual([records[3]?.id, records[2]?.id])
  expect(await givenUpBefore(room.store)).toBe(room.edge)
})

test('what was destroyed stays so, and a full store asks for nothing', async () => {
  const [one, two] = made(2) as [Record, Record]
  const room = having([one, two])
  await room.giveUp([one, two])
  await room.store.note(PURGED, one.id, '')
  room.thrift.hasRoom = false
  expect(await room.refilling.refill()).toBe(1)
  expect(room.asked).toEqual([])
  room.thrift.hasRoom = true
  expect(await room.refilling.refill()).toBe(0)
  expect(room.asked).toEqual([two.id])
})

test('a store from which no window took anything asks for nothing, nor does a note that makes no sense', async () => {
  const room = having(made(2))
  await room.store.add(made(2))
  await room.store.purge(made(2).map(({ id }) => id))
  expect(await room.refilling.refill()).toBe(0)
  await room.store.note('window', '6265666f7265', 'soon')
  expect(await givenUpBefore(room.store)).toBe(0)
  expect(room.asked).toEqual([])
})

test('one that is closed while it waits asks for nothing more', async () => {
  const records = made(FETCHED_AT_ONCE + 1)
  const room = new Refilled()
  await room.giveUp(records)
  const asked: number[] = []
  const take = (wish: object) => void asked.push((wish as { entries: readonly Entry[] }).entries.length)
  const refilling = new Refilling({ ...room.parts, driver: { take } })
  refilling.take({ type: 'PeerJoined' } as RoomEvent)
  await expect.poll(() => asked).toEqual([FETCHED_AT_ONCE])
  refilling.close()
  await new Promise(resolve => setTimeout(resolve))
  expect(asked).toEqual([FETCHED_AT_ONCE])
})

test('a page that joins again without its window has all content again', async () => {
  const swarm = new MemorySwarm()
  const enter = (options: JoinOptions) => join('lobby', { store: 'memory', transport: swarm.transport(), ...options })
  const now = Math.floor(Date.now() / 1_000)
  const records = [1, 2, 9, 20].map(days =>
    signRecord(KEY, {
      createdAt: (now - days * DAY_SECONDS) as UnixTime,
      kind: 1,
      tags: [['h', TAG]],
      content: `${days} days old`,
    }),
  )
  const whole = await enter({})
  await whole.add(records)
  const first = await enter({ store: await openIndexedDbStore('rejoined') })
  await expect.poll(() => first.root).toBe(whole.root)
  await first.leave()
  const light = await enter({ store: await openIndexedDbStore('rejoined'), window: '7d' })
  await expect.poll(async () => (await light.records()).length).toBe(2)
  await light.leave()
  const again = await enter({ store: await openIndexedDbStore('rejoined') })
  await expect.poll(async () => (await again.records()).length, { timeout: 20_000 }).toBe(4)
  expect(again.root).toBe(whole.root)
  await Promise.all([again, whole].map(room => room.leave()))
}, 60_000)
