/** Policies of content in a sealed room: rules over the set, in no rules id. */
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { KIND_PIN, type Record } from '../../src/core/record.ts'
import { makeManifest, makeRules, rulesId } from '../../src/core/rules.ts'
import { PolicyClass } from '../../src/core/verdict.ts'
import { ConfigError } from '../../src/errors.ts'
import { withContentRules } from '../../src/moderation/content-rules.ts'
import { type AnyPolicy, readPolicies } from '../../src/moderation/rulebook.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import { admission } from '../../src/policies/function.ts'
import { authors, writers } from '../../src/policies/shipped.ts'
import { key, makeRecord } from '../protocol/pair.ts'

const loud = admission('loud', { version: 1 }, ({ content }) => (content === 'record 2' ? 'too loud' : null))

/** Make a policy of which nothing is asked but what it is. */
function described(name: string, policyClass: string, judgesEnvelopes: boolean): AnyPolicy {
  const manifest = makeManifest({ name, version: 1 })
  const own = { name, policyClass: policyClass as PolicyClass, manifest, judgesEnvelopes }
  if (policyClass === PolicyClass.SET_RULE) return { ...own, reason: '', group: () => null, keep: () => new Set() }
  return { ...own, judge: records => records.map(() => ({ type: 'Accept' })) }
}

function idOf(rulebook: ReturnType<typeof readPolicies>): string {
  return rulesId(makeRules({ policies: rulebook.manifests }))
}

test.each(vectors.rules)('a sealed room has the rules id that it has in Python: $name', vector => {
  const plain = readPolicies(vector.policies.map(each => described(each.name, each.class, each.judges_envelopes)))
  const sealed = withContentRules(plain)
  expect([idOf(plain), idOf(sealed)]).toEqual([vector.open, vector.sealed])
  expect(sealed.admission.map(({ name }) => name)).toEqual(vector.admission)
  expect(sealed.setRules.map(({ name }) => name)).toEqual(vector.set_rules)
  expect(sealed.views).toEqual(plain.views)
})

test('what the policy refuses is shadowed each by itself, and what does not open is not asked about', () => {
  const shadows = new Shadows(withContentRules(readPolicies(loud)).setRules)
  const [calm, shout] = [makeRecord(1), makeRecord(2)]
  const closed: Record = { ...makeRecord(2, { author: 2 }), unread: 'foreign' }
  const pin = makeRecord(2, { author: 3, kind: KIND_PIN })
  shadows.add([calm, shout, closed, pin])
  expect(shadows.shadowing(shout.id)).toMatchObject({ policy: 'loud', reason: 'its content is refused by loud' })
  expect([calm, closed, pin].map(({ id }) => shadows.shadowing(id))).toEqual([null, null, null])
})

test('what pins show is refused as before', () => {
  const shadows = new Shadows(withContentRules(readPolicies([loud])).setRules)
  const [shout, gone] = [makeRecord(2), makeRecord(2, { author: 4 })]
  shadows.add([shout, gone])
  shadows.removeBefore(shout.createdAt + 1, new Set([shout.id]))
  expect([shout, gone].map(({ id }) => shadows.shadowing(id)?.policy)).toEqual(['loud', undefined])
  shadows.remove(shout.id)
  expect(shadows.shadowing(shout.id)).toBeNull()
  shadows.show(shout)
  expect(shadows.shadowing(shout.id)?.policy).toBe('loud')
})

test('a policy that tells collections apart is refused, for envelopes do not show them', async () => {
  const owners = key(1).publicKey
  for (const collections of [['places'], undefined]) {
    for (const policy of [await writers({ owners, collections }), await authors({ allow: [owners], collections })]) {
      const rulebook = readPolicies(policy)
      if (collections === undefined) expect(withContentRules(rulebook).admission).toEqual([policy])
      else expect(() => withContentRules(rulebook)).toThrow('a sealed room hides the names of collections')
    }
  }
})

test('a policy that answers later can only be a view', () => {
  const slow = { ...loud, name: 'slow', judge: async () => [] }
  expect(() => withContentRules(readPolicies(slow))).toThrow(ConfigError)
  expect(() => withContentRules(readPolicies(slow))).toThrow('in a sealed room it can only be a view')
})
