import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/bound.json'
import { bind, checkBound, isBound } from '../../src/core/bound.ts'
import { makeManifest, makeRules } from '../../src/core/rules.ts'

test.each(vectors.rooms)('$name is named by its rules', ({ room, retention, manifests, name }) => {
  const policies = manifests.map(([name, version, parameters, hashes]) =>
    makeManifest({
      name: String(name),
      version: Number(version),
      parameters: String(parameters),
      hashes: hashes as string[],
    }),
  )
  const rules = makeRules({ retentionSeconds: retention, policies })
  expect(bind(room, rules)).toBe(name)
  expect(() => checkBound(name, rules)).not.toThrow()
  expect(() => checkBound(room, rules)).not.toThrow()
  const others = makeRules({ retentionSeconds: retention + 1, policies })
  expect(() => checkBound(name, others)).toThrow('says which rules it has, and ours are others')
})

test.each(vectors.names)('$name says rules: $is_bound', ({ name, is_bound }) => {
  expect(isBound(name)).toBe(is_bound)
})
