import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { blobsOf, openBlobs } from '../../src/adapters/blob-database.ts'
import { eraseDatabase } from '../../src/adapters/lasting.ts'
import { StoreError } from '../../src/errors.ts'
import { Blob } from '../protocol/blobs.ts'
import { checkBlobs, keep } from './blobs.ts'

let databases = 0

async function open(name = `database ${++databases}`) {
  return await openBlobs(name)
}

checkBlobs(open)

test('what is kept is there when the page comes again', async () => {
  const blob = new Blob(3)
  const before = await open('again')
  await keep(before, blob)
  before.close()
  const after = await open('again')
  expect((await after.look(blob.root))?.pieces).toEqual(new Set([0, 1, 2]))
  await keep(after, new Blob(1, 5))
  await after.read(blob.name, 0)
  expect((await after.held()).at(-1)?.name).toEqual(blob.name)
  after.close()
})

test('a database that the browser took away is a StoreError', async () => {
  const store = await open('gone')
  await keep(store, new Blob(1))
  await eraseDatabase(blobsOf('gone'))
  await expect(store.held()).rejects.toThrow(StoreError)
  await expect(keep(store, new Blob(1))).rejects.toThrow(StoreError)
})

test('of a long blob as many keys are read as pieces are looked for', async () => {
  const [store, blob] = [await open(), new Blob(40)]
  await keep(store, blob)
  const { getAllKeys } = IDBObjectStore.prototype
  let read = 0
  IDBObjectStore.prototype.getAllKeys = function (this: IDBObjectStore, ...given: Parameters<typeof getAllKeys>) {
    const request = getAllKeys.apply(this, given)
    request.addEventListener('success', () => {
      read += request.result.length
    })
    return request
  }
  try {
    await store.look(blob.root, 10, 17)
  } finally {
    IDBObjectStore.prototype.getAllKeys = getAllKeys
  }
  expect(read).toBe(8)
  store.close()
})

test('what comes together is kept by one transaction, all or nothing', async () => {
  const [store, blob] = [await open(), new Blob(8)]
  const { transaction } = IDBDatabase.prototype
  let written = 0
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given: Parameters<typeof transaction>) {
    if (given[1] === 'readwrite') written += 1
    return transaction.apply(this, given)
  }
  try {
    await keep(store, blob)
  } finally {
    IDBDatabase.prototype.transaction = transaction
  }
  expect([written, (await store.look(blob.root))?.bytes]).toEqual([1, blob.name.size])
  store.close()
})
