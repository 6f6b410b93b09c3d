/** Sums of what authors wrote, by UTC day. */
import { expect, test } from 'vitest'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { DaySums, sumOf, sumsOf } from '../../src/core/day-sum.ts'
import { KIND_DELETION, signRecord } from '../../src/core/record.ts'
import { key, makeRecord, START } from '../protocol/pair.ts'

const DAY = Math.floor(START / DAY_SECONDS)

test('a record is a sum of its own', () => {
  const record = makeRecord(1, { size: 500 })
  const { author, wire } = record
  expect(sumOf(record)).toEqual({ day: DAY, author, size: wire.length, records: 1, names: 0 })
})

test('each author and day has a sum', () => {
  const records = Array.from({ length: 9 }, (_, number) =>
    makeRecord(number, { at: (START - (number % 2) * DAY_SECONDS) as UnixTime, author: (number % 3) + 1 }),
  )
  const sums = sumsOf(records)
  const authors = [1, 2, 3].map(number => key(number).publicKey).sort()
  const expected = [DAY - 1, DAY].flatMap(day => authors.map(author => [day, author]))
  expect(sums.map(({ day, author }) => [day, author])).toEqual(expected)
  const total = (figures: readonly number[]) => figures.reduce((sum, figure) => sum + figure, 0)
  expect(total(sums.map(({ size }) => size))).toBe(total(records.map(({ wire }) => wire.length)))
  expect(total(sums.map(each => each.records))).toBe(9)
})

test('sums add up and come apart, and nothing is left of what went', () => {
  const [one, two] = [makeRecord(1), makeRecord(2, { size: 99 })]
  const sums = new DaySums([sumOf(one), sumOf(two)])
  expect(sums.all).toEqual(sumsOf([one, two]))
  expect(sums.add(sumOf(two), -1)).toEqual(sumOf(one))
  sums.add(sumOf(one), -1)
  expect(sums.all).toEqual([])
})

test('a deletion counts what it names', () => {
  const tags = ['ab', 'cd', 'ab'].map(byte => ['e', byte.repeat(32)])
  expect(sumOf(signRecord(key(1), { createdAt: START, kind: KIND_DELETION, tags, content: '' })).names).toBe(2)
})
