import { expect, test } from 'vitest'
import { byAge, newestFirst } from '../../src/adapters/order.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import type { RecordId } from '../../src/core/record.ts'

const place = (createdAt: number, id: string) => ({ createdAt: createdAt as UnixTime, id: id as RecordId, tags: [] })
const PLACES = [place(2, 'b'), place(1, 'c'), place(2, 'a'), place(3, 'd'), place(2, 'a')]

test('ties are broken by the lowest id first, in either order of time', () => {
  expect(PLACES.toSorted(byAge).map(({ id }) => id)).toEqual(['c', 'a', 'a', 'b', 'd'])
  expect(PLACES.toSorted(newestFirst).map(({ id }) => id)).toEqual(['d', 'a', 'a', 'b', 'c'])
})
