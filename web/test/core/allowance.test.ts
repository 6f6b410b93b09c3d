import { expect, test } from 'vitest'
import { Allowance } from '../../src/core/allowance.ts'
import { at } from '../protocol/pair.ts'

test('an allowance is full at first and fills with time', () => {
  const allowance = new Allowance(2, 10)
  expect(allowance.spend(10, at(5))).toBe(true)
  expect(allowance.spend(1, at(5))).toBe(false)
  expect(allowance.spend(1, at(5.5))).toBe(true)
})

test('what is not granted costs nothing', () => {
  const allowance = new Allowance(2, 10)
  allowance.spend(8, at(0))
  expect(allowance.spend(3, at(0))).toBe(false)
  expect(allowance.spend(2, at(0))).toBe(true)
})

test('an allowance never exceeds its burst', () => {
  const allowance = new Allowance(2, 10)
  expect(allowance.spend(11, at(1_000_000))).toBe(false)
  expect(allowance.spend(10, at(1_000_000))).toBe(true)
})

test('what is left is told and not taken, and may be less than nothing', () => {
  const allowance = new Allowance(2, 3)
  allowance.take(7)
  expect([0, 1, 4, 100].map(seconds => allowance.left(at(seconds)))).toEqual([-4, -2, 3, 3])
})
