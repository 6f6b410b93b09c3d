import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { outlineOf } from '../../src/core/deletion.ts'
import { makeFilter } from '../../src/core/filter.ts'
import type { Record } from '../../src/core/record.ts'
import { join } from '../../src/room/joining.ts'
import { LOOKED_AT_ONCE, shellsOf } from '../../src/room/shells.ts'
import { makeRecord, START } from '../protocol/pair.ts'
import { MemorySwarm } from '../swarm.ts'

test.each([
  ['memory', async () => new MemoryStore(), LOOKED_AT_ONCE + 5],
  ['IndexedDB', () => openIndexedDbStore('shells'), 20],
] as const)('what was purged is told of as shells: %s', async (_, open, count) => {
  const records = Array.from({ length: count }, (_, number) =>
    makeRecord(number, { at: START - number, author: 1 + (number % 2) }),
  )
  const gone = [3, 8, 13].map(number => records[number] as Record)
  const [first, second, third] = gone.map(outlineOf)
  const store = await open()
  await store.add(records)
  expect(await shellsOf(store, makeFilter())).toEqual([])
  await store.purge(gone.map(({ id }) => id))
  expect(await shellsOf(store, makeFilter({ limit: 1 }))).toEqual([first, second, third])
  const ids = [gone[0], records[0]].map(record => (record as Record).id)
  expect(await shellsOf(store, makeFilter({ ids }))).toEqual([first])
  expect(await shellsOf(store, makeFilter({ authors: [(gone[1] as Record).author] }))).toEqual([second])
  expect(await shellsOf(store, makeFilter({ since: START - 5 }))).toEqual([first])
  expect(await shellsOf(store, makeFilter({ until: START - 5 }))).toEqual([second, third])
  expect(await shellsOf(store, makeFilter({ kinds: [5] }))).toEqual([])
  expect(await shellsOf(store, makeFilter({ tags: { h: ['00'] } }))).toEqual([])
  await store.close()
})

test('a room says how many it passes over', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const gone = await room.publish('gone')
  await room.publish('kept')
  await room.moderation.purge(gone.id)
  expect([(await room.records()).length, (await room.shells({ since: '1h' })).map(({ id }) => id)]).toEqual([
    1,
    [gone.id],
  ])
  await room.leave()
})
