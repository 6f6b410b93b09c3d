import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/pins.json'
import { recordOf } from '../../src/core/record.ts'
import { manifestId } from '../../src/core/rules.ts'
import { PolicyClass } from '../../src/core/verdict.ts'
import { ConfigError } from '../../src/errors.ts'
import { pins } from '../../src/policies/pinning.ts'

const [{ event, inside }] = vectors.pins as [(typeof vectors.pins)[0]]

test('it is the rule of Python, whatever the order of the keys', async () => {
  for (const allow of [vectors.policy.allow, vectors.policy.allow.toReversed()]) {
    const policy = await pins({ allow })
    expect([policy.name, policy.policyClass]).toEqual(['pins', PolicyClass.ADMISSION])
    expect(policy.manifest.parameters).toBe(vectors.policy.parameters)
    expect(manifestId(policy.manifest)).toBe(vectors.policy.manifest)
  }
})

test('pins of others are refused, and nothing else of theirs', async () => {
  const pin = recordOf(event)
  const listed = await pins({ allow: [pin.author] })
  const foreign = await pins({ allow: [recordOf(inside).author] })
  const refusal = { type: 'Reject', policy: 'pins', rule: 'allow' }
  expect(await listed.judge([pin, recordOf(inside)])).toEqual([{ type: 'Accept' }, { type: 'Accept' }])
  expect(await foreign.judge([pin, { ...recordOf(inside), author: pin.author }])).toMatchObject([
    refusal,
    { type: 'Accept' },
  ])
})

test('what is no key is refused', async () => {
  await expect(pins({ allow: ['npub1nonsense'] })).rejects.toThrow(ConfigError)
})
