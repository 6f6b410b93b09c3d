import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import type { RecordId } from '../../src/core/record.ts'
import { SWEPT_AT_ONCE, sweep } from '../../src/moderation/sweeping.ts'
import { ANN, document } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'
import { standingClock } from '../clock.ts'

const clock = standingClock()

async function passBy(seconds: number): Promise<void> {
  await clock.passBy(seconds, { step: 20, timers: 20 })
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

test('a room without collections keeps no content past its time', async () => {
  const store = new MemoryStore()
  const room = await clock.alone({ store })
  const now = clock.now().unix
  const said = (time: string) => room.publish('x', { tags: [['expiration', time]] })
  const [brief, odd, late] = [await said(String(now + 60)), await said('9'.repeat(31)), await said('1')]
  await passBy(680)
  const wires = await store.wires([brief.id, odd.id, late.id])
  expect(wires.map(wire => wire.length)).toEqual([0, odd.wire.length, 0])
  expect([room.count, (await store.entries()).length]).toEqual([3, 3])
  await room.leave()
})

/** A store that outlives its rooms, and whose disk may be full. */
class Kept extends MemoryStore {
  isFull = false

  override async purge(ids: readonly RecordId[]): Promise<void> {
    if (this.isFull) throw new Error('the disk is full')
    await super.purge(ids)
  }

  override async close(): Promise<void> {}
}

test('on a full disk what has expired is seen no more, and goes once there is room', async () => {
  const store = new Kept()
  const room = await clock.alone({ store })
  const brief = await room.publish('brief', { tags: [['expiration', String(clock.now().unix + 60)]] })
  store.isFull = true
  await passBy(680)
  expect([await room.records(), await store.wires([brief.id])]).toEqual([[], [brief.wire]])
  await room.publish('said')
  store.isFull = false
  await passBy(300)
  expect([(await store.wires([brief.id]))[0]?.length, room.count]).toEqual([0, 2])
  expect((await room.shells()).map(({ id }) => id)).toEqual([brief.id])
  await room.leave()
})

test('who dies between destroying and knowing it is whole again at the next start', async () => {
  const store = new Kept()
  const options = { store, key: ANN } as const
  const died = await clock.alone(options)
  const brief = await died.publish('brief', { tags: [['expiration', String(clock.now().unix + 60)]] })
  const [kept, root] = [await died.publish('said'), died.root]
  await passBy(80)
  // The page goes, and nobody has told its room what became of the store.
  await store.purge([brief.id])
  await died.leave()
  const room = await clock.alone(options)
  expect([room.root, room.count]).toEqual([root, 2])
  expect((await room.records()).map(({ id }) => id)).toEqual([kept.id])
  expect((await room.shells()).map(({ id }) => id)).toEqual([brief.id])
  await room.leave()
})

test('many lose their content a part at a time', async () => {
  const store = new MemoryStore()
  // Signed once, for 500 signatures take seconds.
  const one = document(ANN, 0, {}, { expiresAt: NOON })
  const ids = Array.from({ length: SWEPT_AT_ONCE + 1 }, (_, at) => `${at}`.padStart(64, '0') as RecordId)
  const records = ids.map(id => ({ ...one, id }))
  await store.add(records)
  const sizes: number[] = []
  const destroy = async (ids: readonly RecordId[]) => {
    sizes.push(ids.length)
    await store.purge(ids)
  }
  const found = [NOON - 1, NOON, NOON, NOON].map(until => () => sweep(store, destroy, until as UnixTime))
  const isPartial: boolean[] = []
  for (const look of found) isPartial.push(await look())
  expect([isPartial, sizes]).toEqual([
    [false, true, false, false],
    [SWEPT_AT_ONCE, 1],
  ])
})
