import 'fake-indexeddb/auto'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { IDBFactory } from 'fake-indexeddb'
import { type IDBPDatabase, openDB } from 'idb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FULL_REST_SECONDS } from '../../src/adapters/fullness.ts'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { byAge, newestFirst } from '../../src/adapters/order.ts'
import type { Entry } from '../../src/core/block.ts'
import { sumsOf } from '../../src/core/day-sum.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { decodeRecord, KIND_DELETION, type Record, type RecordId } from '../../src/core/record.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { StoreError } from '../../src/errors.ts'
import { sampleRecords } from './samples.ts'

const NAME = 'room'

beforeEach(() => void vi.stubGlobal('indexedDB', new IDBFactory()))

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function entriesOf(records: readonly Record[]): Entry[] {
  return records.toSorted(byAge).map(({ createdAt, id }) => [createdAt, id])
}

function idsOf(records: readonly Record[]): RecordId[] {
  return records.map(({ id }) => id)
}

/** Do something to the database behind a store's back. */
async function tamper(work: (db: IDBPDatabase) => Promise<unknown>): Promise<void> {
  const db = await openDB(NAME)
  await work(db)
  db.close()
}

test('everything outlives the page', async () => {
  const records = sampleRecords()
  const first = await openIndexedDbStore(NAME)
  await first.add(records)
  await first.purge(records.slice(0, 1).map(record => record.id))
  await first.note('muted', 'ab', 'text')
  const [entries, found] = [await first.entries(), await first.query(makeFilter())]
  await first.close()
  const second = await openIndexedDbStore(NAME)
  expect(second).not.toBeInstanceOf(MemoryStore)
  expect(await second.entries()).toEqual(entries)
  expect(await second.query(makeFilter())).toEqual(found)
  expect(await second.notes('muted')).toEqual(new Map([['ab', 'text']]))
  await second.close()
})

test('of a message of many records only the record is kept', async () => {
  const store = await openIndexedDbStore(NAME)
  const [record] = sampleRecords() as [Record]
  const message = new Uint8Array(60_000)
  message.set(record.wire, 100)
  await store.add([decodeRecord(message.subarray(100, 100 + record.wire.length))])
  const [wire] = await store.wires([record.id])
  expect(wire?.buffer.byteLength).toBe(record.wire.length)
  await store.close()
})

test('what was damaged is told, thrown away, and can be added again', async () => {
  const records = sampleRecords()
  const told: string[] = []
  const store = await openIndexedDbStore(NAME, { onDamaged: reason => told.push(reason) })
  await store.add(records)
  const [cut, swapped, text] = records as [Record, Record, Record]
  await tamper(async db => {
    for (const { createdAt, id } of [cut, swapped, text]) {
      const row = await db.get('records', [createdAt, id])
      const wire = id === cut.id ? row.wire.slice(1) : id === swapped.id ? records[9]?.wire : 'text'
      await db.put('records', { ...row, wire })
    }
  })
  expect(await store.get([cut.id])).toEqual([])
  const left = await store.query(makeFilter())
  expect(left.length).toBe(records.length - 3)
  expect(told).toEqual([
    '1 records in the database room are damaged; they were thrown away',
    '2 records in the database room are damaged; they were thrown away',
  ])
  expect((await store.entries()).length).toBe(records.length - 3)
  await store.add(records)
  expect((await store.query(makeFilter())).length).toBe(records.length)
  expect(await store.sums()).toEqual(sumsOf(records))
  await store.close()
})

test('a database of before has its sums once a room is bound to it, and none of deletions that went', async () => {
  const records = sampleRecords()
  const store = await openIndexedDbStore(NAME)
  await store.add(records)
  await tamper(async db => {
    for (const key of await db.getAllKeys('meta')) await db.delete('meta', key)
  })
  expect(await store.sums()).toEqual([])
  await store.bind('00'.repeat(16) as RoomTag)
  expect(await store.sums()).toEqual(sumsOf(records))
  const deletions = records.filter(({ kind }) => kind === KIND_DELETION)
  expect((await store.sums()).some(({ names }) => names > 0)).toBe(true)
  await store.add([], { removed: idsOf(deletions) })
  expect(await store.sums()).toEqual(sumsOf(records.filter(({ kind }) => kind !== KIND_DELETION)))
  await store.close()
})

test('what lies under a place that is none is told and thrown away', async () => {
  const records = sampleRecords()
  const told: string[] = []
  const store = await openIndexedDbStore(NAME, { onDamaged: reason => told.push(reason) })
  await store.add(records)
  await tamper(async db => {
    await db.put('records', { place: [5, 'not an id'], id: 'not an id', facets: [], wire: null })
    await db.put('records', { place: [1.5, 'ab'.repeat(32)], id: 'ab'.repeat(32), facets: [], wire: null })
    await db.put('records', { place: [7], id: [], facets: 7, wire: 7 })
  })
  expect((await store.entries()).length).toBe(records.length)
  expect(told).toEqual(['3 records in the database room are damaged; they were thrown away'])
  expect((await store.entries()).length).toBe(records.length)
  await store.close()
})

test('without IndexedDB records live in memory, and the reason is told', async () => {
  vi.stubGlobal('indexedDB', undefined)
  const told: string[] = []
  const store = await openIndexedDbStore(NAME, { onUnavailable: reason => told.push(reason) })
  expect(store).toBeInstanceOf(MemoryStore)
  expect(told).toEqual(['this browser has no IndexedDB here'])
})

test('where the browser forbids IndexedDB records live in memory, and the reason is told', async () => {
  const open = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  }
  vi.stubGlobal('indexedDB', { open })
  const told: string[] = []
  const store = await openIndexedDbStore(NAME, { onUnavailable: reason => told.push(reason) })
  expect(store).toBeInstanceOf(MemoryStore)
  expect(told).toEqual(['The operation is insecure.'])
})

test('beside a newer version of the database records live in memory, and the newer one is left alone', async () => {
  const newer = await openDB(NAME, 9)
  newer.close()
  const told: string[] = []
  const store = await openIndexedDbStore(NAME, { onUnavailable: reason => told.push(reason) })
  expect(store).toBeInstanceOf(MemoryStore)
  expect(told.length).toBe(1)
  expect((await openDB(NAME)).version).toBe(9)
})

test('the database of another program is left alone', async () => {
  const theirs = await openDB(NAME, 1, { upgrade: db => void db.createObjectStore('theirs') })
  theirs.close()
  const told: string[] = []
  const store = await openIndexedDbStore(NAME, { onUnavailable: reason => told.push(reason) })
  expect(store).toBeInstanceOf(MemoryStore)
  expect(told).toEqual(['the database room is not one of peerset'])
  const left = await openDB(NAME)
  expect([left.version, ...left.objectStoreNames]).toEqual([1, 'theirs'])
  left.close()
})

test('a database that another tab holds closed is waited for, but not for ever', async () => {
  const held = await openDB(NAME, 1)
  const deleting = indexedDB.deleteDatabase(NAME)
  const told: string[] = []
  const store = await openIndexedDbStore(NAME, { openSeconds: 0.05, onUnavailable: reason => told.push(reason) })
  expect(store).toBeInstanceOf(MemoryStore)
  expect(told).toEqual(['the database did not open within 0.05 seconds: does another tab hold it?'])
  held.close()
  await new Promise(resolve => {
    deleting.onsuccess = resolve
  })
})

test('a batch that fails in its middle leaves nothing behind', async () => {
  const store = await openIndexedDbStore(NAME)
  const records = sampleRecords()
  const impossible = { ...(records[5] as Record), createdAt: Number.NaN as Record['createdAt'] }
  await expect(store.add([...records.slice(0, 5), impossible])).rejects.toThrow(StoreError)
  expect(await store.entries()).toEqual([])
  await expect(store.add([], { removed: [Symbol() as unknown as RecordId] })).rejects.toThrow(StoreError)
  await store.add(records)
  expect((await store.entries()).length).toBe(records.length)
  await store.close()
})

/** Make *count* records of one minute; stores do not verify. */
function manyRecords(count: number): Record[] {
  const [sample] = sampleRecords() as [Record]
  return Array.from({ length: count }, (_, place) => {
    const id = bytesToHex(sha256(Uint8Array.of(place >> 8, place & 0xff))) as RecordId
    const createdAt = (sample.createdAt + (place % 60)) as Record['createdAt']
    return { ...sample, id, createdAt, wire: Uint8Array.of(place >> 8, place & 0xff) }
  })
}

test('a batch that is written in portions is one transaction all the same', async () => {
  const records = manyRecords(300)
  const impossible = { ...(records[0] as Record), createdAt: Number.NaN as Record['createdAt'] }
  const store = await openIndexedDbStore(NAME)
  await expect(store.add([...records, impossible])).rejects.toThrow(StoreError)
  expect(await store.entries()).toEqual([])
  await store.add(records.slice(0, 200))
  await store.add([...records.slice(100), ...records.slice(0, 10)])
  expect((await store.entries()).map(([, id]) => id).sort()).toEqual(records.map(record => record.id).sort())
  await store.close()
})

test('records that lie side by side are given in the order asked, and those between them are not', async () => {
  const store = await openIndexedDbStore(NAME)
  const records = manyRecords(120).sort(byAge)
  await store.add(records.slice(0, 100))
  const wiresOf = (some: readonly Record[]) => some.map(record => record.wire)
  for (const asked of [records, records.toReversed(), records.filter((_, place) => place % 4 === 0)]) {
    const here = asked.map(record => (records.indexOf(record) < 100 ? record.wire : new Uint8Array()))
    expect(await store.wires(asked.map(record => record.id))).toEqual(here)
  }
  const mixed = [...records.slice(20, 40), ...records.slice(0, 10), ...records.slice(45, 50)]
  const found = await store.wires(mixed.map(record => record.id))
  expect(found).toEqual(wiresOf(mixed))
  await store.close()
})

/** Let the storage be full while *isFull* says so. */
function limitStorage(isFull: () => boolean): void {
  const add = IDBObjectStore.prototype.add
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, ...row) {
    if (isFull()) throw new DOMException('no space is left', 'QuotaExceededError')
    return add.apply(this, row)
  })
}

/** Open a store that gives up *given* when its storage is full, until *room* times that has made room. */
async function fullStore(given: readonly Record[], room = 1) {
  const asked: number[] = []
  const store = await openIndexedDbStore(NAME, {
    onFull: async bytes => {
      asked.push(bytes)
      await store.purge(idsOf(given))
      return given.length > 0
    },
  })
  await store.add(given)
  return { store, asked, limit: () => limitStorage(() => asked.length < room) }
}

test('what does not fit is saved once something was given up for it, and nothing of it is lost', async () => {
  const records = sampleRecords().filter(({ kind }) => kind !== KIND_DELETION)
  const [old, young] = [records.slice(0, 4), records.slice(4)]
  const { store, asked, limit } = await fullStore(old)
  limit()
  await store.add(young)
  expect(asked).toEqual([young.reduce((sum, { wire }) => sum + wire.length, 0)])
  expect(await store.entries()).toEqual(entriesOf(records))
  expect(idsOf(await store.query(makeFilter()))).toEqual(idsOf(young.sort(newestFirst)))
  await store.close()
})

test('where there is no room even for shells, these are put there after what they are of is gone', async () => {
  const records = sampleRecords().filter(({ kind }) => kind !== KIND_DELETION)
  const { store, limit } = await fullStore(records.slice(0, 4))
  limit()
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(() => {
    throw new DOMException('no space is left', 'QuotaExceededError')
  })
  await store.add(records.slice(4))
  expect(await store.entries()).toEqual(entriesOf(records))
  expect(await store.wires(idsOf(records.slice(0, 1)))).toEqual([new Uint8Array()])
  await store.close()
})

test('shells for which there is no room follow once there is', async () => {
  const records = sampleRecords().filter(({ kind }) => kind !== KIND_DELETION)
  const { store, limit } = await fullStore(records.slice(0, 4))
  limit()
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('no space is left', 'QuotaExceededError')
  })
  await store.purge(idsOf(records.slice(0, 4)))
  put.mockRestore()
  expect([await store.entries(), await store.weight(), await store.sums()]).toEqual([[], 0, []])
  await store.fill([])
  expect(await store.entries()).toEqual(entriesOf(records.slice(0, 4)))
  expect(await store.sums()).toEqual([])
  await store.close()
})

test('a storage that stays full refuses what comes, and gives up no more for a while', async () => {
  const records = sampleRecords().filter(({ kind }) => kind !== KIND_DELETION)
  const { store, asked, limit } = await fullStore(records.slice(0, 4), 9)
  let time = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => time)
  limit()
  await expect(store.add(records.slice(4))).rejects.toThrow(StoreError)
  await expect(store.add(records.slice(4))).rejects.toThrow('no space is left')
  expect([asked.length, (await store.entries()).length]).toEqual([1, 4])
  time += FULL_REST_SECONDS * 1_000 + 10_000
  await expect(store.add(records.slice(4))).rejects.toThrow('no space is left')
  expect(asked.length).toBe(2)
  await store.close()
})

test('a full storage of which nothing is to be given up refuses what comes', async () => {
  const { store, asked, limit } = await fullStore([], 9)
  limit()
  await expect(store.add(sampleRecords())).rejects.toThrow('no space is left')
  expect(asked.length).toBe(1)
  await store.close()
})
