import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/stamps.json'
import { newestFirst } from '../../src/adapters/order.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { recordOf } from '../../src/core/record.ts'
import { MICROSECONDS, microsecondsOf, splitStamp, stampOf } from '../../src/core/stamp.ts'

test.each(vectors.records)('the first tag us of $tags gives the microseconds', ({ tags, microseconds }) => {
  expect(microsecondsOf({ tags })).toBe(microseconds)
  expect(stampOf({ createdAt: 3 as UnixTime, tags })).toBe(3 * MICROSECONDS + microseconds)
})

test('readers see the newest first and of equal stamps the lowest id', () => {
  const ids = vectors.order.map(({ id }) => id)
  expect(
    vectors.order
      .toReversed()
      .map(recordOf)
      .sort(newestFirst)
      .map(({ id }) => id),
  ).toEqual(ids)
})

test.each([0, 1, 999_999, 1_000_000, 1_790_000_000_000_001, 2 ** 53])('the stamp %i is said and read again', stamp => {
  const said = splitStamp(stamp)
  expect(stampOf(said)).toBe(stamp)
  expect(said.tags.length === 0).toBe(stamp % MICROSECONDS === 0)
})
