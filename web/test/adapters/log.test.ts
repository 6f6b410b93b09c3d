import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/adapters/database.ts'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { begin, changesIn, follow, NO_BITS } from '../../src/adapters/log.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { Recalled } from '../../src/adapters/recalled.ts'
import { CHANGES_KEPT_MAX } from '../../src/core/limits.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { CursorError } from '../../src/errors.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { checkChanges, Follower } from './checkChanges.ts'
import { checkViews } from './checkViews.ts'
import { idsOf, PLACES, samplePlaces } from './placeSamples.ts'

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test('a log of changes in memory keeps the contract', () => checkChanges(async () => new MemoryStore()))

test('views in memory keep the contract', () => checkViews(async () => new MemoryStore()))

test('what another page read is read on in the next, whatever happened between', async () => {
  const [first, second, third, fourth] = samplePlaces().filter(({ kind }) => kind === 1078)
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) throw new Error('few')
  const open = () => openIndexedDbStore('places')
  let store = await open()
  await store.bind('aa'.repeat(20) as RoomTag)
  await store.add([first, second])
  let documents = await documentsOf(store)
  const read = new Follower(documents)
  await read.readAll()
  const since = await documents.log('lastChange')
  await store.close()
  // This page does not bind it, so that nobody loads the log.
  store = await open()
  await store.add([third, fourth], { removed: [first.id] })
  await store.purge([second.id])
  await store.close()
  store = await open()
  await store.bind('aa'.repeat(20) as RoomTag)
  await store.add([], { removed: [fourth.id] })
  documents = await documentsOf(store)
  const { changes } = await documents.log('changes', since, { limit: 100 })
  const told = changes.map(({ kind, record }) => [kind, record.id])
  expect(told.slice(0, 2).sort()).toEqual([first, second].map(({ id }) => ['removed', id]).sort())
  expect(told.slice(2)).toEqual([['added', third.id]])
  await store.close()
})

test('a log that nobody reads is not written, and one that is, is followed from the beginning of a page', async () => {
  const records = samplePlaces()
  let store = await openIndexedDbStore('places')
  await store.bind('aa'.repeat(20) as RoomTag)
  const documents = await documentsOf(store)
  await documents.define([PLACES])
  await store.add(records.slice(0, 10))
  expect(await rowsIn('seen')).toBe(0)
  await documents.log('openView', 'view', 1)
  expect(await rowsIn('seen')).toBe(10)
  await store.close()
  store = await openIndexedDbStore('places')
  await store.bind('aa'.repeat(20) as RoomTag)
  await store.add(records.slice(10, 12), { removed: idsOf(records.slice(0, 1)) })
  expect(await rowsIn('seen')).toBe(11)
  expect(await rowsIn('kept')).toBe(1)
  await store.close()
})

test('the newest changes are kept, and no more', async () => {
  const journal = new Recalled(
    () => new Map(),
    () => undefined,
  )
  await begin(journal, 7, NO_BITS)
  const [record] = samplePlaces()
  if (record === undefined) throw new Error('there is one')
  const { id, author, createdAt, kind } = record
  for (let at = 1; at <= CHANGES_KEPT_MAX; at++) {
    journal.putGone({ id, author, createdAt, kind, at, cameAt: 0, why: 'removed', time: createdAt })
  }
  const head = await journal.head()
  if (head === null) throw new Error('it was begun')
  journal.keepHead({ ...head, last: CHANGES_KEPT_MAX + 1 })
  journal.putSeen({ id, author, createdAt, kind, at: CHANGES_KEPT_MAX + 1, why: 'added' })
  await follow(journal, NO_BITS, { gone: { ids: [id], contents: new Map() } })
  expect(await journal.countGone()).toBe(CHANGES_KEPT_MAX)
  expect((await journal.head())?.forgotten).toBe(1)
  await expect(changesIn(journal, '00000007-0-0', { limit: 1 })).rejects.toThrow(CursorError)
  expect((await changesIn(journal, '00000007-0-1', { limit: 1 })).changes).toHaveLength(1)
})

async function documentsOf(store: Store): Promise<DocumentStore> {
  const documents = await store.documents?.()
  if (documents === undefined) throw new Error('it finds documents')
  return documents
}

async function rowsIn(name: 'seen' | 'kept'): Promise<number> {
  const db = await openDatabase('places', { onLost: () => {} }, 10)
  const count = await db.count(name)
  db.close()
  return count
}
