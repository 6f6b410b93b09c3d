import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/limits.json'
import * as limits from '../../src/core/limits.ts'

test.each(Object.entries(limits))('%s has the value that Python gives it', (name, value) => {
  expect(new Map<string, number>(Object.entries(vectors.limits)).get(name)).toBe(value)
})
