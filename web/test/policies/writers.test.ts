import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/grants.json'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { hasValidSignature, recordOf } from '../../src/core/record.ts'
import { manifestId } from '../../src/core/rules.ts'
import { PolicyClass, type Verdict } from '../../src/core/verdict.ts'
import { ConfigError } from '../../src/errors.ts'
import { makeWriters, type Ownership } from '../../src/policies/writers.ts'
import { isGrantPolicy } from '../../src/room/wallet.ts'

const [ALICE, BOB] = [1, 2].map(byte => new SecretKey(new Uint8Array(32).fill(byte)).publicKey)
const POLICIES = vectors.policies.map(({ owners, collections }) =>
  makeWriters({ owners, ...(collections === null ? {} : { collections }) }),
)

test.each([...vectors.policies.entries()])('its manifest is that of Python: %i', (number, { parameters, manifest }) => {
  const made = POLICIES[number]?.manifest
  expect([made?.parameters, made && manifestId(made)]).toEqual([parameters, manifest])
})

test.each(vectors.cases)('it judges as Python does: $name', async ({ policy, event, rule, reason }) => {
  const record = recordOf(event)
  expect(hasValidSignature(record)).toBe(true)
  const [verdict] = ((await POLICIES[policy]?.judge([record])) ?? []) as Verdict[]
  const said = verdict?.type === 'Reject' ? [verdict.rule, verdict.reason] : [null, null]
  expect(said).toEqual([rule, reason])
})

test('it is an admission policy that asks for grants', () => {
  if (ALICE === undefined || BOB === undefined) throw new Error('there are two')
  const policy = makeWriters({ owners: npub(ALICE), collections: ['places', 'notes'] })
  expect([policy.policyClass, isGrantPolicy(policy)]).toEqual([PolicyClass.ADMISSION, true])
  expect([ALICE, BOB].map(author => policy.asks(author, 1_078, 'notes'))).toEqual([false, true])
  expect([policy.asks(BOB, 1_078, 'chat'), policy.asks(BOB, 5, 'notes')]).toEqual([false, false])
})

test.each<Ownership>([
  { owners: [] },
  { owners: 'me' },
  { owners: '00'.repeat(32) },
  { owners: ALICE ?? '', collections: ['*'] },
  { owners: ALICE ?? '', collections: ['two words'] },
  { owners: ALICE ?? '', collections: [] },
  { owners: Array.from({ length: 65 }, (_, at) => new SecretKey(new Uint8Array(32).fill(at + 1)).publicKey) },
])('what cannot be meant is refused: %#', ownership => {
  expect(() => makeWriters(ownership)).toThrow(ConfigError)
})
