/** Successions, compared with those of Python. */
import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/heirs.json'
import type { UnixTime } from '../../src/core/clock.ts'
import { spokenFor } from '../../src/core/grant.ts'
import { isNamed, knownSuccession, readSuccession, signSuccession, successionText } from '../../src/core/heir.ts'
import { type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { recordOf } from '../../src/core/record.ts'
import { MalformedError } from '../../src/errors.ts'

test.each(vectors.successions)(
  'an heir is named and read as in Python: $since',
  ({ secret_key, heir, since, token }) => {
    const key = new SecretKey(hexToBytes(secret_key))
    const said = signSuccession(key, heir as PublicKey, since as UnixTime)
    expect([successionText(said), readSuccession(token), isNamed(said)]).toEqual([token, said, true])
  },
)

test.each(vectors.cases)(
  'a record speaks for whoever the chain of heirs began with: $name',
  ({ event, speaks_for }) => {
    expect(spokenFor(recordOf(event))).toBe(speaks_for)
  },
)

test.each(vectors.refusals)('what is no token is refused: $name', ({ text }) => {
  expect(() => readSuccession(text)).toThrow(MalformedError)
  expect(knownSuccession(text)).toBe(null)
})

test('a megabyte is refused by its length', () => {
  expect(() => readSuccession(`heir1${'A'.repeat(2 ** 20)}`)).toThrow('has 187 characters')
})
