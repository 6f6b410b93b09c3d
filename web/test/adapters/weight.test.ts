import 'fake-indexeddb/auto'
import { expect, test, vi } from 'vitest'
import { emptied, openDatabase, type Row, rowOf, STORES, traceOf } from '../../src/adapters/database.ts'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import {
  countAll,
  FACET_BYTES,
  gained,
  LATER_MAX,
  lost,
  ROW_BYTES,
  recount,
  reweigh,
  sumUp,
  unweigh,
  weigh,
} from '../../src/adapters/weight.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { sumsOf } from '../../src/core/day-sum.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import { checkSums } from './checkShells.ts'
import { idsOf, NOON, sampleRecords } from './samples.ts'

const RECORDS = sampleRecords()
const ROWS = RECORDS.map(rowOf)

function sum(rows: readonly Row[]): number {
  const bytes = rows.map(({ facets, wire }) => ROW_BYTES + facets.length * FACET_BYTES + (wire?.length ?? 0))
  return bytes.reduce((total, each) => total + each, 0)
}

async function weighed(name: string) {
  const db = await openDatabase(name, { onLost: () => {} }, 1)
  const transaction = db.transaction(STORES, 'readwrite')
  for (const row of ROWS) await transaction.objectStore('records').put(row)
  await reweigh(transaction, ROWS.map(gained))
  return transaction
}

test('what comes and what goes is counted', async () => {
  const transaction = await weighed('counted')
  expect(await weigh(transaction)).toBe(sum(ROWS))
  await reweigh(transaction, ROWS.slice(0, 5).map(lost))
  expect(await weigh(transaction)).toBe(sum(ROWS.slice(5)))
  await reweigh(transaction, ROWS.map(lost))
  expect(await weigh(transaction)).toBe(0)
})

test('what is about to be erased is not, day by day and within a day', async () => {
  const transaction = await weighed('erased')
  const [first = 0] = [Math.floor(NOON / DAY_SECONDS) * DAY_SECONDS]
  await unweigh(transaction, first + DAY_SECONDS - 1)
  expect(await weigh(transaction)).toBe(sum(ROWS.slice(6)))
  await unweigh(transaction, NOON + DAY_SECONDS + 1)
  expect(await weigh(transaction)).toBe(sum(ROWS.filter(({ place: [time] }) => time > NOON + DAY_SECONDS + 1)))
})

test('what comes and goes is summed up by author and day, and what is owed as well', async () => {
  const transaction = await weighed('summed')
  expect(await sumUp(transaction, [])).toEqual(sumsOf(RECORDS))
  await reweigh(transaction, ROWS.slice(0, 5).map(lost))
  expect(await sumUp(transaction, [])).toEqual(sumsOf(RECORDS.slice(5)))
  expect(await sumUp(transaction, ROWS.slice(5).map(lost))).toEqual([])
  await unweigh(transaction, NOON + DAY_SECONDS + 1)
  expect(await sumUp(transaction, [])).toEqual(sumsOf(RECORDS.slice(9)))
})

test('what many authors write in one batch asks the database for few figures, and is added up later', async () => {
  const db = await openDatabase('crowded', { onLost: () => {} }, 1)
  const transaction = db.transaction(STORES, 'readwrite')
  const meta = transaction.objectStore('meta')
  const [row] = ROWS as [Row]
  const rows = Array.from({ length: 100 }, (_, at) => ({
    ...row,
    author: at.toString().padStart(64, '0') as PublicKey,
  }))
  const calls = [vi.spyOn(IDBObjectStore.prototype, 'get'), vi.spyOn(IDBObjectStore.prototype, 'put')]
  await reweigh(transaction, rows.map(gained))
  expect(calls.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBeLessThan(5)
  for (const call of calls) call.mockRestore()
  const sums = await sumUp(transaction, [])
  expect(sums.map(({ author, records }) => [author, records])).toEqual(rows.map(({ author }) => [author, 1]))
  for (let batch = 1; batch < LATER_MAX; batch++) {
    const sign = batch % 2 === 0 ? gained : lost
    await reweigh(transaction, rows.slice(0, 10).map(sign))
  }
  const noted = IDBKeyRange.bound('later/', 'later/~')
  expect(await meta.count(noted)).toBe(0)
  expect(await sumUp(transaction, [])).toEqual(sums.slice(10))
  await reweigh(transaction, rows.slice(0, 10).map(gained))
  expect(await meta.count(noted)).toBe(1)
  expect(await sumUp(transaction, [])).toEqual(sums)
})

test('a database of before is counted once, and a day anew', async () => {
  const db = await openDatabase('before', { onLost: () => {} }, 1)
  const transaction = db.transaction(STORES, 'readwrite')
  for (const row of [...ROWS.slice(1), emptied(ROWS[0] as Row), traceOf(ROWS[1] as Row)]) {
    await transaction.objectStore('records').put(row)
  }
  await countAll(transaction)
  expect(await sumUp(transaction, [])).toEqual(sumsOf(RECORDS.slice(1)))
  const weight = await weigh(transaction)
  await countAll(transaction)
  expect(await weigh(transaction)).toBe(weight)
  await reweigh(transaction, ROWS.map(gained))
  await recount(transaction, [...ROWS.map(({ place }) => place), 'damaged'])
  expect([await weigh(transaction), await sumUp(transaction, [])]).toEqual([weight, sumsOf(RECORDS.slice(1))])
})

test('what stays among what is old keeps its sums, and is not read where next to nothing goes', async () => {
  const store = await openIndexedDbStore('staying')
  await checkSums(store)
  const [first, ...others] = RECORDS
  await store.add(RECORDS)
  const [late, but] = [(NOON + 90 * DAY_SECONDS) as UnixTime, new Set(idsOf(others))]
  const read = vi.spyOn(IDBObjectStore.prototype, 'get')
  expect(await store.expire(late, but)).toBe(1)
  expect(read.mock.contexts.filter(each => (each as IDBObjectStore).name === 'records')).toEqual([])
  read.mockRestore()
  expect((await store.entries()).map(([, id]) => id)).not.toContain(first?.id)
  expect(await store.sums()).toEqual(sumsOf(others))
  await store.close()
})
