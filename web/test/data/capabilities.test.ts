/** What docs/data.md promises of pages, and no other file tries. */
import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Doc, Where } from '../../src/data/types.ts'
import { ConflictError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

function alone(swarm = new MemorySwarm()): Promise<Room> {
  return join('lobby', { store: 'memory', transport: swarm.transport() })
}

async function everything<T>(found: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const each of found) list.push(each)
  return list
}

function values<T>(docs: readonly { readonly value: T }[]): T[] {
  return docs.map(({ value }) => value)
}

interface Spot {
  readonly title: string
  readonly tags: readonly string[]
  readonly at: { readonly lat: number; readonly lon: number }
}

test('places are found on the map, by what their arrays hold, and by one of several conditions', async () => {
  const room = await alone()
  const at = { type: 'object', properties: { lat: { type: 'number' }, lon: { type: 'number' } } }
  const tags = { type: 'array', items: { type: 'string' } }
  const schema = { type: 'object', properties: { title: { type: 'string' }, tags, at } }
  const spots = await room.collection<Spot>('spots', { schema, indexes: ['tags[]'], place: 'at' })
  await spots.add({ title: 'Mitte', tags: ['vegan'], at: { lat: 52.52, lon: 13.4 } })
  await spots.add({ title: 'Potsdam', tags: [], at: { lat: 52.4, lon: 13.06 } })
  await spots.add({ title: 'Suva', tags: ['sea'], at: { lat: -18.1, lon: 178.4 } })
  const titles = async (...asked: Parameters<typeof spots.find>) =>
    (await spots.find(...asked)).docs.map(({ value }) => value.title)
  expect(await titles({ at: { near: [52.5, 13.4, 5_000] } })).toEqual(['Mitte'])
  expect(await titles({ at: { within: [52, 13, 53, 14] } }, { order: 'title' })).toEqual(['Mitte', 'Potsdam'])
  expect(await titles({ at: { within: [-19, 177, -17, -179] } })).toEqual(['Suva'])
  expect(await titles({ tags: { has: 'vegan' } })).toEqual(['Mitte'])
  expect(await titles({ any: [{ title: 'Suva' }, { tags: { has: 'vegan' } }] }, { order: 'title' })).toEqual([
    'Mitte',
    'Suva',
  ])
  expect(await titles({ title: { prefix: 'P' }, tags: { exists: true } })).toEqual(['Potsdam'])
  await room.leave()
})

test('a chat is heard by who comes later', async () => {
  const swarm = new MemorySwarm()
  const one = await alone(swarm)
  const said = await one.collection<string>('chat')
  await said.append('hello')
  await said.append('and again')
  const two = await alone(swarm)
  const heard = await (await two.collection<string>('chat')).live({}, { order: 'time' })
  await expect.poll(() => heard.docs.map(({ value }) => value)).toEqual(['hello', 'and again'])
  const answer = await (await two.collection<string>('chat')).append('who is there?')
  expect(answer.follows).toEqual([heard.docs[1]?.id])
  await expect.poll(async () => (await said.heads()).map(({ value }) => value)).toEqual(['who is there?'])
  await Promise.all([one.leave(), two.leave()])
})

test('two collections may have the same keys', async () => {
  const room = await alone()
  const [notes, drafts] = [await room.collection<string>('notes'), await room.collection<string>('drafts')]
  await notes.put('a', 'note')
  await drafts.put('a', 'draft')
  expect([(await notes.get('a'))?.value, (await drafts.get('a'))?.value]).toEqual(['note', 'draft'])
  await notes.delete('a')
  expect([(await notes.get('a'))?.value, (await drafts.get('a'))?.value]).toEqual([undefined, 'draft'])
  await room.leave()
})

test('a deletion beside an edit loses neither', async () => {
  const [one, two] = [await alone(), await alone()]
  const options = { shared: true }
  const [ours, theirs] = [await one.collection<string>('wiki', options), await two.collection<string>('wiki', options)]
  const first = await ours.put('home', 'first')
  await two.add(first.record)
  const edit = await ours.put('home', 'edited')
  const tombstone = await theirs.delete('home')
  await two.add(edit.record)
  await one.add(tombstone.record)
  for (const wiki of [ours, theirs]) {
    expect((await wiki.heads('home')).map(({ id }) => id).sort()).toEqual([edit.id, tombstone.id].sort())
  }
  const next = await ours.put('home', 'decided')
  expect((await ours.heads('home')).map(({ id }) => id)).toEqual([next.id])
  await Promise.all([one.leave(), two.leave()])
})

test('a log grows by links, and what nobody follows are its heads', async () => {
  const room = await alone()
  const log = await room.collection<string>('log')
  const one = await log.add('one')
  const [two, three] = [await log.add('two', { follows: [one] }), await log.add('three', { follows: [one.id] })]
  expect(values(await log.heads())).toEqual(['three', 'two'])
  const four: Doc<string> = await log.append('four')
  expect([...four.follows].sort()).toEqual([two.id, three.id].sort())
  expect([four.author, four.value, four.stamp > three.stamp, four.key]).toEqual([room.key, 'four', true, null])
  expect((await log.doc(four.id))?.id).toBe((await room.get(four.id))?.id)
  expect(values((await log.find({}, { limit: 2 })).docs)).toEqual(['four', 'three'])
  expect(values(await everything(log.all({}, { order: 'time' })))).toEqual(['one', 'two', 'three', 'four'])
  expect(values(await log.parents(four))).toEqual(['three', 'two'])
  expect(values(await log.children(one))).toEqual(['three', 'two'])
  expect(values(await everything(log.ancestors(four)))).toEqual(['three', 'two', 'one'])
  expect(await log.missing()).toEqual([])
  await log.remove(one)
  expect(await log.missing()).toEqual([one.id])
  await room.leave()
})

test('changes are read from a cursor, and then as they come', async () => {
  const room = await alone()
  const log = await room.collection<number>('log')
  const docs = [await log.append(0), await log.append(1), await log.append(2)]
  const first = await everything(room.changes({ live: false, limit: 2 }))
  expect(first.map(({ record }) => record.id)).toEqual(docs.slice(0, 2).map(({ id }) => id))
  const rest = await everything(room.changes({ since: first[1]?.cursor, live: false }))
  expect(rest.map(({ record }) => record.id)).toEqual([docs[2]?.id])
  const reader = room.changes({ since: rest[0]?.cursor, live: true })
  const later = await log.append(3)
  expect((await reader.next()).value?.record.id).toBe(later.id)
  await reader.return(undefined)
  expect(await everything(room.changes({ since: 'now', live: false }))).toEqual([])
  expect(await everything(log.changes({ live: false }))).toHaveLength(4)
  expect(values(await log.history('none'))).toEqual([])
  await room.leave()
})

test('what the log says is all there is, and whatever derives from it is made anew', async () => {
  const [here, there] = [await alone(), await alone()]
  const log = await here.collection<number>('log')
  for (const number of [1, 2, 3]) await there.add((await log.append(number)).record)
  for (const room of [here, there]) {
    const numbers = await room.collection<number>('log')
    const total = await room.fold(numbers, 0, (state, { value }) => state + value)
    const view = await room.view('last', {}, (tx, { record }) => tx.put(['last'], record.content))
    await Promise.all([total.ready(), view.ready()])
    expect([total.state, await view.get(['last'])]).toEqual([6, '3'])
    expect(await numbers.aggregate({ n: 'count' })).toEqual([{ n: 3 }])
  }
  expect(await here.root).toEqual(await there.root)
  await Promise.all([here.leave(), there.leave()])
})

test('registers are got, written over what was expected, and deleted', async () => {
  const room = await alone()
  const bee = await room.collection<number>('bee')
  const first = await bee.put('a', 1, { expected: null })
  const second = await bee.update('a', old => (old ?? 0) + 1)
  expect((await bee.get('a'))?.id).toBe(second.id)
  expect((await bee.doc(first.id))?.value).toBe(1)
  expect([...(await bee.getMany(['a', 'b'])).keys()]).toEqual(['a'])
  expect((await bee.find({ key: 'a' }, { limit: 1 })).docs.map(({ id }) => id)).toEqual([second.id])
  await expect(bee.delete('a', { expected: first })).rejects.toThrow(ConflictError)
  const gone = await bee.delete('a', { expected: second })
  expect(values(await bee.history('a'))).toEqual([null, 2, 1])
  expect([await bee.get('a'), gone.isDeleted]).toEqual([null, true])
  await room.leave()
})

test('a batch is written by its commit, and costs nothing without', async () => {
  const room = await alone()
  const bee = await room.collection<number>('bee')
  await bee.put('b', 0)
  const batch = await room.batch()
  await batch.put(bee, 'a', 1, { expected: null })
  await batch.delete(bee, 'b')
  await batch.add(bee, 2)
  expect(await bee.count()).toBe(1)
  expect((await batch.commit()).map(({ value }) => value)).toEqual([1, null, 2])
  await (await room.batch()).put(bee, 'never', 3)
  expect(values((await bee.find({}, { order: 'time' })).docs)).toEqual([1, 2])
  await room.leave()
})

test('a range of keys is read in both directions, peeked at, and watched', async () => {
  const room = await alone()
  const bee = await room.collection<string>('bee')
  for (const key of ['a/1', 'a/2', 'b', 'c']) await bee.put(key, key)
  const within = { key: { gte: 'a/1', lt: 'c' } }
  const found = async (...asked: Parameters<typeof bee.find>) => values((await bee.find(...asked)).docs)
  expect(await found(within, { order: 'key', limit: 2 })).toEqual(['a/1', 'a/2'])
  expect(await found(within, { order: '-key' })).toEqual(['b', 'a/2', 'a/1'])
  expect(await found({ key: { gt: 'a/2' } }, { order: 'key', limit: 1 })).toEqual(['b'])
  const live = await bee.live({ key: { prefix: 'a/' } }, { order: 'key' })
  await bee.put('d', 'aside')
  await bee.put('a/3', 'new')
  await expect.poll(() => values(live.docs)).toEqual(['a/1', 'a/2', 'new'])
  live.close()
  await bee.put('a/4', 'later')
  expect(live.docs).toHaveLength(3)
  await room.leave()
})

test('the past is read by time, and two times are compared', async () => {
  const room = await alone()
  const [bee, other] = [await room.collection<string>('bee'), await room.collection<string>('other')]
  const first = await bee.put('a/1', 'old')
  await bee.put('b', 'b')
  const before = await bee.put('a/2', 'two')
  await other.put('a/1', 'same key')
  await bee.put('a/1', 'new')
  const after = await bee.delete('a/2')
  expect((await bee.get('a/1', { at: before }))?.id).toBe(first.id)
  const past = await bee.find({ key: { prefix: 'a/' } }, { order: 'key', at: before })
  expect(values(past.docs)).toEqual(['old', 'two'])
  expect(values(await everything(bee.all({}, { order: 'key', at: before })))).toEqual(['old', 'two', 'b'])
  const differing = await everything(bee.diff(before, after))
  expect(differing.map(each => [each.key, each.old?.value, each.new?.value])).toEqual([
    ['a/1', 'old', 'new'],
    ['a/2', 'two', undefined],
  ])
  expect(await everything(bee.diff(before, after, { prefix: 'b' }))).toEqual([])
  const changed = await everything(room.changes({ collection: 'bee', live: false }))
  expect(changed.map(({ record }) => record.content)).toEqual(['"b"', '"new"'])
  expect(values(await bee.history('a/1'))).toEqual(['new', 'old'])
  await room.leave()
})

test('a register is put, got and watched', async () => {
  const room = await alone()
  const me = await room.collection<string>('me')
  await me.put('name', 'Ann')
  const live = await me.watch('name')
  expect(values(live.docs)).toEqual(['Ann'])
  await me.put('name', 'Bob')
  await expect.poll(() => values(live.docs)).toEqual(['Bob'])
  expect((await me.get('name'))?.id).toBe(live.docs[0]?.id)
  await room.leave()
})

test('documents are changed by functions, and go in three ways', async () => {
  interface Note {
    readonly n: number
    readonly tags: readonly string[]
  }
  const room = await alone()
  const notes = await room.collection<Note>('notes')
  for (const key of ['a', 'b']) await notes.put(key, { n: 1, tags: [] })
  const more = (old: Note | null): Note => ({ n: (old?.n ?? 0) + 1, tags: [...(old?.tags ?? []), 'new'] })
  await notes.update('a', more)
  expect(await notes.updateAll({ tags: { exists: true } }, more)).toBe(2)
  expect((await notes.find({}, { order: '-n' })).docs.map(({ value }) => value.n)).toEqual([3, 2])
  const added = await notes.add({ n: 9, tags: [] })
  expect(await notes.aggregate({ n: 'count' })).toEqual([{ n: 3 }])
  await notes.remove(added)
  await notes.delete('a')
  expect([await notes.erase('a'), await notes.erase('b')]).toEqual([4, 2])
  expect((await notes.find()).docs).toEqual([])
  await room.leave()
})

test('conditions are those of Mongo, and more', async () => {
  interface Note {
    readonly n: number
    readonly tags: readonly string[]
    readonly owner: { readonly name: string }
  }
  const schema = {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      owner: { type: 'object', properties: { name: { type: 'string' } } },
      tags: { type: 'array', items: { type: 'string' } },
    },
  }
  const room = await alone()
  const notes = await room.collection<Note>('notes', { schema, indexes: ['n', 'tags[]', 'owner.name'] })
  await notes.ready()
  for (let n = 0; n < 6; n++) {
    const tags = [...(n % 2 === 0 ? ['even'] : []), ...(n % 3 === 0 ? ['third'] : [])]
    await notes.put(n < 3 ? `a/${n}` : `b/${n}`, { n, tags, owner: { name: `o${n}` } })
  }
  const found = async (where: Where<Note>) => (await notes.find(where, { order: 'n' })).docs.map(({ value }) => value.n)
  expect(await found({ n: { gt: 1, lte: 4 } })).toEqual([2, 3, 4])
  expect(await found({ n: { gte: 1, lt: 3 } })).toEqual([1, 2])
  expect(await found({ n: { in: [0, 5] } })).toEqual([0, 5])
  expect(await found({ n: { eq: 3 } })).toEqual([3])
  expect(await found({ n: { ne: 3 }, tags: { exists: true } })).toEqual([0, 1, 2, 4, 5])
  expect(await found({ tags: { has: 'third' } })).toEqual([0, 3])
  expect(await found({ tags: { all: ['third', 'even'] } })).toEqual([0])
  expect(await found({ any: [{ n: 1 }, { tags: { has: 'third' } }] })).toEqual([0, 1, 3])
  expect(await found({ key: { prefix: 'a/' }, 'owner.name': { gt: 'o0' } })).toEqual([1, 2])
  expect(await notes.count({ n: { gt: 3 } })).toBe(2)
  const first = await notes.find({}, { order: '-n', limit: 2 })
  const more = await notes.find({}, { order: '-n', limit: 2, after: first.next })
  expect([...first.docs, ...more.docs].map(({ value }) => value.n)).toEqual([5, 4, 3, 2])
  expect((await notes.explain({ n: 3 })).index).toEqual(['n', '-time'])
  expect((await notes.explain()).indexes).toEqual([['n', '-time'], ['owner.name', '-time'], ['tags[]']])
  expect((await notes.explain({ 'owner.name': 'o1' }, { order: 'n' })).advice).toBe('')
  await room.leave()
})

test('whoever holds the same orders it alike, and says who knew of whom', async () => {
  const [one, two] = [await alone(), await alone()]
  const [ours, theirs] = [await one.collection<string>('log'), await two.collection<string>('log')]
  await two.add((await ours.append('first')).record)
  const forks = [await ours.append('ours'), await theirs.append('theirs')]
  for (const room of [one, two]) for (const { record } of forks) await room.add(record)
  const orders = await Promise.all([ours, theirs].map(log => everything(log.all({}, { order: 'time' }))))
  expect(values(orders[0] ?? [])).toEqual(values(orders[1] ?? []))
  for (const log of [ours, theirs]) {
    expect((await log.heads()).map(({ id }) => id).sort()).toEqual(forks.map(({ id }) => id).sort())
  }
  const joined = await theirs.append('joined')
  await one.add(joined.record)
  expect((await ours.heads()).map(({ id }) => id)).toEqual([joined.id])
  await Promise.all([one.leave(), two.leave()])
})

test('what happens is told by queries, events and views', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = [await alone(swarm), await alone(swarm)]
  const told: string[] = []
  one.on(event => event.type === 'RecordAdded' && told.push(event.record.id))
  const view = await one.view('n', {}, tx => tx.put(['n'], 1))
  const live = await (await one.collection<string>('log')).live()
  const theirs = await (await two.collection<string>('log')).append('hello')
  await expect.poll(() => live.docs.map(({ id }) => id)).toEqual([theirs.id])
  expect(told).toContain(theirs.id)
  await view.ready()
  expect([view.error, await view.get(['n'])]).toEqual([null, 1])
  await Promise.all([one.leave(), two.leave()])
})

test('many entries are appended one by one or together, and end in time', async () => {
  const room = await alone()
  const log = await room.collection<number>('log')
  const one = await log.append(1)
  const batch = await room.batch()
  for (const number of [2, 3, 4]) await batch.add(log, number, { follows: [one], ttlSeconds: 3_600 })
  const [two] = await batch.commit()
  expect(two?.record.tags.map(([name]) => name)).toContain('expiration')
  expect(values((await log.find({}, { order: 'time' })).docs)).toEqual([1, 2, 3, 4])
  await room.leave()
})

test('a database of one’s own is a view over a store of one’s own', async () => {
  const store = new MemoryStore()
  const room = await join('lobby', { store, transport: new MemorySwarm().transport() })
  const view = await room.view('newest', {}, (tx, { record }) => tx.put(['newest'], record.content))
  await room.publish('one')
  await room.publish('two')
  await view.ready()
  expect(await view.get(['newest'])).toBe('two')
  await room.leave()
})
