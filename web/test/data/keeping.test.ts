import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { KIND_DELETION } from '../../src/core/record.ts'
import type { Collection } from '../../src/data/collection.ts'
import { Keeper } from '../../src/data/keeping.ts'
import type { Inside } from '../../src/data/reading.ts'
import { LOOK_SECONDS } from '../../src/data/renewal.ts'
import { ConfigError, RecordError } from '../../src/errors.ts'
import type { Room } from '../../src/room/room.ts'
import { START, standingClock } from '../clock.ts'

/** In the open, and sealed. */
const SEALS = [undefined, vectors.secrets[0]?.text]
const DAY = 86_400

const clock = standingClock()

async function alone(seal?: string): Promise<Room> {
  return await clock.alone({ retention: DAY, seal })
}

async function passBy(seconds: number): Promise<void> {
  await clock.passBy(seconds, { step: LOOK_SECONDS, timers: 60 })
}

async function values<T>(collection: Collection<T>): Promise<[key: string, value: T][]> {
  const { docs } = await collection.find()
  return docs.map(({ key, value }): [string, T] => [key ?? '', value]).sort(([one], [other]) => (one < other ? -1 : 1))
}

test.each(SEALS)('documents and registers outlive the window, and others do not', async seal => {
  const room = await alone(seal)
  const kept = await room.collection<string>('kept', { keep: true })
  const plain = await room.collection<string>('plain')
  const first = await kept.add('document')
  await kept.put('k', 'register')
  await kept.put('gone', 'x')
  await kept.delete('gone')
  await kept.add('brief', { ttlSeconds: DAY })
  await plain.add('document')
  await passBy(5 * DAY)
  expect(await values(kept)).toEqual([
    ['', 'document'],
    ['k', 'register'],
  ])
  expect(await kept.doc(first)).toBeNull()
  expect(await plain.count()).toBe(0)
  const deletions = await room.records({ kinds: KIND_DELETION })
  expect(deletions.length).toBeGreaterThan(0)
  expect(deletions.length).toBeLessThanOrEqual(3)
  await room.leave()
})

test('what another wrote is left to them', async () => {
  const [room, other] = [await alone(), await alone()]
  const places = await room.collection<string>('places', { shared: true, keep: true })
  const theirs = await other.collection<string>('places', { shared: true })
  await places.put('a', 'ours')
  const { record } = await places.put('c', 'ours')
  await other.add(record)
  clock.passed += 1
  await room.add([await theirs.put('b', 'theirs'), await theirs.put('c', 'theirs')].map(doc => doc.record))
  await passBy((DAY * 3) / 4)
  expect((await places.find({}, { order: 'key' })).docs.map(({ key, author }) => [key, author === room.key])).toEqual([
    ['a', true],
    ['b', false],
    ['c', false],
  ])
  await passBy(DAY)
  expect(await values(places)).toEqual([['a', 'ours']])
  await Promise.all([room.leave(), other.leave()])
})

test('fields that the schema does not know are kept', async () => {
  const room = await alone()
  await room.publish('{"title":"t","later":1}', { tags: [['c', 'places']] })
  await room.collection('places', { schema: { properties: { title: { type: 'string' } } }, keep: true })
  await passBy(2 * DAY)
  expect((await room.records({ collection: 'places' })).map(({ content }) => content)).toEqual([
    '{"title":"t","later":1}',
  ])
  await room.leave()
})

test('older collections are renewed as what reads them', async () => {
  const room = await alone()
  await room.publish('{"name":"t"}', { tags: [['c', 'spots']] })
  const upgrade = (value: unknown) => ({ title: (value as { name: string }).name })
  const also = { name: 'spots', upgrade }
  const places = await room.collection('places', { schema: { required: ['title'] }, keep: true, also })
  await passBy(2 * DAY)
  expect(await values(places)).toEqual([['', { title: 't' }]])
  expect(await places.misfits()).toEqual([])
  await room.leave()
})

test('what cannot be written now is tried again', async () => {
  const room = await alone()
  const places = await room.collection<number>('places')
  const before = await places.add(1)
  clock.passed += 5
  const complaints: unknown[] = []
  const { inside } = places
  const write = () => Promise.reject(new RecordError('too many'))
  const desk = { ...inside.desk, write, complain: (error: unknown) => void complaints.push(error) }
  await new Keeper({ ...inside, desk } as Inside<number>, 0).look(desk.now())
  expect(complaints).toEqual(['collection places: cannot renew what is ours: too many'])
  const again = new Keeper(inside, 0)
  await again.look(desk.now())
  expect(again.isDue(desk.now())).toBe(false)
  await again.look(desk.now())
  const { docs } = await places.find()
  expect(docs.map(({ id, value }) => [id === before.id, value])).toEqual([[false, 1]])
  await room.leave()
})

test('no more than so many are renewed at once', async () => {
  const room = await alone()
  const places = await room.collection<number>('places')
  for (let number = 0; number < 5; number++) await places.add(number)
  clock.passed += 5
  const keeper = new Keeper(places.inside, 3, 2)
  const now = places.inside.desk.now()
  const left: number[] = []
  for (let look = 0; look < 4; look++) {
    await keeper.look(now)
    left.push(await places.count({ time: { lt: START + 3 } }), keeper.isDue(now) ? 1 : 0)
  }
  expect(left).toEqual([3, 1, 1, 1, 0, 0, 0, 0])
  await room.leave()
})

test('keep is true or false', async () => {
  const room = await alone()
  await expect(room.collection('places', { keep: 'yes' as never })).rejects.toThrow('keep is true or false, not "yes"')
  await expect(room.collection('places', { ttlSeconds: -1 })).rejects.toThrow(ConfigError)
  await room.leave()
})
