import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { databaseName, eraseStore } from '../../src/adapters/storage.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const NAME = { app: 'peerset', room: 'lobby' }

beforeEach(() => void vi.stubGlobal('indexedDB', new IDBFactory()))

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('a room whose database is deleted goes on with what it wrote, and keeps that for the next page', async () => {
  const swarm = new MemorySwarm()
  const room = await join('lobby', { transport: swarm.transport() })
  await room.publish('one')
  await eraseStore(NAME)
  await room.publish('two')
  expect((await room.records()).map(({ content }) => content)).toEqual(['two', 'one'])
  await room.leave()
  const again = await join('lobby', { transport: swarm.transport() })
  expect([again.count, (await again.records()).length]).toEqual([2, 2])
  await again.leave()
})

test('what the browser took away is asked of peers again', async () => {
  const swarm = new MemorySwarm()
  const other = await join('lobby', { store: 'memory', transport: swarm.transport() })
  for (let number = 0; number < 5; number++) await other.publish(`${number}`)
  const first = await join('lobby', { transport: swarm.transport() })
  await first.synced()
  await first.leave()
  const told: RoomEvent[] = []
  const room = await join('lobby', { transport: swarm.transport(), onEvent: event => told.push(event) })
  await room.synced()
  await eraseStore(NAME)
  await expect.poll(() => told.filter(({ type }) => type === 'StorageDamaged').length).toBe(1)
  await expect.poll(async () => (await room.records()).length).toBe(5)
  await expect.poll(() => room.root).toBe(other.root)
  await Promise.all([room.leave(), other.leave()])
})

test('a room whose database cannot be opened again goes on in memory, and says so', async () => {
  const told: RoomEvent[] = []
  const transport = new MemorySwarm().transport()
  const room = await join('lobby', { transport, onEvent: event => told.push(event) })
  await room.publish('one')
  const newer = await new Promise<IDBDatabase>(resolve => {
    const request = indexedDB.open(databaseName(NAME), 99)
    request.onsuccess = () => resolve(request.result)
  })
  await expect.poll(() => told.some(({ type }) => type === 'StorageUnavailable')).toBe(true)
  await room.publish('two')
  expect((await room.records()).map(({ content }) => content)).toEqual(['two', 'one'])
  await room.leave()
  newer.close()
})
