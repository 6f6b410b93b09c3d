import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openDatabase, type Row, rowOf, STORES } from '../../src/adapters/database.ts'
import { erase, hollow, isPurgeable, oldestContent, ROWS_WRITTEN_AT_ONCE } from '../../src/adapters/eviction.ts'
import { everything, span } from '../../src/adapters/selection.ts'
import { KIND_DELETION, type Record } from '../../src/core/record.ts'
import { sampleRecords } from './samples.ts'

async function filled(name: string, rows: readonly Row[]) {
  const db = await openDatabase(name, { onLost: () => {} }, 1)
  const transaction = db.transaction(STORES, 'readwrite')
  for (const row of rows) await transaction.objectStore('records').put(row)
  return transaction
}

test('content is given up, but for deletions; the places stay', async () => {
  const records = sampleRecords()
  const transaction = await filled('hollow', records.map(rowOf))
  const kept = records.filter(record => record.kind === KIND_DELETION)
  expect(await hollow(transaction, everything())).toHaveLength(records.length - kept.length)
  const rows = await transaction.objectStore('records').getAll()
  expect(rows.length).toBe(records.length)
  expect(
    rows
      .filter(row => row.wire !== null)
      .map(row => row.id)
      .sort(),
  ).toEqual(kept.map(({ id }) => id).sort())
  expect(await hollow(transaction, everything())).toEqual([])
})

test('a day of more rows than are written at once is given up whole', async () => {
  const [record] = sampleRecords()
  const row = rowOf(record as Record)
  const ids = Array.from({ length: ROWS_WRITTEN_AT_ONCE + 1 }, (_, at) => at.toString(16).padStart(64, '0'))
  const rows = ids.map(id => ({ ...row, id, place: [row.place[0], id] }) as Row)
  const transaction = await filled('crowd', rows)
  expect(await hollow(transaction, everything())).toHaveLength(rows.length)
})

test('the oldest content is that of no shell and no deletion', async () => {
  const records = sampleRecords().sort((one, two) => one.createdAt - two.createdAt)
  const transaction = await filled('oldest', records.map(rowOf))
  const times = records.filter(record => record.kind !== KIND_DELETION).map(record => record.createdAt)
  expect(await oldestContent(transaction)).toBe(times[0])
  await hollow(transaction, span(0, times[0] ?? 0))
  expect(await oldestContent(transaction)).toBe(times.find(time => time !== times[0]))
  await hollow(transaction, everything())
  expect(await oldestContent(transaction)).toBe(Number.POSITIVE_INFINITY)
})

test('what is erased leaves no place', async () => {
  const records = sampleRecords()
  const transaction = await filled('erase', records.map(rowOf))
  expect(await erase(transaction, everything())).toBe(records.length)
  expect(await transaction.objectStore('records').count()).toBe(0)
})

test('what has no content, or deletes, has nothing to give up', () => {
  const [record] = sampleRecords() as [Record]
  expect(isPurgeable(rowOf(record))).toBe(true)
  expect(isPurgeable({ ...rowOf(record), kind: KIND_DELETION })).toBe(false)
  expect(isPurgeable({ ...rowOf(record), wire: null })).toBe(false)
})
