import { expect, test } from 'vitest'
import { ERRORS } from '../../src/core/cause.ts'
import { AgeError, RejectedError, SignatureError } from '../../src/errors.ts'

test('only age and signature have errors of their own', () => {
  expect(Object.keys(ERRORS)).toEqual(['age', 'signature', 'room', 'deleted', 'refused', 'policy'])
  const own = Object.entries(ERRORS).filter(([, error]) => error !== RejectedError)
  expect(own).toEqual([
    ['age', AgeError],
    ['signature', SignatureError],
  ])
})
