import 'fake-indexeddb/auto'
import { expect, test, vi } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { RETENTION_SECONDS } from '../../src/core/limits.ts'
import { type Record, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { RETENTION, SECONDS, settleRetention } from '../../src/room/remembered.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const TAG = roomTag(makeRoomName('peerset', 'lobby'))

function recordOf(days: number): Record {
  const createdAt = (Math.floor(Date.now() / 1_000) - days * DAY_SECONDS) as UnixTime
  return signRecord(KEY, { createdAt, kind: 1, tags: [['h', TAG]], content: `${days} days old` })
}

async function joinOn(database: string, options: JoinOptions) {
  const store = await openIndexedDbStore(database)
  return await join('lobby', { ...options, store, transport: new MemorySwarm().transport() })
}

test('a room kept for a year is kept so by a join that does not say', async () => {
  const room = await joinOn('a year', { retention: '365d' })
  expect(await room.add([recordOf(200), recordOf(1)])).toBe(2)
  await room.leave()
  for (const days of [201, 202]) {
    const again = await joinOn('a year', {})
    expect(await again.add([recordOf(days)])).toBe(1)
    await again.leave()
  }
  const last = await joinOn('a year', { retention: '365d' })
  expect(last.count).toBe(4)
  await last.leave()
})

test('who shortens what is kept of a store is told', async () => {
  const console = vi.spyOn(globalThis.console, 'warn').mockImplementation(() => {})
  const word = 'peerset: this store kept records for 90d, and does for 1h from now on: what is older is deleted'
  await (await joinOn('empty', { retention: '1h' })).leave()
  const room = await joinOn('told', {})
  await room.add([recordOf(1)])
  await room.leave()
  expect(console.mock.calls).toEqual([])
  const shorter = await joinOn('told', { retention: '1h' })
  await vi.dynamicImportSettled()
  expect(console.mock.calls).toEqual([[word]])
  await shorter.leave()
  console.mockRestore()
})

test('a shorter time that is said is obeyed and remembered', async () => {
  const room = await joinOn('shorter', { retention: '365d' })
  await room.add([recordOf(200), recordOf(40), recordOf(1)])
  await room.leave()
  const shorter = await joinOn('shorter', { retention: '30d' })
  await expect.poll(() => shorter.count).toBe(1)
  await shorter.leave()
  const last = await joinOn('shorter', {})
  expect([last.count, await last.add([recordOf(40)])]).toEqual([1, 0])
  await last.leave()
})

test('a room that this page is in already keeps records for one time only', async () => {
  const transport = new MemorySwarm().transport()
  const room = await join('lobby', { store: 'memory', transport, retention: '30d' })
  const same = await join('lobby', { store: 'memory', transport })
  await expect(join('lobby', { store: 'memory', transport, retention: '31d' })).rejects.toThrow(ConfigError)
  await Promise.all([room.leave(), same.leave()])
})

test('a window keeps the content of the newest days, and is not remembered', async () => {
  const room = await joinOn('window', { retention: '365d' })
  await room.add([recordOf(200), recordOf(40), recordOf(1)])
  await room.leave()
  const narrow = await joinOn('window', { window: '7d' })
  await expect.poll(async () => (await narrow.shells()).length).toBe(2)
  expect([narrow.count, (await narrow.records()).length]).toEqual([3, 1])
  await narrow.leave()
  const whole = await joinOn('window', {})
  expect([whole.count, (await whole.shells()).length]).toEqual([3, 2])
  await whole.leave()
})

test('a room that this page is in already has one window', async () => {
  const transport = new MemorySwarm().transport()
  const room = await join('lobby', { store: 'memory', transport, window: '7d' })
  await expect(join('lobby', { store: 'memory', transport })).rejects.toThrow(ConfigError)
  await room.leave()
})

test('a store that was never told keeps records for ninety days', async () => {
  const store = new MemoryStore()
  expect(await settleRetention(store, null)).toBe(RETENTION_SECONDS)
  expect((await store.notes(RETENTION)).size).toBe(0)
})

test.each(['', 'soon', '1', '-7776000', '99999999999'])('the note %j counts as none', async noted => {
  const store = new MemoryStore()
  await store.note(RETENTION, SECONDS, noted)
  expect(await settleRetention(store, null)).toBe(RETENTION_SECONDS)
})

/** Cannot be written, as when the disk is full. */
class SealedStore extends MemoryStore {
  override async note(): Promise<void> {
    throw new StoreError('the disk is full')
  }
}

test('a store that cannot be written is used as said', async () => {
  expect(await settleRetention(new SealedStore(), 2 * DAY_SECONDS)).toBe(2 * DAY_SECONDS)
})
