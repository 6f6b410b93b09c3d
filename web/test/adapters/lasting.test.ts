import 'fake-indexeddb/auto'
import { IDBDatabase as FakeDatabase, forceCloseDatabase, IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { eraseDatabase, openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Entry } from '../../src/core/block.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { StoreError } from '../../src/errors.ts'
import { sampleRecords } from './samples.ts'

const NAME = 'room'

beforeEach(() => void vi.stubGlobal('indexedDB', new IDBFactory()))

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** Open a store, and keep what it tells. */
async function opened(name = NAME) {
  const told: { unavailable: string[]; lost: number[] } = { unavailable: [], lost: [] }
  const store = await openIndexedDbStore(name, {
    onUnavailable: reason => told.unavailable.push(reason),
    onLost: (entries: readonly Entry[]) => told.lost.push(entries.length),
    openSeconds: 1,
  })
  return { store, told }
}

type Fake = InstanceType<typeof FakeDatabase>

/** Gather the databases that are used from now on. */
function databases(): Fake[] {
  const found: Fake[] = []
  const { transaction } = FakeDatabase.prototype
  vi.spyOn(FakeDatabase.prototype, 'transaction').mockImplementation(function (this: Fake, ...given) {
    if (!found.includes(this)) found.push(this)
    return transaction.apply(this, given)
  })
  return found
}

test('a database that the browser closes is opened again, and nothing is lost', async () => {
  const open = databases()
  const { store, told } = await opened()
  const records = sampleRecords()
  await store.add(records)
  const [db] = open
  if (db !== undefined) forceCloseDatabase(db as never)
  expect((await store.query(makeFilter())).length).toBe(records.length)
  expect(told).toEqual({ unavailable: [], lost: [records.length] })
  await store.close()
})

test('a database that is deleted is made again, with the notes and records that this page holds', async () => {
  const { store, told } = await opened()
  const records = sampleRecords()
  await store.add(records)
  await store.note('muted', 'ab', 'text')
  await eraseDatabase(NAME)
  expect((await store.entries()).length).toBe(records.length)
  expect(await store.notes('muted')).toEqual(new Map([['ab', 'text']]))
  expect(told).toEqual({ unavailable: [], lost: [records.length] })
  await store.close()
  const again = await openIndexedDbStore(NAME)
  expect((await again.entries()).length).toBe(records.length)
  await again.close()
})

test('what an earlier page saved is lost with the database, and that is told at once', async () => {
  const first = await opened()
  await first.store.add(sampleRecords())
  await first.store.close()
  const { store, told } = await opened()
  await eraseDatabase(NAME)
  await expect.poll(() => told.lost).toEqual([0])
  expect(await store.entries()).toEqual([])
  await store.close()
})

test('what is asked while the database is opened again waits for it', async () => {
  const { store } = await opened()
  const records = sampleRecords()
  const erasing = eraseDatabase(NAME)
  const adding = Promise.all(records.map(record => store.add([record])))
  await Promise.all([erasing, adding])
  expect((await store.entries()).length).toBe(records.length)
  await store.close()
})

test('a database that a newer page has taken over leaves the room in memory, with a word', async () => {
  const { store, told } = await opened()
  const records = sampleRecords()
  await store.add(records)
  const newer = await openDB(NAME, 99)
  expect((await store.entries()).length).toBe(records.length)
  expect(told.lost).toEqual([records.length])
  expect(told.unavailable.length).toBe(1)
  await store.add(records)
  await store.close()
  newer.close()
})

test('a database that is lost again at once leaves the room in memory', async () => {
  const { store, told } = await opened()
  await store.add(sampleRecords())
  await eraseDatabase(NAME)
  const before = await store.entries()
  await eraseDatabase(NAME)
  expect(await store.entries()).toEqual(before)
  expect(told.unavailable).toEqual([`the database ${NAME} is lost again`])
  await store.close()
})

for (const name of ['InvalidStateError', 'UnknownError', 'NotFoundError', 'AbortError']) {
  test(`a transaction that ends in ${name} is done on another connection`, async () => {
    const { store, told } = await opened()
    vi.spyOn(FakeDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw new DOMException('Connection to Indexed Database server lost. Refresh the page to try again', name)
    })
    const records = sampleRecords()
    await store.add(records)
    expect((await store.entries()).length).toBe(records.length)
    expect(told.unavailable).toEqual([])
    await store.close()
  })
}

test('when every transaction fails from some time on, the room goes on in memory', async () => {
  const { store, told } = await opened()
  const records = sampleRecords()
  await store.add(records)
  vi.spyOn(FakeDatabase.prototype, 'transaction').mockImplementation(() => {
    throw new DOMException('Internal error.', 'UnknownError')
  })
  expect((await store.entries()).length).toBe(records.length)
  expect(told.unavailable.length).toBe(1)
  await store.close()
})

test('a database that does not open again in time leaves the room in memory', async () => {
  const { store, told } = await opened()
  await store.add(sampleRecords())
  const erased = eraseDatabase(NAME)
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => new IDBOpenDBRequest())
  await erased
  expect((await store.entries()).length).toBe(sampleRecords().length)
  expect(told.unavailable[0]).toContain('did not open within 1 seconds')
  await store.close()
})

test('a database that the browser is still deleting is tried once more', async () => {
  const { store, told } = await opened()
  await store.add(sampleRecords())
  const erased = eraseDatabase(NAME)
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementationOnce(() => {
    throw new DOMException('The connection was closed.', 'AbortError')
  })
  await erased
  expect((await store.entries()).length).toBe(sampleRecords().length)
  expect(told.unavailable).toEqual([])
  await store.close()
})

test('a store that was closed is not opened again', async () => {
  const { store, told } = await opened()
  await store.close()
  await eraseDatabase(NAME)
  await expect(store.entries()).rejects.toThrow(StoreError)
  expect(told).toEqual({ unavailable: [], lost: [] })
  expect(store).not.toBeInstanceOf(MemoryStore)
})
