import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { BATCH_DOCUMENTS_MAX } from '../../src/core/limits.ts'
import { KIND_COMMIT, type Record, type RecordId } from '../../src/core/record.ts'
import { MICROSECONDS } from '../../src/core/stamp.ts'
import { readCommit } from '../../src/documents/commit.ts'
import { ConfigError, ConflictError, RejectedError, RoomClosedError, SchemaError } from '../../src/errors.ts'
import { admission } from '../../src/policies/function.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Place {
  readonly title: string
  readonly city: string
}

const SCHEMA = {
  required: ['title', 'city'],
  properties: { title: { type: 'string', minLength: 1 }, city: { type: 'string' } },
}
const BERLIN: Place = { title: 'Mitte', city: 'Berlin' }

class Counting extends MemoryStore {
  readonly saved: number[] = []

  override async add(records: readonly Record[], options: { readonly removed?: readonly RecordId[] } = {}) {
    this.saved.push(records.length)
    await super.add(records, options)
  }
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

function alone(options: JoinOptions = {}, swarm = new MemorySwarm()): Promise<Room> {
  return join('lobby', { store: 'memory', transport: swarm.transport(), ...options })
}

function placesOf(room: Room) {
  return room.collection<Place>('places', { schema: SCHEMA })
}

test('all is saved at once, and given in order', async () => {
  const store = new Counting()
  const room = await alone({ store })
  const [places, log] = [await placesOf(room), await room.collection<string>('log')]
  await places.put('gone', BERLIN)
  const batch = await room.batch()
  await batch.put(places, 'a', BERLIN, { expected: null })
  await batch.add(log, 'did a')
  await batch.delete(places, 'gone')
  expect([batch.size, room.count]).toEqual([3, 1])
  const docs = await batch.commit()
  expect(store.saved).toEqual([1, 3])
  expect(docs.map(({ key, isDeleted }) => [key, isDeleted])).toEqual([
    ['a', false],
    [null, false],
    ['gone', true],
  ])
  expect(docs.map(({ stamp }) => stamp - (docs[0]?.stamp ?? 0))).toEqual([0, 1, 2])
  expect(await places.get('a')).toEqual(docs[0])
  expect(await places.get('gone')).toBeNull()
  expect((await log.find()).docs.map(({ value }) => value)).toEqual(['did a'])
  await room.leave()
})

test('where one register holds something else nothing is written, and nothing is spent', async () => {
  const room = await alone()
  const places = await placesOf(room)
  const held = await places.put('b', BERLIN)
  const batch = await room.batch()
  await batch.put(places, 'a', BERLIN)
  await batch.put(places, 'b', { title: 'x', city: 'y' }, { expected: null })
  await expect(batch.commit()).rejects.toMatchObject({ name: 'ConflictError', key: 'b', heads: [held.id] })
  await expect(batch.commit({ atomic: true })).rejects.toThrow(ConflictError)
  expect(room.count).toBe(1)
  await places.delete('b')
  await batch.commit()
  expect(await places.count()).toBe(2)
  await room.leave()
})

test.each([false, true])('where a policy refuses one nothing is written (atomic: %s)', async atomic => {
  const judge = (record: Record) => (record.content.includes('Rome') ? 'not Rome' : null)
  const policies = admission('no-rome', { version: 1 }, judge)
  const room = await alone({ policies })
  const places = await placesOf(room)
  const batch = await room.batch()
  for (const [key, city] of [
    ['a', 'Berlin'],
    ['b', 'Rome'],
    ['c', 'Bern'],
  ] as const) {
    await batch.put(places, key, { title: 'x', city })
  }
  const refused = batch.commit({ atomic })
  await expect(refused).rejects.toThrow(RejectedError)
  await expect(refused).rejects.toThrow('not Rome')
  expect([room.count, await places.count()]).toEqual([0, 0])
  await room.leave()
})

test('an atomic batch is seen on other peers when all of it is there', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = await Promise.all([alone({}, swarm), alone({}, swarm)])
  const [mine, theirs] = await Promise.all([placesOf(one), placesOf(two)])
  const batch = await one.batch()
  for (const key of ['a', 'b', 'c']) await batch.put(mine, key, BERLIN)
  const docs = await batch.commit({ atomic: true })
  expect(await mine.count()).toBe(3)
  const [commit] = await one.records({ kinds: [KIND_COMMIT] })
  if (commit === undefined) throw new Error('there is a commit')
  expect(new Set(readCommit(commit)?.ids)).toEqual(new Set(docs.map(({ id }) => id)))
  expect(new Set(docs.map(({ record }) => record.createdAt))).toEqual(new Set([commit.createdAt]))
  await expect.poll(() => theirs.count()).toBe(3)
  const records = docs.map(({ record }) => record)
  for (const some of [[...records], [commit, ...records.slice(1)]]) {
    const room = await alone()
    const places = await placesOf(room)
    await room.add(some)
    expect(await places.count()).toBe(0)
    await room.add([commit, ...records])
    expect(await places.count()).toBe(3)
    await room.leave()
  }
  await Promise.all([one.leave(), two.leave()])
})

test('all of a batch is of one second however long it is, and it has a limit', async () => {
  const room = await alone()
  const log = await room.collection<number>('log')
  const batch = await room.batch()
  for (let number = 0; number < BATCH_DOCUMENTS_MAX; number++) await batch.add(log, number)
  await expect(batch.add(log, 0)).rejects.toThrow('at most 500 documents')
  const docs = await batch.commit({ atomic: true })
  const [first] = docs
  if (first === undefined) throw new Error('there are many')
  expect(docs.map(({ stamp }) => stamp - first.stamp)).toEqual(docs.map((_, at) => at))
  expect(Math.floor((docs.at(-1)?.stamp ?? 0) / MICROSECONDS)).toBe(Math.floor(first.stamp / MICROSECONDS))
  expect(await log.count()).toBe(BATCH_DOCUMENTS_MAX)
  await room.leave()
})

test('what cannot be written is refused when it is put in, and is not part of it', async () => {
  const room = await alone()
  const places = await placesOf(room)
  const batch = await room.batch()
  await expect(batch.commit()).rejects.toThrow('nothing in the batch')
  await expect(batch.put(places, 'a', { title: '', city: '' })).rejects.toThrow(SchemaError)
  await expect(batch.put(places, '', BERLIN)).rejects.toThrow('a key is')
  await expect(batch.put(places, 'a', BERLIN, { expected: 'beef' })).rejects.toThrow(ConfigError)
  await expect(batch.add(places, BERLIN, { follows: ['beef'] })).rejects.toThrow(ConfigError)
  expect(batch.size).toBe(0)
  await batch.put(places, 'a', BERLIN)
  await expect(batch.delete(places, 'a')).rejects.toThrow('"a" of "places" is in this batch already')
  await batch.commit()
  await expect(batch.commit()).rejects.toThrow('committed before')
  await room.leave()
  await expect(batch.add(places, BERLIN)).rejects.toThrow(RoomClosedError)
})

test('what is put in and not waited for is written, or refuses the whole', async () => {
  const room = await alone()
  const places = await placesOf(room)
  const batch = await room.batch()
  const putting = [batch.put(places, 'a', BERLIN), batch.put(places, 'b', BERLIN)]
  expect((await batch.commit()).map(({ key }) => key)).toEqual(['a', 'b'])
  await Promise.all(putting)
  const other = await room.batch()
  const wrong = [other.put(places, 'c', BERLIN), other.put(places, 'd', { title: '', city: '' }).catch(() => {})]
  await expect(other.commit()).rejects.toThrow(SchemaError)
  await Promise.all(wrong)
  expect(await places.count()).toBe(2)
  await room.leave()
})

test('two batches that write the same registers wait for each other, and neither loses anything', async () => {
  const room = await alone()
  const [places, others] = [await placesOf(room), await room.collection<Place>('others')]
  const batches = await Promise.all([room.batch(), room.batch()])
  for (const [at, batch] of batches.entries()) {
    const parts = [
      ['a', places],
      ['b', others],
      ['c', places],
    ] as const
    for (const [key, collection] of at === 0 ? parts : parts.toReversed()) await batch.put(collection, key, BERLIN)
  }
  await Promise.all([...batches.map(batch => batch.commit()), places.put('a', BERLIN)])
  expect(await places.history('a')).toHaveLength(3)
  expect(await places.heads('a')).toHaveLength(1)
  expect(await others.heads('b')).toHaveLength(1)
  await room.leave()
})

test('a batch is on disk in one transaction, and survives the page', async () => {
  const swarm = new MemorySwarm()
  const open = () => join('lobby', { transport: swarm.transport() })
  const first = await open()
  const places = await placesOf(first)
  const batch = await first.batch()
  for (const key of ['a', 'b']) await batch.put(places, key, BERLIN)
  await batch.commit({ atomic: true })
  await first.leave()
  const second = await open()
  expect(await (await placesOf(second)).count()).toBe(2)
  await second.leave()
})
