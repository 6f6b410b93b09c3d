import 'fake-indexeddb/auto'
import { expect, test, vi } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import type { RecordId } from '../../src/core/record.ts'
import { Expiry, PURGE_SECONDS, PURGED_AT_ONCE } from '../../src/data/expiry.ts'
import { ANN, document, PLACES } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'
import { standingClock } from '../clock.ts'

const clock = standingClock()

async function passBy(seconds: number): Promise<void> {
  await clock.passBy(seconds, { step: 20, timers: 5 })
}

test('what expires is purged within ten minutes, and stays in the set', async () => {
  const store = new MemoryStore()
  const room = await clock.alone({ store })
  const places = await room.collection<string>('places', { ttlSeconds: 60 })
  const brief = await places.add('t')
  const lasting = await places.add('u', { ttlSeconds: 86_400 })
  await passBy(80)
  expect((await places.find()).docs.map(({ id }) => id)).toEqual([lasting.id])
  await passBy(600)
  const [gone, whole] = await store.wires([brief.id, lasting.id])
  expect([gone?.length, whole]).toEqual([0, lasting.record.wire])
  expect([room.count, (await store.entries()).length]).toEqual([2, 2])
  expect((await room.shells()).map(({ id }) => id)).toEqual([brief.id])
  expect(await places.misfits()).toEqual([])
  await room.leave()
})

test('who follows is told once, and a view takes it back', async () => {
  const room = await clock.alone()
  const places = await room.collection<string>('places')
  const taken: string[] = []
  const titles = await room.view('titles', { version: 1 }, async (tx, { kind }) => {
    taken.push(kind)
    tx.put(['n'], (await tx.get(['n'], 0)) + (kind === 'added' ? 1 : -1))
  })
  const live = await places.live()
  await places.add('t', { ttlSeconds: 60 })
  await places.add('u')
  await titles.ready()
  let since = ''
  for await (const { cursor } of room.changes({ live: false })) since = cursor
  await passBy(1_000)
  const told: string[] = []
  for await (const { kind } of room.changes({ since, live: false })) told.push(kind)
  await titles.ready()
  expect([told, taken]).toEqual([['removed'], ['added', 'added', 'removed']])
  expect(await titles.range()).toEqual([[['n'], 1]])
  expect(live.docs.map(({ value }) => value)).toEqual(['u'])
  await room.leave()
})

test('a register that was purged shows no older version', async () => {
  const room = await clock.alone()
  const places = await room.collection<string>('places')
  await places.put('k', 'old')
  await places.put('k', 'new', { ttlSeconds: 60 })
  await passBy(1_000)
  expect(await places.get('k')).toBeNull()
  expect(await room.shells()).toHaveLength(1)
  await room.leave()
})

test.each(['memory', 'indexeddb'])('it looks now and then, and purges nothing twice, in %s', async kind => {
  vi.useRealTimers()
  const store = kind === 'memory' ? new MemoryStore() : await openIndexedDbStore('expiry')
  const documents = await (store as MemoryStore).documents()
  await documents.define([PLACES])
  const purged: (readonly RecordId[])[] = []
  const expiry = new Expiry(documents, async ids => {
    purged.push(ids)
    await store.purge(ids)
  })
  const records = [1, 2, 3].map(at => document(ANN, at, { title: 'x' }, { expiresAt: NOON + at }))
  await store.add(records)
  const [first, second, third] = records.map(({ id }) => id)
  await store.purge([first as RecordId])
  const counts: number[] = []
  for (let look = 0; look < 5; look++) {
    const now = NOON + 2 + look * PURGE_SECONDS
    await documents.sweep((look < 2 ? NOON + 2 : now) as UnixTime)
    counts.push(await expiry.purge(now as UnixTime))
    expect(await expiry.purge((now + PURGE_SECONDS - 1) as UnixTime)).toBe(0)
  }
  expect(counts).toEqual([0, 1, 0, 1, 0])
  expect(purged).toEqual([[second], [third]])
  await store.close()
})

test('many are purged a part at a time', async () => {
  const ids = Array.from({ length: PURGED_AT_ONCE + 1 }, (_, at) => `${at}` as RecordId)
  const sizes: number[] = []
  const expiry = new Expiry({ expired: async () => ids }, async part => void sizes.push(part.length))
  await expiry.purge(NOON as UnixTime)
  expect(await expiry.purge((NOON + PURGE_SECONDS) as UnixTime)).toBe(ids.length)
  expect(sizes).toEqual([PURGED_AT_ONCE, 1])
})
