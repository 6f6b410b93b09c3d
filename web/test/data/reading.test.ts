import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/diffs.json'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { PAGE_DOCUMENTS_MAX } from '../../src/core/limits.ts'
import { recordOf } from '../../src/core/record.ts'
import type { Collection } from '../../src/data/collection.ts'
import { ConfigError, QueryError, RoomClosedError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

function alone(swarm = new MemorySwarm()): Promise<Room> {
  return join('lobby', { store: 'memory', transport: swarm.transport() })
}

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const each of found) list.push(each)
  return list
}

test('registers are read one by one or together', async () => {
  const room = await alone()
  const notes = await room.collection<string>('notes')
  const [a, b] = [await notes.put('a', 'one'), await notes.put('b', 'two')]
  await notes.delete('b')
  const c = await notes.put('c', 'three')
  const found = await notes.getMany(['c', 'none', 'a', 'b', 'c'])
  expect([...found].map(([key, { id }]) => [key, id])).toEqual([
    ['c', c.id],
    ['a', a.id],
  ])
  expect([...(await notes.getMany('a')).keys()]).toEqual(['a'])
  expect((await notes.getMany([])).size).toBe(0)
  const many = Array.from({ length: PAGE_DOCUMENTS_MAX + 1 }, (_, at) => `k${at}`)
  expect([...(await notes.getMany([...many, 'a'])).keys()]).toEqual(['a'])
  expect((await notes.doc(a))?.value).toBe('one')
  expect((await notes.doc(b.id))?.value).toBe('two')
  const other = await room.publish('aside')
  expect(await notes.doc(other)).toBeNull()
  await expect(notes.getMany([''])).rejects.toThrow(ConfigError)
  await expect(notes.doc('abcd')).rejects.toThrow(ConfigError)
  await room.leave()
  await expect(notes.getMany(['a'])).rejects.toThrow(RoomClosedError)
})

test('a register is read as of a time and compared between two', async () => {
  const room = await alone()
  const notes = await room.collection<string>('notes')
  const first = await notes.put('a/1', 'one')
  const second = await notes.put('a/2', 'two')
  const before = second
  await notes.put('a/1', 'new')
  await notes.delete('a/2')
  await notes.put('\u{1f30d}', 'world')
  const last = await notes.put('\uffff', 'last')
  expect((await notes.get('a/1', { at: before }))?.id).toBe(first.id)
  const told = async (given: object = {}) =>
    (await all(notes.diff(before, last, given))).map(each => [each.key, each.old?.value, each.new?.value])
  expect(await told()).toEqual([
    ['a/1', 'one', 'new'],
    ['a/2', 'two', undefined],
    ['\uffff', undefined, 'last'],
    ['\u{1f30d}', undefined, 'world'],
  ])
  expect(await told({ prefix: 'a/' })).toHaveLength(2)
  expect(await all(notes.diff(before, before))).toEqual([])
  await expect(all(notes.diff('no time', before))).rejects.toThrow(QueryError)
  await room.leave()
})

test.each([false, true])('two times differ as everywhere, shared: %s', async shared => {
  const [store, records] = [new MemoryStore(), vectors.versions.map(recordOf)]
  await store.add(records)
  const room = await join('lobby', { store, transport: new MemorySwarm().transport(), retention: null })
  const notes = await room.collection<number>('notes', { shared })
  const placeOf = (doc: { readonly id: string } | null) =>
    doc === null ? null : records.findIndex(({ id }) => id === doc.id)
  for (const { before, after, prefix, author, read } of vectors.diffs) {
    if ((author === null) !== shared) continue
    const found = await all(notes.diff(before, after, { prefix, author: author ?? undefined }))
    expect(found.map(each => [each.key, placeOf(each.old), placeOf(each.new)])).toEqual(read)
  }
  await room.leave()
})

test('what follows what is asked from both ends', async () => {
  const room = await alone()
  const log = await room.collection<string>('log')
  const [one, two] = [await log.add('one'), await log.add('two')]
  const three = await log.add('three', { follows: [one, two] })
  const four = await log.add('four', { follows: [three] })
  const values = (docs: readonly { readonly value: string }[]) => docs.map(({ value }) => value)
  expect(values(await log.parents(three))).toEqual(['two', 'one'])
  expect(values(await log.children(one.id))).toEqual(['three'])
  expect(values(await all(log.ancestors(four)))).toEqual(['three', 'two', 'one'])
  expect(await log.missing()).toEqual([])
  await log.remove(one)
  expect(await log.missing()).toEqual([one.id])
  expect(values(await log.parents(three))).toEqual(['two'])
  await expect(log.parents(one)).rejects.toThrow(`there is no document ${one.id.slice(0, 8)} in "log" here`)
  await room.leave()
})

test('every register that matches is updated', async () => {
  const room = await alone()
  const notes = await room.collection<{ done: boolean; text: string }>('notes')
  for (let at = 0; at < 120; at++) await notes.put(`k${at}`, { done: at % 2 === 0, text: `${at}` })
  await notes.add({ done: true, text: 'no register' })
  expect(await notes.updateAll({ done: true }, value => ({ ...value, done: false }))).toBe(60)
  expect(await notes.count({ done: true })).toBe(1)
  await expect(
    notes.updateAll({}, () => {
      throw new TypeError('what happened')
    }),
  ).rejects.toThrow('what happened')
  await room.leave()
})

test('what is deleted is a document of ours, and of this collection', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = await Promise.all([alone(swarm), alone(swarm)])
  const [ours, theirs] = (await Promise.all([one, two].map(room => room.collection<string>('log')))) as [
    Collection<string>,
    Collection<string>,
  ]
  const [doc, other] = [await ours.add('one'), await one.publish('aside')]
  await expect.poll(async () => (await theirs.doc(doc))?.value).toBe('one')
  await expect(theirs.remove(doc)).rejects.toThrow('is not ours: only who signed it can delete it')
  await expect(ours.remove(other)).rejects.toThrow('there is no document')
  await ours.remove(doc)
  await expect.poll(() => theirs.doc(doc)).toBeNull()
  await Promise.all([one.leave(), two.leave()])
})
