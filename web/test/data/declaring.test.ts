import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

const NAMES = { properties: { name: { type: 'string' } } }

afterEach(() => {
  vi.doUnmock('../../src/data/feed.ts')
  vi.doUnmock('../../src/adapters/shelved.ts')
})

function alone(): Promise<Room> {
  return join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
}

test('of two declarations of one name at once, which mean different things, one is refused', async () => {
  const room = await alone()
  const [first, second] = await Promise.allSettled([
    room.collection('places', { schema: NAMES }),
    room.collection('places', { schema: NAMES, indexes: ['name'] }),
  ])
  expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected'])
  const refused = [first, second].find(({ status }) => status === 'rejected')
  expect(refused).toMatchObject({ reason: expect.any(ConfigError) })
  const alike = [1, 2].map(() => room.collection('people', { schema: NAMES }))
  expect(await Promise.all(alike)).toHaveLength(2)
  await room.leave()
})

/** A store that cannot have what it is told first. */
class Failing extends MemoryStore {
  override async documents() {
    const documents = await super.documents()
    const define = documents.define.bind(documents)
    let isFirst = true
    documents.define = async definitions => {
      const fails = isFirst
      isFirst = false
      await Promise.resolve()
      if (fails) throw new StoreError('the disk is full')
      await define(definitions)
    }
    return documents
  }
}

test('of two declarations of one collection at once, the second counts though the first fails', async () => {
  const room = await join('lobby', { store: new Failing(), transport: new MemorySwarm().transport() })
  const alike = [1, 2].map(() => room.collection('places', { schema: NAMES }))
  expect((await Promise.allSettled(alike)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  await expect(room.collection('places', { schema: NAMES, indexes: ['name'] })).rejects.toThrow('declared already')
  await room.collection('places', { schema: NAMES })
  await room.leave()
})

test('a live query is opened once its script loads, though it did not before', async () => {
  const room = await alone()
  const places = await room.collection('places', { schema: NAMES })
  vi.doMock('../../src/data/feed.ts', () => {
    throw new TypeError('Failed to fetch')
  })
  await expect(places.live()).rejects.toThrow()
  vi.doUnmock('../../src/data/feed.ts')
  const live = await places.live()
  expect(live.docs).toEqual([])
  live.close()
  await room.leave()
})

test('a database finds documents once that script loads, though it did not before', async () => {
  const store = await openIndexedDbStore('late')
  const documents = await store.documents?.()
  vi.doMock('../../src/adapters/shelved.ts', () => {
    throw new TypeError('Failed to fetch')
  })
  await expect(documents?.build()).rejects.toThrow()
  vi.doUnmock('../../src/adapters/shelved.ts')
  expect(await documents?.build()).toBe(0)
  await store.close()
})
