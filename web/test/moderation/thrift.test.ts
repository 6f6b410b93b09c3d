/** What a room gives up when its store is over its budget: content, not ids; ours last of all. */
import { expect, test, vi } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import { DISK_BYTES, DISK_BYTES_MIN } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import { KIND_DELETION, type Record, type RecordId } from '../../src/core/record.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { OWN } from '../../src/moderation/rows.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import { openThrift, SHARE, Thrift, type ThriftParts } from '../../src/moderation/thrift.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { makeBudget } from '../../src/policies/budget.ts'
import { join } from '../../src/room/joining.ts'
import { key, makeRecord, START } from '../protocol/pair.ts'
import { MemorySwarm } from '../swarm.ts'

const SIZE = 50_000

function write(number: number, daysAgo: number, author = 5, kind = 1078): Record {
  const tags = kind === KIND_DELETION ? [['e', String(number).padStart(64, '0')]] : []
  const size = kind === KIND_DELETION ? 0 : SIZE
  return makeRecord(number, { at: START - daysAgo * DAY_SECONDS, author, kind, tags, size })
}

function many(count: number, daysAgo: (number: number) => number, author = 5): Record[] {
  return Array.from({ length: count }, (_, number) => write(number, daysAgo(number), author))
}

/** A store of *records* with its thrift. */
async function kept(records: readonly Record[], parts: Partial<ThriftParts> = {}) {
  const [store, index, told] = [parts.store ?? new MemoryStore(), new Index(), [] as RoomEvent[]]
  const thrift = new Thrift({
    store,
    index,
    shadows: new Shadows([]),
    bytesMax: DISK_BYTES_MIN,
    own: key(1).publicKey,
    knows: () => [],
    destroy: ids => store.purge(ids),
    tell: event => told.push(event),
    now: () => START,
    ...parts,
  })
  const add = async (more: readonly Record[]) => {
    await store.add(more)
    for (const record of more) {
      index.add(record.createdAt, record.id)
      thrift.take({ type: 'RecordAdded', record, peer: null })
    }
    await thrift.relieve()
  }
  await add(records)
  const whole = async () => new Set((await store.get(records.map(({ id }) => id))).map(({ id }) => id))
  return { store, thrift, told, add, whole }
}

function gone(records: readonly Record[], whole: ReadonlySet<RecordId>): Record[] {
  return records.filter(({ id }) => !whole.has(id))
}

test('the oldest days become shells, told day by day, and ids stay', async () => {
  const records = many(40, number => 9 - Math.floor(number / 5))
  const { store, thrift, told, whole } = await kept(records)
  const lost = gone(records, await whole())
  expect(lost.every(({ createdAt }, at) => createdAt === records[at]?.createdAt)).toBe(true)
  expect(lost.length).toBeGreaterThan(0)
  expect(await store.weight()).toBeLessThanOrEqual(DISK_BYTES_MIN - DISK_BYTES_MIN / SHARE)
  expect((await store.entries()).length).toBe(40)
  const events = told.flatMap(event => (event.type === 'StorageEvicted' ? [event] : []))
  expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(lost.length)
  expect(events.map(({ day }) => day)).toEqual(events.map(({ day }) => day).sort())
  expect(thrift.budget).toEqual({
    name: 'disk',
    used: await store.weight(),
    limit: DISK_BYTES_MIN,
    since: START,
    count: lost.length,
  })
})

test('authors nobody knows go before those who are met, and ours never', async () => {
  const ours = [...many(6, () => 8, 1), ...many(3, () => 8, 4)]
  const [known, strange] = [many(6, () => 7, 2), many(12, () => 1, 3)]
  const store = new MemoryStore()
  await store.note(OWN, key(4).publicKey, '')
  const parts = { store, knows: () => [key(2).publicKey] }
  const { whole, add, told } = await kept([...ours, ...known, ...strange], parts)
  const first = await whole()
  expect(gone([...ours, ...known], first)).toEqual([])
  expect(gone(strange, first).length).toBeGreaterThan(0)
  await add(many(25, () => 2, 1))
  expect(gone(ours, await whole())).toEqual([])
  expect(gone([...known, ...strange], await whole()).length).toBe(18)
  const complaints = told.filter(({ type }) => type === 'StorageFailed')
  expect(complaints).toHaveLength(1)
})

test('what a set rule shadows goes first', async () => {
  const shadows = new Shadows([makeBudget({ author: 262_144, room: 1_048_576 })])
  const [old, flood] = [many(5, () => 5, 4), many(18, () => 0, 3)]
  shadows.add([...old, ...flood])
  const { whole } = await kept([...old, ...flood], { shadows })
  const lost = gone([...old, ...flood], await whole())
  expect(lost.length).toBeGreaterThan(0)
  expect(lost.every(({ id }) => shadows.isRuledOut(id))).toBe(true)
})

test('deletions stay, and what comes later and is older goes as well', async () => {
  const deletions = Array.from({ length: 10 }, (_, number) => write(number, 9, 5, KIND_DELETION))
  const { store, add } = await kept([...deletions, ...many(30, () => 3)])
  const late = many(10, () => 20)
  await add(late)
  expect((await store.get(deletions.map(({ id }) => id))).length).toBe(10)
  expect((await store.get(late.map(({ id }) => id))).length).toBeLessThan(10)
})

test('a room within its budget gives up nothing', async () => {
  const { thrift, told } = await kept(many(15, () => 3))
  expect([told, thrift.budget.since, thrift.budget.count]).toEqual([[], null, 0])
})

test('a disk that is full is relieved of what was asked and a share, and not filled so far again', async () => {
  const records = many(40, number => 9 - Math.floor(number / 5))
  const { store, thrift, whole } = await kept(records, { bytesMax: DISK_BYTES })
  const before = await store.weight()
  expect(await thrift.makeRoom(200_000)).toBe(true)
  expect(await store.weight()).toBeLessThanOrEqual(before - before / SHARE - 200_000)
  expect(thrift.bytesMax).toBeLessThan(before)
  expect(gone(records, await whole()).every(({ createdAt }, at) => createdAt === records[at]?.createdAt)).toBe(true)
  const ours = await kept(
    many(3, () => 3, 1),
    { bytesMax: DISK_BYTES },
  )
  expect(await ours.thrift.makeRoom(1)).toBe(false)
})

test('what cannot be made smaller is told, and nothing is once the room is left', async () => {
  const { store, thrift, told } = await kept([])
  vi.spyOn(store, 'weight').mockRejectedValue(new StoreError('the disk is gone'))
  await thrift.tend()
  expect(told).toMatchObject([{ type: 'StorageFailed', reason: expect.stringContaining('the disk is gone') }])
  thrift.close()
  await thrift.tend()
  expect(told).toHaveLength(1)
})

test('a room is opened with half of what the browser gives, and with what is asked for', async () => {
  const parts = { moderation: { shadows: new Shadows([]) }, tell: () => {}, now: () => ({ unix: START }) }
  const found = { node: { index: new Index(), peers: [] }, store: new MemoryStore(), signer: key(1) }
  const open = async (asked?: number) => (await openThrift(found as never, parts as never, asked)).bytesMax
  expect(await open()).toBe(DISK_BYTES)
  for (const [quota, bytes] of [
    [50_000_000, 25_000_000],
    [10, DISK_BYTES_MIN],
    [2 ** 40, DISK_BYTES],
  ] as const) {
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota }) } })
    expect(await open()).toBe(bytes)
  }
  vi.unstubAllGlobals()
  expect(await open(DISK_BYTES_MIN)).toBe(DISK_BYTES_MIN)
})

test('a joined room keeps within its budget, and what it wrote', async () => {
  const told: RoomEvent[] = []
  const options = { store: 'memory', transport: new MemorySwarm().transport(), diskBytes: DISK_BYTES_MIN } as const
  const room = await join('lobby', { ...options, onEvent: event => told.push(event) })
  const ours = await room.publish('ours')
  const other = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  for (let number = 0; number < 40; number += 1) await other.publish(String(number).padStart(SIZE, 'x'))
  await room.add(await other.records())
  await expect.poll(() => told.some(({ type }) => type === 'StorageEvicted')).toBe(true)
  await expect.poll(async () => (await room.shells()).length).toBeGreaterThan(10)
  expect((await room.records()).map(({ id }) => id)).toContain(ours.id)
  expect(room.count).toBe(41)
  await room.leave()
  await other.leave()
})

test.each([DISK_BYTES_MIN - 1, 0, 1.5, '1G', null, true])('%j is no budget', async given => {
  await expect(join('lobby', { diskBytes: given as number, store: 'memory' })).rejects.toThrow(ConfigError)
  await expect(join('lobby', { diskBytes: given as number, store: 'memory' })).rejects.toThrow('diskBytes')
})
