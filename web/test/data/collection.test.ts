import { expect, test } from 'vitest'
import { KIND_KEYED } from '../../src/core/record.ts'
import { ConfigError, ConflictError, QueryError, SchemaError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Place {
  readonly title: string
  readonly city: string
  readonly stars: number
  readonly at?: { readonly lat: number; readonly lon: number }
}

const SCHEMA = {
  type: 'object',
  required: ['title', 'city'],
  properties: {
    title: { type: 'string', minLength: 1 },
    city: { type: 'string' },
    stars: { type: 'number', default: 3 },
    at: { type: 'object', properties: { lat: { type: 'number' }, lon: { type: 'number' } } },
  },
}
const OPTIONS = { schema: SCHEMA, indexes: ['city', '-stars', ['city', '-stars']], text: ['title'], place: 'at' }

function alone(swarm = new MemorySwarm()): Promise<Room> {
  return join('lobby', { store: 'memory', transport: swarm.transport() })
}

function place(title: string, city: string, stars: number): Place {
  return { title, city, stars }
}

function titles(page: { readonly docs: readonly { readonly value: Place }[] }): string[] {
  return page.docs.map(({ value }) => value.title)
}

test('documents are written, found by their fields, page by page, and counted', async () => {
  const room = await alone()
  const places = await room.collection<Place>('places', OPTIONS)
  for (const [at, title] of ['Café', 'Bar', 'Zoo', 'Park'].entries()) {
    await places.add(place(title, at < 3 ? 'Berlin' : 'Bern', at))
  }
  expect(titles(await places.find({ city: 'Berlin' }))).toEqual(['Zoo', 'Bar', 'Café'])
  const first = await places.find({ city: 'Berlin', stars: { lt: 5 } }, { order: '-stars', limit: 2 })
  expect(titles(first)).toEqual(['Zoo', 'Bar'])
  const after = first.next
  expect(titles(await places.find({ city: 'Berlin', stars: { lt: 5 } }, { order: '-stars', limit: 2, after }))).toEqual(
    ['Café'],
  )
  expect(titles(await places.find({}, { text: 'caf*' }))).toEqual(['Café'])
  expect(await places.count({ city: 'Berlin' })).toBe(3)
  const figures = await places.aggregate({ n: 'count', best: 'max:stars' }, { by: 'city' })
  expect(figures).toEqual([
    { city: 'Berlin', n: 3, best: 2 },
    { city: 'Bern', n: 1, best: 3 },
  ])
  expect((await places.explain({ city: 'Berlin' }, { order: '-stars' })).index).toEqual(['city', '-stars', '-time'])
  const all: string[] = []
  for await (const doc of places.all({}, { order: 'title' })) all.push(doc.value.title)
  expect(all).toEqual(['Bar', 'Café', 'Park', 'Zoo'])
  await room.leave()
})

test('what does not fit is refused before it is signed, and names where', async () => {
  const room = await alone()
  const places = await room.collection<Place>('places', OPTIONS)
  const wrong: unknown[] = [
    { title: '', city: 'B' },
    { city: 'B' },
    { title: 'a', city: 'B', stars: '5' },
    5,
    undefined,
  ]
  for (const value of wrong) await expect(places.add(value as Place)).rejects.toThrow(SchemaError)
  await expect(places.add({ title: 'a' } as Place)).rejects.toMatchObject({ path: 'city' })
  await expect(places.put('', place('a', 'B', 1))).rejects.toThrow(ConfigError)
  await expect(places.find({ town: 'B' } as never)).rejects.toThrow(QueryError)
  await expect(places.add(place('a', 'B', 1), { ttlSeconds: 0 })).rejects.toThrow(ConfigError)
  expect(room.count).toBe(0)
  const odd: [string, object][] = [
    ['Places', {}],
    ['other', { indexes: ['x'] }],
    ['other', { index: ['x'] }],
  ]
  for (const [name, options] of odd) {
    await expect(room.collection(name, options)).rejects.toThrow(ConfigError)
  }
  await expect(room.collection('places', { schema: {} })).rejects.toThrow('declared already')
  await room.leave()
})

test('registers have a value, heads and a history, and end by a tombstone', async () => {
  const room = await alone()
  const places = await room.collection<Place>('places', OPTIONS)
  const first = await places.put('zoo', place('Zoo', 'Berlin', 1), { expected: null })
  const second = await places.put('zoo', place('Zoo', 'Berlin', 2), { expected: first })
  expect(second.follows).toEqual([first.id])
  expect((await places.get('zoo'))?.value.stars).toBe(2)
  await expect(places.put('zoo', place('Zoo', 'Berlin', 9), { expected: first })).rejects.toThrow(ConflictError)
  await expect(places.put('zoo', place('Zoo', 'Berlin', 9), { expected: null })).rejects.toMatchObject({
    heads: [second.id],
  })
  const third = await places.update('zoo', value => ({ ...place('Zoo', 'Berlin', 0), stars: (value?.stars ?? 0) + 1 }))
  expect(third.value.stars).toBe(3)
  expect((await places.history('zoo')).map(({ id }) => id)).toEqual([third.id, second.id, first.id])
  expect((await places.heads('zoo')).map(({ id }) => id)).toEqual([third.id])
  for (const version of [first, second, third]) {
    expect((await places.get('zoo', { at: version }))?.id).toBe(version.id)
    expect((await places.get('zoo', { at: version.record }))?.id).toBe(version.id)
  }
  const gone = await places.delete('zoo')
  expect(gone).toMatchObject({ isDeleted: true, value: null })
  expect(await places.get('zoo')).toBeNull()
  expect((await places.heads('zoo')).map(({ isDeleted }) => isDeleted)).toEqual([true])
  await Promise.all([1, 2, 3].map(stars => places.put('a', place('A', 'Bonn', stars))))
  expect(await places.history('a')).toHaveLength(3)
  expect(await places.erase('a')).toBe(3)
  expect(await places.history('a')).toEqual([])
  await room.leave()
})

test('a log follows its heads, and a document of ours can be removed', async () => {
  const room = await alone()
  const log = await room.collection<string>('log')
  const first = await log.append('one')
  const [second, third] = await Promise.all([log.append('two'), log.append('three')])
  expect([second.follows, third.follows]).toEqual([[first.id], [second.id]])
  expect((await log.heads()).map(({ value }) => value)).toEqual(['three'])
  await log.remove(third)
  expect((await log.heads()).map(({ value }) => value)).toEqual(['two'])
  await expect(log.add('four', { follows: ['00'.repeat(32)] })).rejects.toThrow('to follow')
  expect((await log.add('four', { follows: [first] })).follows).toEqual([first.id])
  await room.leave()
})

test('what was here before is indexed, misfits are counted, and muted authors are not seen', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = await Promise.all([alone(swarm), alone(swarm)])
  const content = JSON.stringify(place('Old', 'Berlin', 1))
  await one.publish(content, { collection: 'places' })
  await one.publish('{"title":5}', { collection: 'places' })
  await one.publish(content, {
    kind: KIND_KEYED,
    tags: [
      ['c', 'places'],
      ['d', 'elsewhere'],
    ],
  })
  await expect.poll(() => two.count).toBe(3)
  const places = await two.collection<Place>('places', OPTIONS)
  await places.ready()
  expect(titles(await places.find())).toEqual(['Old'])
  expect(await places.misfits()).toHaveLength(2)
  const live = await places.live()
  await two.moderation.mute(one.key)
  await expect.poll(() => live.docs.length).toBe(0)
  expect(await places.count()).toBe(0)
  await two.moderation.unmute(one.key)
  await expect.poll(() => live.docs.length).toBe(1)
  await Promise.all([one.leave(), two.leave()])
})

test('shared registers are one for all, and two that were written apart are both heads', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = await Promise.all([alone(swarm), alone(swarm)])
  const [ours, theirs] = await Promise.all([one, two].map(room => room.collection<string>('wiki', { shared: true })))
  if (ours === undefined || theirs === undefined) throw new Error('there are two')
  const first = await ours.put('home', 'one')
  await expect.poll(async () => (await theirs.get('home'))?.value).toBe('one')
  const second = await theirs.put('home', 'two', { expected: first })
  await expect.poll(async () => (await ours.get('home'))?.id).toBe(second.id)
  expect((await ours.heads('home')).map(({ value }) => value)).toEqual(['two'])
  await Promise.all([one.leave(), two.leave()])
  await expect(ours.find()).rejects.toThrow('the room was left')
})

test('an older collection is read as this one', async () => {
  const room = await alone()
  const spots = await room.collection<{ name: string }>('spots')
  await spots.add({ name: 'Old' })
  const upgrade = (value: unknown) => ({ title: (value as { name: string }).name, city: 'Berlin', stars: 1 })
  await expect(room.collection('places', { ...OPTIONS, also: [{ name: 'spots', upgrade }] })).rejects.toThrow(
    'one name',
  )
  await room.leave()
  const again = await alone()
  const places = await again.collection<Place>('places', { ...OPTIONS, also: [{ name: 'spots', upgrade }] })
  await again.publish('{"name":"Older"}', { collection: 'spots' })
  expect(titles(await places.find())).toEqual(['Older'])
  await again.leave()
})
