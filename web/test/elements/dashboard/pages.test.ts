import { expect, test } from 'vitest'
import { EMPTY_PAGE, PAGE_RECORDS, placesOf, readPage } from '../../../src/elements/dashboard/pages.ts'
import { ANYTHING, readSearch } from '../../../src/elements/dashboard/search.ts'
import { meet, written } from './lobby.ts'

const records = Array.from({ length: PAGE_RECORDS + 10 }, (_, number) =>
  written(`text ${number % 2 === 0 ? 'even' : 'odd'} ${number}`, number, [['c', number < 4 ? 'few' : 'many']]),
)

test('pages go from the newest to the oldest, and the last one says so', async () => {
  const [room] = await meet(1)
  await room?.add(records)
  const read = (fields: Partial<typeof ANYTHING>, number: number) =>
    readPage(room as never, readSearch({ ...ANYTHING, ...fields }), number)
  const first = await read({}, 0)
  expect([first.records.length, first.hasMore, first.total]).toEqual([PAGE_RECORDS, true, records.length])
  expect(first.records[0]).toEqual(records[0])
  const second = await read({}, 1)
  expect([second.records.length, second.hasMore, second.total]).toEqual([10, false, records.length])
  expect(await read({}, 2)).toMatchObject({ records: [], hasMore: false })
  expect(await read({ collection: 'few' }, 0)).toMatchObject({ total: 4, hasMore: false })
  expect(await read({ collection: 'many' }, 0)).toMatchObject({ total: null, hasMore: true })
  const even = await read({ text: 'even' }, 0)
  expect([even.records.length, even.total, even.isCut]).toEqual([records.length / 2, records.length / 2, false])
  await room?.leave()
})

test('a page says where it is', () => {
  const page = { ...EMPTY_PAGE, records: records.slice(0, 50), total: 60, hasMore: true }
  expect(placesOf(page, String)).toBe('1–50 of 60')
  expect(placesOf({ ...page, number: 1, records: records.slice(50), total: 60, hasMore: false }, String)).toBe(
    '51–60 of 60',
  )
  expect(placesOf({ ...page, total: null }, String)).toBe('1–50 of more')
  expect(placesOf({ ...page, total: 9_000, isCut: true }, String)).toBe('1–50 of 9000, among the newest 20000')
  expect(placesOf(EMPTY_PAGE, String)).toBe('None of 0')
})
