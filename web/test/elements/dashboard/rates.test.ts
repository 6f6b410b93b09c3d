import { expect, test } from 'vitest'
import { linePoints, RATE_SECONDS, Rates } from '../../../src/elements/dashboard/rates.ts'

test('bytes are counted by the second, and the running one comes last', () => {
  const rates = new Rates()
  rates.add(10, 5_000)
  rates.add(20, 5_999)
  rates.add(5, 7_001)
  expect(rates.history(7_500).slice(-3)).toEqual([30, 0, 5])
  expect(rates.history(8_000).slice(-3)).toEqual([0, 5, 0])
  expect(rates.history(8_000)).toHaveLength(RATE_SECONDS)
})

test('what is older than a minute is forgotten, however long nothing came', () => {
  const rates = new Rates()
  rates.add(10, 1_000)
  expect(rates.history(1_000 * RATE_SECONDS)[0]).toBe(10)
  expect(rates.history(1_000 * (RATE_SECONDS + 1)).every(bytes => bytes === 0)).toBe(true)
  rates.add(7, 10_000_000)
  rates.add(9, 1_000)
  expect(rates.history(10_000_000).filter(bytes => bytes > 0)).toEqual([7])
})

test('a late byte is counted in its own second', () => {
  const rates = new Rates()
  rates.add(1, 9_000)
  rates.add(2, 8_000)
  expect(rates.history(9_000).slice(-2)).toEqual([2, 1])
})

test('a line goes from corner to corner, and stays in its box', () => {
  expect(linePoints([0, 50, 100, 200], 30, 10, 100)).toBe('0,10 10,5 20,0 30,0')
  expect(linePoints([5], 30, 10, 0)).toBe('0,10')
})
