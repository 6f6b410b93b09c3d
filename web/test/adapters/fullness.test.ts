import { expect, test, vi } from 'vitest'
import { rowOf } from '../../src/adapters/database.ts'
import { Fullness, isFull, SHELLS_OWED_MAX } from '../../src/adapters/fullness.ts'
import { type Change, lost } from '../../src/adapters/weight.ts'
import { StoreError } from '../../src/errors.ts'
import { sampleRecords } from './samples.ts'

const FULL = new StoreError('no room', { cause: new DOMException('no room', 'QuotaExceededError') })
const ROWS = sampleRecords().map(rowOf)

test('only what a browser calls a full storage is one', () => {
  expect([FULL, new StoreError('no room'), new DOMException('no room', 'QuotaExceededError')].map(isFull)).toEqual([
    true,
    false,
    false,
  ])
})

test('what fits is written once, and what fails otherwise is not tried again', async () => {
  const makeRoom = vi.fn(async () => true)
  const fullness = new Fullness(makeRoom)
  const work = vi.fn(async () => {})
  await fullness.fit(1, work)
  await expect(fullness.fit(1, () => Promise.reject(new StoreError('broken')))).rejects.toThrow('broken')
  expect([work.mock.calls.length, makeRoom.mock.calls.length]).toEqual([1, 0])
})

test('nobody who makes room means that nothing is tried again', async () => {
  const work = vi.fn(() => Promise.reject(FULL))
  await expect(new Fullness(undefined).fit(1, work)).rejects.toThrow(FULL)
  expect(work).toHaveBeenCalledOnce()
})

test('what takes its time to be freed is waited for', async () => {
  const makeRoom = vi.fn(async () => true)
  let times = 0
  await new Fullness(makeRoom).fit(5, async () => {
    times += 1
    if (times < 3) throw FULL
  })
  expect([times, makeRoom.mock.calls]).toEqual([3, [[5]]])
})

test('shells are owed until there is room for them, some at a time, and no more than so many', async () => {
  const fullness = new Fullness(undefined)
  await fullness.settle(9, () => Promise.reject(new Error('there is nothing to write')))
  fullness.owe(ROWS)
  expect(fullness.changes).toEqual(ROWS.map(lost))
  await fullness.settle(9, () => Promise.reject(FULL))
  await expect(fullness.settle(9, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  fullness.forget(
    ROWS.slice(0, 2).map(({ id }) => id),
    ROWS[4]?.place[0] ?? 0,
  )
  expect(fullness.changes).toEqual(ROWS.map(lost))
  const written: [number, readonly Change[]][] = []
  await fullness.settle(9, async (shells, changes) => void written.push([shells.length, changes]))
  expect(written.map(([count]) => count)).toEqual([9, 9, 3])
  expect([written[0]?.[1].length, written[1]?.[1].length]).toEqual([24 + 9, 9])
  expect(fullness.changes).toEqual([])
  fullness.owe(Array.from({ length: SHELLS_OWED_MAX + 5 }, () => ROWS[0] as (typeof ROWS)[0]))
  let total = 0
  await fullness.settle(SHELLS_OWED_MAX, async shells => {
    total += shells.length
  })
  expect(total).toBe(SHELLS_OWED_MAX)
})
