import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { databaseName, eraseStore, openStore } from '../../src/adapters/storage.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { written } from '../elements/dashboard/lobby.ts'
import 'fake-indexeddb/auto'

const NAME = { app: 'peerset', room: 'lobby' }
const WATCH = { tell: () => {}, onLost: () => {}, onFull: async () => false }

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
})

afterEach(() => {
  vi.unstubAllGlobals()
})

test('a store that is erased is empty when it is opened again', async () => {
  const store = await openStore('indexeddb', NAME, WATCH)
  await store.add([written('gone soon')])
  await store.close()
  await eraseStore(NAME)
  const again = await openStore('indexeddb', NAME, WATCH)
  expect(await again.query(makeFilter())).toEqual([])
  await again.close()
})

test('a database that another program holds open is named, and erased later', async () => {
  const holding = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(databaseName(NAME), 1)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  await expect(eraseStore(NAME)).rejects.toThrow('another tab holds the database peerset/peerset/lobby')
  holding.close()
})

test('where there is no IndexedDB, there is nothing to erase', async () => {
  vi.stubGlobal('indexedDB', undefined)
  await expect(eraseStore(NAME)).resolves.toBeUndefined()
})
