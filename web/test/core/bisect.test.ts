import { expect, test } from 'vitest'
import { bisectLeft, bisectRight } from '../../src/core/bisect.ts'

const SORTED = [1, 3, 3, 3, 7]

test('the left place of a number is before all its equals, the right one after them', () => {
  expect([0, 1, 3, 5, 7, 8].map(value => bisectLeft(SORTED, value))).toEqual([0, 0, 1, 4, 4, 5])
  expect([0, 1, 3, 5, 7, 8].map(value => bisectRight(SORTED, value))).toEqual([0, 1, 4, 4, 5, 5])
})

test('a search can be kept to a part', () => {
  expect(bisectLeft(SORTED, 3, 2)).toBe(2)
  expect(bisectLeft(SORTED, 9, 0, 3)).toBe(3)
  expect(bisectRight(Float64Array.from(SORTED), 3, 1, 3)).toBe(3)
})

test('among no numbers every place is the first', () => {
  expect([bisectLeft([], 5), bisectRight([], 5)]).toEqual([0, 0])
})
