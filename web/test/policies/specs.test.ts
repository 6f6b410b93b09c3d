/** Policies by their specs, compared with those that Python makes. */
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/grants.json'
import { manifestId } from '../../src/core/rules.ts'
import { ConfigError } from '../../src/errors.ts'
import { isMade, policyOf } from '../../src/policies/specs.ts'

test.each(vectors.specs)('$spec is the rule that it is in Python', async ({ spec, manifest }) => {
  if (manifest === null) {
    await expect(policyOf(spec)).rejects.toThrow(ConfigError)
  } else {
    const policy = await policyOf(spec)
    expect([isMade(spec), policy.spec, manifestId(policy.manifest)]).toEqual([true, spec, manifest])
  }
})

test('what a page does not have is said so', async () => {
  expect(isMade('quota:newest=5')).toBe(false)
  await expect(policyOf('quota:newest=5')).rejects.toThrow('a page has no policy "quota"')
})
