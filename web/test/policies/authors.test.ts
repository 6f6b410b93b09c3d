import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/grants.json'
import { manifestId } from '../../src/core/rules.ts'
import { ConfigError } from '../../src/errors.ts'
import { type Authors, makeAuthors } from '../../src/policies/authors.ts'
import { key, makeRecord } from '../protocol/pair.ts'

const [ALICE, BOB] = [key(1).publicKey, key(2).publicKey]

test.each(vectors.authors)('its manifest is that of Python: $parameters', ({ allow, deny, collections, ...wanted }) => {
  const given = { ...(allow && { allow }), deny, ...(collections && { collections }) }
  const { manifest } = makeAuthors(given)
  expect([manifest.parameters, manifestId(manifest)]).toEqual([wanted.parameters, wanted.manifest])
})

test.each<[Authors, (string | null)[]]>([
  [{ allow: [ALICE] }, [null, 'allow', 'allow']],
  [{ deny: [ALICE] }, ['deny', null, null]],
  [{ allow: [ALICE, BOB], deny: [BOB] }, [null, 'deny', 'deny']],
  [{ allow: [ALICE], collections: ['places'] }, [null, 'allow', null]],
  [{ allow: [], collections: ['places'] }, ['allow', 'allow', null]],
])('it refuses whom it lists, where it is asked: %#', async (given, rules) => {
  const records = [
    makeRecord(1, { author: 1, tags: [['c', 'places']] }),
    makeRecord(2, { author: 2, tags: [['c', 'places']] }),
    makeRecord(3, { author: 2 }),
  ]
  const verdicts = await makeAuthors(given).judge(records)
  expect(verdicts.map(verdict => (verdict.type === 'Reject' ? verdict.rule : null))).toEqual(rules)
})

test.each<Authors>([{}, { deny: [] }, { collections: ['places'] }, { allow: ['me'] }])(
  'what cannot be meant is refused: %j',
  given => {
    expect(() => makeAuthors(given)).toThrow(ConfigError)
  },
)
