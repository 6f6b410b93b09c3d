import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seen.json'
import { expiresAt } from '../../src/core/expiration.ts'

test.each(vectors.expirations)('what $tags say of the end', ({ tags, at }) => {
  expect(expiresAt({ tags })).toBe(at)
})
