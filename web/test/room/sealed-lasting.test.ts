/** Sealed rooms that keep records for an hour, and pages that hold less of one: with the secret, and without. */

import { expect, test } from 'vitest'
import '../../src/room/sealing.ts'
import '../../src/data/live.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { decodeRecord, KIND_RECORD, type Record } from '../../src/core/record.ts'
import { sealText } from '../../src/core/seal.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { standingClock } from '../clock.ts'
import { MemorySwarm } from '../swarm.ts'

const [MINUTE, DAY] = [60, 86_400]
/** A room's hour, the margin of a quarter, and the next collection. */
const GONE_MINUTES = 60 + 15 + 11
const SEAL = sealText(new Uint8Array(32).fill(5))
const [ANN, BEN, BLIND] = [1, 2, 3].map(byte => new SecretKey(new Uint8Array(32).fill(byte)))

const clock = standingClock()

/** Let so many minutes pass between members, whose sessions bear no silence of a minute. */
async function together(count: number): Promise<void> {
  await clock.passBy(count * MINUTE, { step: 10, timers: 10 })
}

/** Give what joins one room with others; who comes has met them. */
function entering(shared: JoinOptions = {}): (options?: JoinOptions) => Promise<Room> {
  const swarm = new MemorySwarm()
  return async options => {
    const own = { store: 'memory', seal: SEAL, transport: swarm.transport(), now: clock.now } as const
    const room = await join('lobby', { ...own, ...shared, ...options })
    await clock.passBy(5, { step: 1, timers: 1 })
    return room
  }
}

async function said(room: Room): Promise<string[]> {
  return (await room.records({ kinds: KIND_RECORD })).map(({ content }) => content).sort()
}

/** Give what a store has of *records*: the contents of the envelopes. */
async function keptOf(store: MemoryStore, records: readonly Record[]): Promise<string[]> {
  const wires = await store.wires(records.map(({ id }) => id))
  return wires.filter(wire => wire.length > 0).map(wire => decodeRecord(wire).content)
}

test('a light member of a sealed room has the newest days and the root of everybody, and fetches what is older', async () => {
  const enter = entering()
  const whole = await enter({ key: ANN })
  const records: Record[] = []
  for (const [days, content] of [
    [0, 'old'],
    [18, 'newer'],
    [2, 'newest'],
  ] as const) {
    clock.passed += days * DAY
    records.push(await whole.publish(content, { tags: { t: 'note' } }))
  }
  const [light, blind] = [
    await enter({ key: BEN, window: '7d' }),
    await enter({ key: BLIND, window: '7d', seal: undefined }),
  ]
  await together(2)
  expect([light.root, blind.root]).toEqual([whole.root, whole.root])
  expect([await said(light), await said(blind)]).toEqual([['newer', 'newest'], []])
  expect([(await light.members()).length, (await blind.members()).length]).toEqual([2, 2])
  const [old] = records as [Record]
  const [opened] = await light.fetch(old.id)
  expect([opened?.id, opened?.content, opened?.tags]).toEqual([old.id, 'old', old.tags])
  expect((await light.records({ tags: { t: 'note' } })).length).toBe(3)
  const [envelope] = await blind.fetch(old.id)
  expect([envelope?.id, envelope?.content.includes('old'), await said(blind)]).toEqual([old.id, false, []])
  await Promise.all([light, blind, whole].map(room => room.leave()))
})

test('in a sealed room of an hour what is kept stays, for those who cannot read it too, and all else is gone', async () => {
  const enter = entering({ retention: '1h' })
  const [store, held] = [new MemoryStore(), new MemoryStore()]
  const [ann, ben] = [await enter({ key: ANN, store }), await enter({ key: BEN })]
  const blind = await enter({ key: BLIND, store: held, seal: undefined })
  const [kept, brief] = [await ann.collection<string>('kept', { keep: true }), await ann.collection<string>('brief')]
  await kept.add('document')
  const gone = [await ann.publish('said'), (await brief.add('brief', { ttlSeconds: 2 * MINUTE })).record]
  await together(1)
  expect([await said(ben), (await blind.members()).length]).toEqual([['"brief"', '"document"', 'said'], 3])
  await together(13)
  // What ended early has no content any more with those who look after collections.
  expect([(await keptOf(store, gone)).length, (await said(ben)).includes('"brief"')]).toEqual([1, false])
  await together(GONE_MINUTES - 14)
  const [theirs] = [await ben.collection<string>('kept')]
  for (const hours of [1, 3]) {
    expect((await theirs.find()).docs.map(({ value }) => value)).toEqual(['document'])
    expect([await said(ann), await said(ben)]).toEqual([['"document"'], ['"document"']])
    for (const each of [store, held]) expect(await keptOf(each, gone)).toEqual([])
    expect([ben.root, blind.root]).toEqual([ann.root, ann.root])
    if (hours === 1) await together(2 * 60)
  }
  await Promise.all([ann, ben, blind].map(room => room.leave()))
})

test('in a sealed room of an hour streams tell what comes through one who cannot read it, and that it went', async () => {
  const enter = entering({ retention: '1h' })
  const ann = await enter({ key: ANN })
  const blind = await enter({ key: BLIND, seal: undefined })
  await (await ann.collection<string>('log')).add('hush')
  await ann.publish('hush', { tags: { t: 'note' } })
  await together(1)
  await ann.leave()
  const ben = await enter({ key: BEN })
  const log = await ben.collection<string>('log')
  const live = await log.live()
  const told: string[] = []
  const reading = (async () => {
    for await (const { content } of ben.subscribe({ tags: { t: 'note' } })) told.push(content)
  })().catch(error => told.push(error.constructor.name))
  await together(1)
  expect([live.docs.map(({ value }) => value), told]).toEqual([['hush'], ['hush']])
  await together(GONE_MINUTES)
  expect([live.docs, ben.count, blind.count]).toEqual([[], 0, 0])
  live.close()
  await Promise.all([ben, blind].map(room => room.leave()))
  await reading
})
