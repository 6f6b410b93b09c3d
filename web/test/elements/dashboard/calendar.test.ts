import { expect, test } from 'vitest'
import {
  CELLS_MAX,
  calendarOf,
  cellLabel,
  cellName,
  DAYS_DRAWN_MIN,
  whole,
} from '../../../src/elements/dashboard/calendar.ts'
import { NOON } from './lobby.ts'

const TODAY = Math.floor(NOON / 86_400)

/** Give one record on each of the last *count* days. */
const daily = (count: number) => Array.from({ length: count }, (_, at) => ({ day: TODAY - count + 1 + at, count: 1 }))
const drawn = (days: ReturnType<typeof daily>) => calendarOf(days, whole(days, TODAY))

test('a young room is drawn with a month of days, up to today', () => {
  for (const days of [[], daily(1)]) {
    const { scale, cells } = drawn(days)
    expect([scale, cells.length, cells.at(-1)?.first]).toEqual(['day', DAYS_DRAWN_MIN, TODAY])
    expect(cells.filter(({ count }) => count > 0)).toHaveLength(days.length)
  }
})

test.each([
  [90, 'day', 90],
  [CELLS_MAX, 'day', CELLS_MAX],
  [CELLS_MAX + 1, 'month', 5],
  [3_700, 'month', 122],
  [20_000, 'year', 55],
])('%i days are drawn by the %s, in %i marks', (count, scale, cells) => {
  const calendar = drawn(daily(count))
  expect([calendar.scale, calendar.cells.length]).toEqual([scale, cells])
  expect(calendar.cells.reduce((sum, cell) => sum + cell.days, 0)).toBe(count)
  expect(calendar.cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(count)
})

test('marks follow each other without a gap, and a month ends where the next begins', () => {
  const { cells, scale } = drawn(daily(400))
  for (const [place, cell] of cells.slice(1).entries()) expect(cell.first).toBe((cells[place]?.last ?? 0) + 1)
  expect(cells.slice(1).map(cell => cellName(cell, scale).slice(-2))).toEqual(
    [11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(month => String(month).padStart(2, '0')),
  )
})

test('what is dated ahead, or has no records, is drawn as such', () => {
  const days = [
    { day: TODAY - 2, count: 0 },
    { day: TODAY + 1, count: 3 },
  ]
  const { cells } = drawn(days)
  expect(cells.at(-1)).toEqual({ first: TODAY + 1, last: TODAY + 1, count: 3, days: 1 })
  expect(cells.filter(({ count }) => count > 0)).toHaveLength(1)
})

test('a month that is looked into has its days, whatever else there is', () => {
  const month = drawn(daily(3_700)).cells.at(-2)
  if (month === undefined) throw new Error('there are months')
  const { scale, cells } = calendarOf(daily(3_700), month)
  expect([scale, cells.length, cellName(cells[0] ?? month, scale)]).toEqual(['day', 31, '2026-10-01'])
})

test('few marks have a name under them', () => {
  const labels = (count: number) => {
    const calendar = drawn(daily(count))
    return calendar.cells.map(cell => cellLabel(cell, calendar)).filter(Boolean)
  }
  expect(labels(1)).toEqual(['1 Nov', '8 Nov', '15 Nov'])
  expect(labels(90)).toEqual(['Sep', 'Oct', 'Nov'])
  expect(labels(800)).toEqual(['2025', '2026'])
  expect(labels(200)).toEqual(['May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov'])
  expect(labels(20_000)).toEqual(['1980', '1990', '2000', '2010', '2020'])
})
