import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openDatabase, type Row, rowOf, STORES } from '../../src/adapters/database.ts'
import { FACET_BYTES, gained, lost, ROW_BYTES, reweigh, unweigh, weigh } from '../../src/adapters/weight.ts'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import { NOON, sampleRecords } from './samples.ts'

const ROWS = sampleRecords().map(rowOf)

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
