import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { expect, test } from 'vitest'
import {
  ADDRESS,
  emptied,
  eraseDatabase,
  isIndexed,
  MARK,
  openDatabase,
  readOutline,
  rowOf,
  tagFacet,
  traceId,
  traceOf,
} from '../../src/adapters/database.ts'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { outlineOf } from '../../src/core/deletion.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { type RecordId, signRecord } from '../../src/core/record.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const TAGS = [['c', 'notes'], ['e', '00'.repeat(32)], ['long', 'x'], ['x']]
const RECORD = signRecord(KEY, { createdAt: 1_790_000_000 as UnixTime, kind: 1_078, tags: TAGS, content: 'text' })
const OUTLINE = outlineOf(RECORD)
const STORES_IN_ORDER = [
  ...['docs', 'gone', 'kept', 'late', 'meta', 'notes'],
  ...['records', 'refused', 'rows', 'seen', 'views'],
]

test('a record is found by its author, its tags of one letter, and its kind unless most are of that', () => {
  const { facets, place } = rowOf(RECORD)
  expect(place).toEqual([RECORD.createdAt, RECORD.id])
  expect(facets.map(([name, value]) => [name, value])).toEqual([
    ['author', KEY.publicKey],
    [tagFacet('c'), 'notes'],
    [tagFacet('e'), '00'.repeat(32)],
  ])
  expect(rowOf({ ...RECORD, kind: 5, tags: [] }).facets).toEqual([
    ['author', KEY.publicKey, RECORD.createdAt],
    ['kind', 5, RECORD.createdAt],
  ])
  expect(['c', 'Z', 'h', 'long', ''].filter(isIndexed)).toEqual(['c', 'Z'])
})

test('shells and traces say whose record it was, and when', () => {
  expect(readOutline(emptied(rowOf(RECORD)))).toEqual(OUTLINE)
  expect(readOutline(traceOf(rowOf(RECORD)))).toEqual(OUTLINE)
  expect(traceOf(rowOf({ ...RECORD, createdAt: 0 as UnixTime })).place[0]).toBe(-1)
  expect(traceId(RECORD.id)).not.toBe(RECORD.id)
})

test('what was deleted leaves a trace for other tabs until it would have expired, and may come back', async () => {
  const store = await openIndexedDbStore('traces')
  await store.add([RECORD])
  await store.add([], { removed: [RECORD.id] })
  expect([await store.entries(), await store.named([RECORD.id])]).toEqual([[], [OUTLINE]])
  await store.add([RECORD])
  expect([await store.get([RECORD.id]), await store.named([RECORD.id])]).toEqual([[RECORD], [OUTLINE]])
  await store.add([], { removed: [RECORD.id] })
  expect(await store.expire(RECORD.createdAt)).toBe(0)
  expect((await store.named([RECORD.id])).length).toBe(1)
  expect(await store.expire((RECORD.createdAt + 1) as UnixTime)).toBe(0)
  expect(await store.named([RECORD.id])).toEqual([])
  await store.close()
})

test('a database is made when it is not there, and erased with all it holds', async () => {
  const lost: string[] = []
  const db = await openDatabase('mine', { onLost: reason => lost.push(reason) }, 10)
  expect([...db.objectStoreNames].sort()).toEqual(STORES_IN_ORDER)
  await eraseDatabase('mine')
  expect(lost).toEqual(['another tab needs it: it was deleted, or a newer version of this page is open'])
})

test('a database of an older version is brought up to date, with all it holds', async () => {
  const old = await openDB('old', 1, {
    upgrade: db => ['records', 'notes', 'meta'].map(name => db.createObjectStore(name)),
  })
  await old.put('meta', 'here', 'room')
  old.close()
  const db = await openDatabase('old', { onLost: () => {} }, 1)
  expect([...db.objectStoreNames].sort()).toEqual(STORES_IN_ORDER)
  expect(await db.get('meta', 'room')).toBe('here')
  db.close()
})

test('what an author has one of is given an address, and what deletions name of it a mark', async () => {
  const make = (kind: number, tags: string[][] = []) =>
    signRecord(KEY, { createdAt: RECORD.createdAt, kind, tags, content: 'said' })
  const deletion = make(5, [['a', `0:${KEY.publicKey}:`]])
  const records = [make(0), make(10_002, [['d', 'x']]), make(30_078, [['d', 'x']]), make(1), deletion]
  const old = await openDB('older', 5, {
    upgrade: db => {
      const store = db.createObjectStore('records', { keyPath: 'place' })
      store.createIndex('byId', 'id', { unique: true })
      store.createIndex('byFacet', 'facets', { multiEntry: true })
      for (const name of ['notes', 'meta']) db.createObjectStore(name)
    },
  })
  const rows = records.map(rowOf)
  const unknown = [ADDRESS, MARK]
  for (const { facets, ...row } of rows) {
    await old.put('records', { ...row, facets: facets.filter(([name]) => !unknown.includes(name)) })
  }
  await old.put('records', { ...rows[3], place: [0, 'damaged'], id: 'damaged', wire: Uint8Array.of(1) })
  old.close()
  const db = await openDatabase('older', { onLost: () => {} }, 1)
  const found = await Promise.all(rows.map(({ place }) => db.get('records', place)))
  const isRenewed = records.map(({ kind }) => kind < 20_000)
  expect(found.map((row, at) => row?.facets.length === rows[at]?.facets.length)).toEqual(isRenewed)
  expect(await db.get('records', [0, 'damaged' as RecordId])).toMatchObject({ id: 'damaged' })
  db.close()
})
