import { expect, test } from 'vitest'
import {
  checkBucketSeconds,
  dayBound,
  dayCuts,
  dayOf,
  earlier,
  isBefore,
  isSameBound,
  lastDay,
} from '../../src/core/bucket.ts'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import type { Bound } from '../../src/core/message.ts'
import { ConfigError } from '../../src/errors.ts'

test('a day begins at midnight', () => {
  expect([-1, 0, 86_399, 86_400].map(dayOf)).toEqual([-1, 0, 0, 1])
  expect(dayBound(3)).toEqual([259_200, ''])
})

test('the day of a time near 2^53 is exact', () => {
  const midnight = 2 ** 53 - (2 ** 53 % DAY_SECONDS)
  for (const createdAt of [midnight - 1, midnight, midnight + 1, Number.MAX_SAFE_INTEGER]) {
    expect(dayOf(createdAt)).toBe(Number(BigInt(createdAt) / BigInt(DAY_SECONDS)))
  }
})

test('bounds are ordered by time, then by the bytes of the prefix', () => {
  const ascending: Bound[] = [
    [1, 'ff'],
    [2, ''],
    [2, '00'],
    [2, '0001'],
    [2, '01'],
    [10, ''],
  ]
  for (const [place, bound] of ascending.entries()) {
    expect(ascending.map(other => isBefore(bound, other))).toEqual(ascending.map((_, number) => number > place))
    expect(ascending.map(other => isSameBound(bound, other))).toEqual(ascending.map((_, number) => number === place))
    expect(ascending.map(other => earlier(bound, other))).toEqual(
      ascending.map((other, number) => (number < place ? other : bound)),
    )
  }
})

test('a bound at midnight belongs to the day before', () => {
  expect(lastDay([2 * DAY_SECONDS, ''])).toBe(1)
  expect(lastDay([2 * DAY_SECONDS, '00'])).toBe(2)
  expect(lastDay([2 * DAY_SECONDS + 1, ''])).toBe(2)
})

test('a range of days is cut at midnights', () => {
  expect(dayCuts([5, ''], [3 * DAY_SECONDS + 1, ''], 64)).toEqual([dayBound(1), dayBound(2), dayBound(3)])
})

test.each([-1, 0, 1])('a range cut into %i parts stays whole', parts => {
  expect(dayCuts(dayBound(0), dayBound(9), parts)).toEqual([])
})

test('more days than parts share cells', () => {
  const cuts = dayCuts(dayBound(0), dayBound(90), 16)
  expect(cuts).toEqual(Array.from({ length: 14 }, (_, number) => dayBound(6 * (number + 1))))
  expect(dayCuts(dayBound(0), [2 ** 53, '00'], 64).length).toBeLessThanOrEqual(63)
})

test('a range of nothing has no cuts', () => {
  expect(dayCuts(dayBound(5), dayBound(2), 4)).toEqual([])
  expect(dayCuts(dayBound(5), dayBound(5), 4)).toEqual([])
})

test.each([-3_600, 0, 7, 0.5, 86_401, 172_800, Number.NaN])('a bucket of %d seconds is refused', seconds => {
  expect(() => checkBucketSeconds(seconds)).toThrow(ConfigError)
  expect(() => checkBucketSeconds(seconds)).toThrow('it must divide a day (86400 seconds)')
})

test('an hour is a bucket', () => {
  expect(checkBucketSeconds(3_600)).toBe(3_600)
})
