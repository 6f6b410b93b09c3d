import { expect, test } from 'vitest'
import { layout } from '../../../src/elements/dashboard/layout.ts'

test('a dashboard of any width is laid out either narrow or wide', () => {
  const text = layout.cssText
  const narrow = [...text.matchAll(/@container \(max-width: ([\d.]+)px\)/g)].map(([, width]) => Number(width))
  const wide = [...text.matchAll(/@container \(min-width: ([\d.]+)px\)/g)].map(([, width]) => Number(width))
  expect(new Set(narrow).size).toBe(1)
  expect(new Set(wide).size).toBe(1)
  expect((wide[0] ?? 0) - (narrow[0] ?? 0)).toBeCloseTo(0.1)
})
