import { expect, test } from 'vitest'
import { flowText, fullHeight, sparkline } from '../../../src/elements/dashboard/sparkline.ts'
import { markupOf } from './markup.ts'

test('the rate shown is that of the last whole second', () => {
  expect([flowText([0, 1_500, 7]), flowText([])]).toEqual(['1.5 kB/s', '0 B/s'])
})

test('heartbeats stay a ripple, and lines that are compared have one height', () => {
  expect(fullHeight([[0, 20], [40]])).toBe(2_000)
  expect(fullHeight([[0, 20], [40_000]])).toBe(40_000)
  expect(fullHeight([])).toBe(2_000)
})

test('a line says how much it stands for', () => {
  expect(markupOf(sparkline([0, 1_500, 7], 2_000))).toContain('aria-label="1.5 kB in 60 seconds"')
})
