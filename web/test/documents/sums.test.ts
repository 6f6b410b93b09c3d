/** Sums; more in tests/vectors/data.json, which Python writes. */
import { expect, test } from 'vitest'
import { sumOf } from '../../src/documents/sums.ts'

test('a sum is the nearest double, whatever the order', () => {
  expect(sumOf([])).toBe(0)
  expect(sumOf(new Array(10).fill(0.1))).toBe(1)
  expect(sumOf([1e16, 0.1, -1e16, 0.2])).toBe(sumOf([0.2, 1e16, -1e16, 0.1]))
})

test('what overflows on the way is a number still, and what does in the end is none', () => {
  expect(sumOf([1e308, 1e308, -1e308])).toBe(1e308)
  expect(sumOf([1e308, 1e308])).toBeNull()
})
