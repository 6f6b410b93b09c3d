import 'fake-indexeddb/auto'
import { expect, test, vi } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { Projection, SWEEP_SECONDS } from '../../src/data/projection.ts'
import { plan } from '../../src/documents/plan.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { join } from '../../src/room/joining.ts'
import { ANN, document, PLACES } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'
import { MemorySwarm } from '../swarm.ts'

test('what expires is let go in time, and what changes is told', async () => {
  vi.useFakeTimers()
  const store = new MemoryStore()
  const documents = await store.documents()
  await documents.define([PLACES])
  const told: RoomEvent[] = []
  let now = NOON as UnixTime
  const quiet = { hides: () => false, quarantine: () => [], muted: () => [], destroy: async () => {} }
  const moderation = { shadows: new Shadows([]), ...quiet }
  const projection = new Projection(documents, { moderation, now: () => now, tell: event => told.push(event) })
  await projection.start()
  await store.add([document(ANN, 1, { title: 'brief' }, { expiresAt: NOON + 60 })])
  expect(told).toMatchObject([{ type: 'CollectionChanged', collection: 'places', turnover: { gone: [] } }])
  now = (NOON + 60) as UnixTime
  await vi.advanceTimersByTimeAsync(SWEEP_SECONDS * 1_000)
  expect(await documents.count(plan(PLACES, {}, {}, NOON))).toBe(0)
  expect(told).toHaveLength(2)
  projection.close()
  await store.close()
  await vi.advanceTimersByTimeAsync(SWEEP_SECONDS * 1_000)
  expect(told).toHaveLength(2)
  vi.useRealTimers()
})

test('what was here is indexed in the background, and progress is told', async () => {
  const store = await openIndexedDbStore('progress')
  await store.add(Array.from({ length: 300 }, (_, at) => document(ANN, at, { title: `${at}` })))
  await store.close()
  const again = await openIndexedDbStore('progress')
  // What was saved is of this room: nobody has bound it yet.
  const room = await join('lobby', { store: again, transport: new MemorySwarm().transport() })
  const lefts: number[] = []
  room.on(event => {
    if (event.type === 'RecordsIndexed') lefts.push(event.left)
  })
  const places = await room.collection('places', { indexes: [] })
  await places.ready()
  expect(lefts.length).toBeGreaterThan(1)
  expect(lefts).toEqual(lefts.toSorted((one, other) => other - one))
  expect(lefts.at(-1)).toBe(0)
  expect(lefts[0]).toBeGreaterThan(0)
  expect(await places.count()).toBe(300)
  await room.leave()
})
