import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { ConfigError, ViewError } from '../../src/errors.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Place {
  readonly title: string
}

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const SCHEMA = { type: 'object', required: ['title'], properties: { title: { type: 'string' } } }
const INDEXED = { schema: SCHEMA, indexes: ['title'] }
const count = (state: number) => state + 1

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

async function alone(options: JoinOptions = {}): Promise<Room> {
  return await join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), key: KEY, ...options })
}

async function kept(): Promise<Room> {
  return await alone({ store: await openIndexedDbStore('dropping') })
}

test('a dropped collection is declared anew with all that was in it', async () => {
  for (const open of [alone, kept]) await dropAndDeclareAnew(await open())
})

async function dropAndDeclareAnew(room: Room): Promise<void> {
  const places = await room.collection<Place>('places', INDEXED)
  await places.put('zoo', { title: 'Zoo' })
  const [live, total] = [await places.live(), await room.fold(places, 0, count)]
  await total.ready()
  const told = live[Symbol.asyncIterator]()
  const next = told.next()
  await room.drop({ collection: 'places' })
  expect([room.collections, room.count]).toEqual([[], 1])
  const gone = 'the collection "places" was dropped here: declare it again'
  await expect(places.find()).rejects.toThrow(new ConfigError(gone))
  for (const work of [
    () => places.put('zoo', { title: 'New' }),
    () => places.ready(),
    () => places.history('zoo'),
    () => places.live(),
    () => places.misfits(),
  ])
    await expect(work()).rejects.toThrow('was dropped here')
  expect(await next).toEqual({ done: true, value: undefined })
  await expect(total.ready()).rejects.toThrow('its collection was dropped here')
  expect([total.state, total.error instanceof ViewError]).toEqual([1, true])
  // Another schema, other indexes, and other registers.
  const again = await room.collection('places', { shared: true })
  expect((await again.find()).docs.map(({ key, value }) => [key, value])).toEqual([['zoo', { title: 'Zoo' }]])
  expect(room.collections).toEqual([again])
  const other = await again.live()
  await again.put('zoo', { title: 'New' })
  await expect.poll(() => other.docs.map(({ value }) => value)).toEqual([{ title: 'New' }])
  await expect(places.find()).rejects.toThrow('was dropped here')
  await room.leave()
}

test('a collection that is declared again while it is dropped is there', async () => {
  for (const open of [alone, kept]) {
    const room = await open()
    await (await room.collection('places', INDEXED)).put('a', { title: 'a' })
    const dropping = room.drop({ collection: ['places'] })
    await expect.poll(() => room.collections.length).toBe(0)
    const again = await room.collection('places', { shared: true })
    await dropping
    expect((await again.find()).docs.map(({ value }) => value)).toEqual([{ title: 'a' }])
    await room.leave()
  }
})

test('who waits for a collection that is dropped while it is indexed gives up, and others go on', async () => {
  const before = await kept()
  const notes = await before.collection<number>('notes')
  const batch = await before.batch()
  for (let at = 0; at < 400; at++) await batch.add(notes, at)
  await batch.commit()
  await before.drop({ collection: 'notes' })
  await before.leave()
  const room = await kept()
  const [again, others] = [await room.collection('notes'), await room.collection('others')]
  const waiting = [again.find(), again.count()].map(each => each.catch(error => String(error)))
  await room.drop({ collection: 'notes' })
  for (const each of waiting) expect(await each).toContain('"notes"')
  expect(await others.count()).toBe(0)
  expect(await (await room.collection('notes')).count()).toBe(400)
  await room.leave()
})

test('what an earlier page declared is dropped by name', async () => {
  const before = await kept()
  await (await before.collection('places', INDEXED)).put('a', { title: 'a' })
  await before.leave()
  const room = await kept()
  await room.drop({ collection: ['places', 'never'] })
  await room.leave()
  const request = indexedDB.open('dropping')
  const db = await new Promise<IDBDatabase>(resolve => {
    request.onsuccess = () => resolve(request.result)
  })
  const docs = db.transaction('docs').objectStore('docs').count()
  await new Promise(resolve => {
    docs.onsuccess = resolve
  })
  expect(docs.result).toBe(0)
  db.close()
})

test('a collection that is kept is renewed no more once it is dropped', async () => {
  const room = await alone()
  const places = await room.collection('places', { keep: true })
  const ends: string[] = []
  places.inside.desk.keep(() => ends.push('ended'))
  await room.drop({ collection: 'places' })
  expect(ends).toEqual(['ended'])
  await room.leave()
  expect(ends).toEqual(['ended'])
})

test('whoever else joined the room in this page loses what is dropped, too', async () => {
  const transport = new MemorySwarm().transport()
  const [one, two] = [await alone({ transport }), await alone({ transport })]
  const [here, there] = [await one.collection<Place>('places'), await two.collection<Place>('places')]
  const fold = await two.fold(there, 0, count, { name: 'total' })
  const view = await two.view('last', {}, (tx, { record }) => tx.put(['last'], record.content))
  await here.put('a', { title: 'a' })
  await Promise.all([fold.ready(), view.ready()])
  await one.drop({ fold: 'total', view: 'last' })
  await expect(fold.ready()).rejects.toThrow('it was dropped here')
  await expect(view.ready()).rejects.toThrow('the view "last" was dropped here')
  await (await two.fold(there, 0, count, { name: 'total' })).ready()
  await one.drop({ collection: 'places' })
  await expect(there.find()).rejects.toThrow('was dropped here')
  expect([one.collections, two.collections]).toEqual([[], []])
  await Promise.all([one.leave(), two.leave()])
})

test('a fold over a collection that was dropped stops, and the room goes on', async () => {
  const room = await alone()
  const places = await room.collection('places')
  await room.drop({ collection: 'places' })
  const late = await room.fold(places, 0, count)
  await expect(late.ready()).rejects.toThrow('stopped: the collection "places" was dropped here')
  await (await room.collection('others')).put('a', 1)
  await expect(room.drop({ collection: 'No Name' })).rejects.toThrow("a collection's name")
  await room.leave()
})
