import { expect, test } from 'vitest'
import { pins } from '../../src/policies/pinning.ts'

test('what is asked for is loaded', async () => {
  expect((await pins({ allow: [] })).name).toBe('pins')
})
