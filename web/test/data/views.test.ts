import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { SecretKey } from '../../src/core/keys.ts'
import type { ViewStep } from '../../src/documents/view.ts'
import { ConfigError, RoomClosedError, ViewError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Note {
  readonly tag: string
}

const KEY = new SecretKey(new Uint8Array(32).fill(5))

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

async function kept(): Promise<Room> {
  const store = await openIndexedDbStore('views')
  return await join('lobby', { store, transport: new MemorySwarm().transport(), key: KEY })
}

const countTags: ViewStep = async (tx, { kind, record }) => {
  const { tag } = JSON.parse(record.content) as Note
  const step = kind === 'added' || kind === 'shown' ? 1 : -1
  const count = (await tx.get(['tag', tag], 0)) + step
  if (count === 0) tx.delete(['tag', tag])
  else tx.put(['tag', tag], count)
}

test('a view is kept by a function, read by prefix, and takes back what went', async () => {
  const room = await kept()
  const notes = await room.collection<Note>('notes')
  const red = await notes.add({ tag: 'red' })
  await notes.add({ tag: 'blue' })
  await room.publish('aside')
  const tags = await room.view('tags', { collection: 'notes' }, countTags)
  await tags.ready()
  expect(await tags.range(['tag'])).toEqual([
    [['tag', 'blue'], 1],
    [['tag', 'red'], 1],
  ])
  await notes.add({ tag: 'red' })
  await notes.put('k', { tag: 'red' })
  await notes.put('k', { tag: 'green' })
  await tags.ready()
  expect(await tags.get(['tag', 'red'])).toBe(2)
  await notes.remove(red)
  // It follows by itself.
  await expect.poll(() => tags.get(['tag', 'red'], 0)).toBe(1)
  expect(await tags.range([], { reverse: true, limit: 1 })).toEqual([[['tag', 'red'], 1]])
  expect(await tags.get(['tag', 'none'], 'nothing')).toBe('nothing')
  expect(tags.error).toBeNull()
  await room.leave()
  await expect(tags.ready()).rejects.toThrow(RoomClosedError)
})

test('a view is there in the next page, catches up, and begins anew with another version', async () => {
  let room = await kept()
  let notes = await room.collection<Note>('notes')
  for (const tag of ['a', 'b', 'c']) await notes.add({ tag })
  let taken = 0
  const step: ViewStep = (tx, change) => {
    taken += 1
    return countTags(tx, change)
  }
  await (await room.view('tags', { collection: 'notes' }, step)).ready()
  await room.leave()
  room = await kept()
  notes = await room.collection<Note>('notes')
  await notes.add({ tag: 'a' })
  const tags = await room.view('tags', { collection: 'notes' }, step)
  await tags.ready()
  expect([taken, await tags.get(['tag', 'a'])]).toEqual([4, 2])
  await room.leave()
  room = await kept()
  const anew = await room.view('tags', { version: 2 }, (tx, { record }) => tx.put([record.content], true))
  await anew.ready()
  expect((await anew.range()).map(([key]) => key[0])).toEqual(['a', 'b', 'c'].map(tag => JSON.stringify({ tag })))
  await room.leave()
})

test('a function that throws stops its view before what it threw at, and nobody else', async () => {
  const room = await kept()
  const other = await room.view('good', {}, (tx, { record }) => tx.put([record.content], 1))
  for (const text of ['one', 'two', 'three']) await room.publish(text)
  const step: ViewStep = (tx, { record }) => {
    tx.put([record.content], 1)
    if (record.content === 'three') throw new TypeError('what happened')
  }
  const view = await room.view('bad', {}, step)
  await expect(view.ready()).rejects.toThrow(ViewError)
  await expect(view.ready()).rejects.toMatchObject({ cause: new TypeError('what happened') })
  expect(view.error?.message).toBe('the view "bad" stopped: TypeError: what happened')
  expect((await view.range()).map(([key]) => key)).toEqual([['one'], ['two']])
  await other.ready()
  expect(await other.range()).toHaveLength(3)
  await room.leave()
  const next = await kept()
  const again = await next.view('bad', {}, () => {})
  await expect(again.ready()).rejects.toThrow('the view "bad" stopped: TypeError: what happened')
  expect(again.error).toBeInstanceOf(ViewError)
  await next.leave()
})

test('two tabs may keep one view: each change counts once', async () => {
  const store = await openIndexedDbStore('views')
  const room = await join('lobby', { store, transport: new MemorySwarm().transport(), key: KEY })
  const documents = await store.documents?.()
  for (const tag of ['a', 'a', 'b']) await room.publish(JSON.stringify({ tag }))
  const tags = await room.view('tags', {}, countTags)
  await tags.ready()
  const page = await documents?.log('viewPage', 'tags', 10)
  await room.publish(JSON.stringify({ tag: 'a' }))
  await tags.ready()
  const stale = { turn: page?.turn ?? 0, end: page?.end ?? '', writes: [], error: null }
  expect(await documents?.log('commitView', 'tags', stale)).toBe(false)
  expect(await tags.get(['tag', 'a'])).toBe(3)
  await room.leave()
})

test('what cannot be meant is refused by name', async () => {
  const room = await kept()
  const nothing = () => {}
  const wrong: [unknown, unknown, unknown][] = [
    ['No', {}, nothing],
    ['a'.repeat(33), {}, nothing],
    ['a', { version: -1 }, nothing],
    ['a', { version: 1.5 }, nothing],
    ['a', { collection: 'No' }, nothing],
    ['a', {}, 5],
  ]
  for (const [name, options, step] of wrong) {
    await expect(room.view(name as string, options as object, step as ViewStep)).rejects.toThrow(ConfigError)
  }
  const view = await room.view('a', {}, nothing)
  await expect(room.view('a', {}, nothing)).rejects.toThrow('there is a view "a" already')
  await expect(view.range([], { limit: -1 })).rejects.toThrow('a limit')
  await expect(view.get('a' as never)).rejects.toThrow('a key of a view')
  await room.leave()
})
