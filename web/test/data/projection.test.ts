import { expect, test, vi } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { Projection, SWEEP_SECONDS } from '../../src/data/projection.ts'
import { plan } from '../../src/documents/plan.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { ANN, document, PLACES } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'

test('what expires is let go in time, and what changes is told', async () => {
  vi.useFakeTimers()
  const store = new MemoryStore()
  const documents = await store.documents()
  await documents.define([PLACES])
  const told: RoomEvent[] = []
  let now = NOON as UnixTime
  const moderation = { shadows: new Shadows([]), hides: () => false, quarantine: () => [], muted: () => [] }
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
