import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { expect, test } from 'vitest'
import { EXPIRES, openDatabase, rowOf } from '../../src/adapters/database.ts'
import { READ_AT_ONCE } from '../../src/adapters/expiring.ts'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { ANN, document } from './placeSamples.ts'
import { NOON } from './samples.ts'

test('what an older version saved is read once, and what is damaged says nothing', async () => {
  const records = Array.from({ length: READ_AT_ONCE + 2 }, (_, at) => document(ANN, at, {}, { expiresAt: NOON + at }))
  const old = await openDB('before', 6, {
    upgrade: db => {
      const store = db.createObjectStore('records', { keyPath: 'place' })
      store.createIndex('byId', 'id', { unique: true })
      store.createIndex('byFacet', 'facets', { multiEntry: true })
      for (const name of ['notes', 'meta', 'docs', 'late', 'refused']) db.createObjectStore(name)
      for (const name of ['seen', 'gone', 'kept', 'views', 'rows']) db.createObjectStore(name)
    },
  })
  for (const { facets, ...row } of records.map(rowOf)) {
    await old.put('records', { ...row, facets: facets.filter(([name]) => name !== EXPIRES) })
  }
  await old.put('records', { ...rowOf(document(ANN, 1, {})), place: [0, 'x'], id: 'x', wire: Uint8Array.of(1) })
  old.close()
  const store = await openIndexedDbStore('before')
  const first = await store.expired((NOON + 1) as UnixTime, 9)
  expect(first).toEqual(records.slice(0, 2).map(({ id }) => id))
  expect(await store.expired((NOON + 9_999) as UnixTime, 9_999)).toHaveLength(records.length)
  await store.close()
  const db = await openDatabase('before', { onLost: () => {} }, 1)
  expect(await db.get('meta', 'unread')).toBeUndefined()
  db.close()
})
