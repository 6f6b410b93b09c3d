import { expect, test } from 'vitest'
import { makeManifest } from '../../src/core/rules.ts'
import { PolicyClass } from '../../src/core/verdict.ts'
import { ConfigError } from '../../src/errors.ts'
import { readPolicies } from '../../src/moderation/rulebook.ts'
import { admission, view } from '../../src/policies/function.ts'
import type { SetRule } from '../../src/ports.ts'

const LATEST: SetRule = {
  name: 'latest',
  policyClass: PolicyClass.SET_RULE,
  manifest: makeManifest({ name: 'latest', version: 1 }),
  reason: 'a newer one is there',
  group: () => null,
  keep: seats => new Set(seats.map(seat => seat.id)),
}

test('policies are sorted by what they may do, and views are no part of the rules', () => {
  const quiet = admission('quiet', { version: 1 }, () => null)
  const calm = view('calm', { version: 1 }, () => null)
  const rulebook = readPolicies([calm, LATEST, quiet])
  expect(rulebook).toMatchObject({ admission: [quiet], setRules: [LATEST], views: [calm] })
  expect(rulebook.manifests.map(manifest => manifest.name)).toEqual(['quiet', 'latest'])
})

test('a plain function is a view, named by its place', () => {
  const names = readPolicies([() => null, () => null]).views.map(policy => policy.name)
  expect(names.map(name => name.slice(0, 6))).toEqual(['view-0', 'view-1'])
})

test.each([null, 7, 'no-spam', { policyClass: 'odd' }])('%j is no policy', policy => {
  expect(() => readPolicies([policy as never])).toThrow(ConfigError)
})
