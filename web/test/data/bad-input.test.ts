/** What users and strangers get wrong: each a clear error or a counted misfit, and nobody else loses anything. */

import { beforeEach, expect, test } from 'vitest'
import type { Json } from '../../src/core/action.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { DOCUMENT_KEY_BYTES_MAX, FUTURE_SECONDS_MAX, SCHEMA_DEPTH_MAX, VALUE_DEPTH_MAX } from '../../src/core/limits.ts'
import { KIND_KEYED, KIND_RECORD, type Record, signRecord, type Tags } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import type { Collection } from '../../src/data/collection.ts'
import type { FindOptions } from '../../src/data/types.ts'
import { ConfigError, ConflictError, MalformedError, QueryError, SchemaError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Place {
  readonly title: string
  readonly stars?: number
}

const SCHEMA = { required: ['title'], properties: { title: { type: 'string' }, stars: { type: 'number' } } }
const STRANGER = new SecretKey(new Uint8Array(32).fill(9))
const ZOO: Place = { title: 'Zoo', stars: 4 }

let room: Room
let places: Collection<Place>

beforeEach(async () => {
  room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  places = await room.collection<Place>('places', { schema: SCHEMA, indexes: ['stars'], text: ['title'] })
  await places.put('zoo', ZOO)
  return async () => {
    // Whatever was tried, what was there is there, and more can be written.
    expect((await places.find({ key: 'zoo' })).docs.map(({ value }) => value)).toEqual([ZOO])
    await places.put('after', ZOO)
    expect(await places.count({ key: 'after' })).toBe(1)
    await room.leave()
  }
})

function now(): number {
  return Math.floor(Date.now() / 1_000)
}

/** Let a foreign client say something. */
async function said(content: string, tags: Tags, { at = now(), kind = KIND_KEYED } = {}): Promise<Record> {
  const all = [['h', roomTag(makeRoomName('peerset', 'lobby'))], ...tags]
  const record = signRecord(STRANGER, { createdAt: at as UnixTime, kind, tags: all, content })
  await room.add(record)
  return record
}

function deep(levels: number): Json {
  let value: Json = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

test.each([
  ['another type', { title: 5 }, 'title'],
  ['a field that is missing', {}, 'title'],
  ['a number that is none', { title: 'a', stars: Number.NaN }, 'stars'],
  ['a text with half a character', { title: '\ud800' }, ''],
  ['a value too deep', { title: 'a', more: deep(VALUE_DEPTH_MAX) }, ''],
  [
    'a value that holds itself',
    (() => {
      const own: { title: string; own?: unknown } = { title: 'a' }
      own.own = own
      return own
    })(),
    '',
  ],
  ['a whole number beyond doubles', { title: 'a', stars: 1n }, ''],
  ['a function', () => 1, ''],
])('a value that does not fit is refused, and where it does not: %s', async (_, value, path) => {
  for (const write of [() => places.add(value as Place), () => places.put('k', value as Place)]) {
    await expect(write()).rejects.toThrow(SchemaError)
    await expect(write()).rejects.toMatchObject({ path })
  }
  expect(room.count).toBe(1)
})

test('a value that no record can hold is refused before it is signed', async () => {
  await expect(places.add({ title: 'x'.repeat(65_537) })).rejects.toThrow(MalformedError)
  await expect(places.add({ title: 'é'.repeat(33_000) })).rejects.toThrow(MalformedError)
})

test.each<[string, unknown, object]>([
  ['a field that is unknown', { name: 'Zoo' }, {}],
  ['an operator that is unknown', { stars: { above: 4 } }, {}],
  ['a value that cannot be compared', { stars: { gt: null } }, {}],
  ['conditions that are no object', [1], {}],
  ['an author that is none', { author: 'me' }, {}],
  ['a time that is none', { time: { gte: 'soon' } }, {}],
  ['an order by what is unknown', {}, { order: '-name' }],
  ['a page too long', {}, { limit: 1_001 }],
  ['words that are none', {}, { text: 5 }],
  ['a field of nothing', { 'stars.more': 1 }, {}],
])('a query that cannot be meant is refused: %s', async (_, where, options) => {
  const asked = options as FindOptions<Place>
  await expect(places.find(where as never, asked)).rejects.toThrow(QueryError)
  await expect(places.live(where as never, asked)).rejects.toThrow(QueryError)
})

test('figures, words and places that a collection has not are refused', async () => {
  await expect(places.aggregate({ n: 'most:stars' })).rejects.toThrow(QueryError)
  await expect(places.aggregate({ n: 'sum:title' })).rejects.toThrow(QueryError)
  await expect(places.aggregate({ n: 'count' }, { by: 'name' })).rejects.toThrow(QueryError)
  const plain = await room.collection('plain')
  await expect(plain.find({}, { text: 'zoo' })).rejects.toThrow('declare text')
})

test('a cursor of another query is refused, and one that is none', async () => {
  await places.put('park', { title: 'Park', stars: 5 })
  const { next } = await places.find({}, { order: 'stars', limit: 1 })
  if (next === null) throw new Error('there is more')
  const others = [places.find({}, { order: '-stars', after: next }), places.find({ stars: 4 }, { after: next })]
  const other = await room.collection<Place>('other', { schema: SCHEMA })
  for (const find of [...others, other.find({}, { order: 'stars', after: next })]) {
    await expect(find).rejects.toThrow('of another query')
  }
  for (const after of ['', 'nonsense', '====', next.slice(0, -3), 5 as unknown as string]) {
    await expect(places.find({}, { order: 'stars', after })).rejects.toThrow(QueryError)
  }
})

test('a schema that is too deep, or says what no language checks alike, is refused', async () => {
  let schema: Json = { type: 'string' }
  for (let level = 0; level < SCHEMA_DEPTH_MAX; level++) schema = { properties: { in: schema } }
  const wrong = [schema, { $ref: '#' }, { properties: { a: { pattern: 'x' } } }, { type: 'date' }, { type: 'array' }, 5]
  for (const each of wrong) await expect(room.collection('deep', { schema: each })).rejects.toThrow(ConfigError)
})

test('a key that is none, or too long, is refused', async () => {
  const wrong = ['', 'x'.repeat(DOCUMENT_KEY_BYTES_MAX + 1), 'é'.repeat(300), '\ud800', 5, null]
  for (const key of wrong as string[]) {
    const calls = [() => places.put(key, ZOO), () => places.get(key), () => places.delete(key), () => places.erase(key)]
    for (const call of calls) await expect(call()).rejects.toThrow('a key is a text of 1 to 512 bytes')
  }
  await places.put('x'.repeat(DOCUMENT_KEY_BYTES_MAX), ZOO)
})

test('what foreign clients call their records is a misfit, and replaces nothing', async () => {
  const content = JSON.stringify(ZOO)
  const names = ['zoo', 'places', 'places/', 'other/zoo', `places/${'k'.repeat(513)}`, '']
  for (const [at, d] of names.entries())
    await said(
      content,
      [
        ['c', 'places'],
        ['d', d],
      ],
      { at: now() + at },
    )
  await said(content, [['c', 'places']])
  await said('{', [
    ['c', 'places'],
    ['d', 'places/broken'],
  ])
  await said(content, [['c', 'places'], ['void']], { kind: KIND_RECORD })
  expect(await places.misfits()).toHaveLength(names.length + 3)
  expect(await places.count({ author: STRANGER.publicKey })).toBe(0)
})

test('links to nothing, to itself and to what is later mean nothing', async () => {
  const nothing = 'ab'.repeat(32)
  const doc = await places.put('linked', ZOO)
  const tags = (id: string) => [
    ['c', 'places'],
    ['d', 'places/linked'],
    ['e', id, '', 'prev'],
  ]
  await said('{"title":"x"}', tags(nothing), { at: now() - 50 })
  await said('{"title":"x"}', tags(doc.id), { at: now() - 60 })
  expect(await places.heads('linked')).toEqual([doc])
  expect((await places.heads('linked', { author: STRANGER.publicKey })).map(({ follows }) => follows)).toEqual([
    [nothing],
    [doc.id],
  ])
  await expect(places.add(ZOO, { follows: [nothing] })).rejects.toThrow('to follow')
  await expect(places.add(ZOO, { follows: ['zoo'] })).rejects.toThrow(ConfigError)
  await expect(places.put('linked', ZOO, { expected: nothing })).rejects.toThrow(ConflictError)
  await expect(places.put('linked', ZOO, { expected: ['beef'] })).rejects.toThrow(ConfigError)
})

test('a stamp from the future waits, is refused, or holds up who would follow it', async () => {
  const wiki = await room.collection<Place>('wiki', { schema: SCHEMA, shared: true })
  const tags = [
    ['c', 'wiki'],
    ['d', 'wiki/home'],
  ]
  const content = JSON.stringify(ZOO)
  await said(content, tags, { at: now() + FUTURE_SECONDS_MAX + 60 })
  await said(content, tags, { at: now() + 10 * 86_400 })
  expect(await wiki.count()).toBe(0)
  const ahead = await said(content, [...tags, ['us', '999999']], { at: now() + FUTURE_SECONDS_MAX - 1 })
  const odd = await said(content, [...tags, ['us', '1000000']])
  expect((await wiki.get('home'))?.id).toBe(ahead.id)
  expect((await wiki.history('home')).map(({ stamp }) => stamp % 1_000_000)).toEqual([999_999, 0])
  const next = await wiki.put('home', { title: 'Next' })
  expect(next.stamp).toBeGreaterThan(ahead.createdAt * 1_000_000)
  expect(next.follows).toEqual([ahead.id, odd.id])
})

test('two collections of one name with different schemas are refused', async () => {
  await expect(room.collection('places', { schema: { properties: {} } })).rejects.toThrow('declared already')
  await expect(room.collection('spots', { also: { name: 'places' } })).rejects.toThrow(ConfigError)
  await expect(room.collection('places', { also: [{ name: 'x' }, { name: 'x' }] })).rejects.toThrow('each once')
})

test('an index over mixed types is refused where a schema says so, and sorts by type where none does', async () => {
  const mixed = { properties: { a: { anyOf: [{ type: 'string' }, { type: 'number' }] }, list: { type: 'array' } } }
  for (const indexes of ['a', 'list', 'nowhere', [['a', 'b']], Array(17).fill('a')]) {
    await expect(room.collection('mixed', { schema: mixed, indexes })).rejects.toThrow(ConfigError)
  }
  const values = await room.collection<{ a?: unknown }>('values')
  for (const a of ['1', 1, true, null, 'a', [1], false, 0]) await values.add({ a })
  const sorted = (await values.find({}, { order: ['a', 'time'] })).docs.map(({ value }) => value.a)
  expect(sorted).toEqual([null, [1], false, true, 0, 1, '1', 'a'])
  expect(await values.count({ a: 1 })).toBe(1)
  expect(await values.count({ a: { gt: 0 } })).toBe(1)
})

test('options that no collection has, and names that are none, are refused', async () => {
  for (const name of ['', 'Places', '1a', 'a b', 'a'.repeat(65), 5]) {
    await expect(room.collection(name as string)).rejects.toThrow("a collection's name has")
  }
  await expect(room.collection('x', { index: ['a'] } as never)).rejects.toThrow('no option "index"')
  await expect(room.collection('x', { shared: 1 } as never)).rejects.toThrow('true or false')
  await expect(room.collection('x', 5 as never)).rejects.toThrow(ConfigError)
  await expect(room.collection('x', { also: { name: 'y', upgrade: 5 } } as never)).rejects.toThrow('upgrade a function')
  for (const ttlSeconds of [0, -1, Number.NaN, '5']) {
    await expect(places.add(ZOO, { ttlSeconds } as never)).rejects.toThrow('a time to live')
  }
})

test('a validator or an upgrade that throws makes a misfit, or an error of its own', async () => {
  await said('{"name":"x"}', [['c', 'old']], { kind: KIND_RECORD })
  const upgrade = () => {
    throw new Error('it breaks')
  }
  const upgraded = await room.collection('upgraded', { also: { name: 'old', upgrade } })
  expect([await upgraded.count(), (await upgraded.misfits()).length]).toEqual([0, 1])
  const validate = () => {
    throw new TypeError('it breaks')
  }
  const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } }
  const broken = await room.collection('broken', { schema })
  await expect(broken.add(1)).rejects.toThrow('it breaks')
})
