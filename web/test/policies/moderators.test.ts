import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/labels.json'
import { SecretKey } from '../../src/core/keys.ts'
import { recordOf } from '../../src/core/record.ts'
import { manifestId } from '../../src/core/rules.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import { type Moderators, makeModerators, makeRevoked, type Revokers } from '../../src/policies/moderators.ts'
import { moderators, revoked } from '../../src/policies/shipped.ts'

const MODERATOR = new SecretKey(new Uint8Array(32).fill(1))
const RULES = vectors.rules.map(({ name, options }) =>
  name === 'moderators'
    ? makeModerators(options as unknown as Moderators)
    : makeRevoked(options as unknown as Revokers),
)

test.each(vectors.rules.map((said, at) => [at, said] as const))('rule %i has the manifest of Python', (at, said) => {
  const made = RULES[at]?.manifest
  expect([made?.parameters, made && manifestId(made)]).toEqual([said.parameters, said.manifest])
})

test.each(vectors.cases)('what is shadowed and why, whatever comes first: $name', ({ rule, events, why }) => {
  const records = events.map(recordOf)
  for (const order of [records, records.toReversed()]) {
    const shadows = new Shadows(RULES.slice(rule, rule + 1))
    for (const each of order) shadows.add([each])
    expect(records.map(({ id }) => shadows.shadowing(id)?.reason ?? null)).toEqual(why)
  }
})

test.each(vectors.cases)('what a pin shows is shadowed as its record was: $name', ({ rule, events, why }) => {
  const records = events.map(recordOf)
  const shadows = new Shadows(RULES.slice(rule, rule + 1))
  for (const [place, each] of records.entries()) why[place] === null ? shadows.add([each]) : shadows.show(each)
  expect(records.map(({ id }) => shadows.shadowing(id)?.reason ?? null)).toEqual(why)
})

test('what cannot be meant is refused', async () => {
  await expect(moderators({ keys: [] })).rejects.toThrow('1 to 64 moderators, not 0')
  await expect(moderators({ keys: 'npub1nobody' })).rejects.toThrow('must have 63 characters')
  await expect(moderators({ keys: MODERATOR.publicKey, mutual: 'yes' as never })).rejects.toThrow('mutual is true or')
  await expect(revoked({ owners: [] })).rejects.toThrow('1 to 64 owners, not 0')
})
