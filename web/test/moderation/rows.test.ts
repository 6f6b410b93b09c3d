import { expect, test } from 'vitest'
import { readRow } from '../../src/moderation/rows.ts'

test('an object is read, and what is none is not', () => {
  expect(readRow('{"points":1}')).toEqual({ points: 1 })
  expect(['', 'null', '7', '"text"', '{', '['.repeat(100_000)].map(readRow)).toEqual(Array(6).fill(null))
})
