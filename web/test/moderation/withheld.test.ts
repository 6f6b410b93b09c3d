/** What is kept from readers: by a rule, by the user, or since it has expired. */
import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { hasExpired } from '../../src/core/expiration.ts'
import type { Record } from '../../src/core/record.ts'
import { isWithheld } from '../../src/moderation/withheld.ts'

const NOW = 1_790_000_000 as UnixTime

function record(tags: string[][] = [], more: Partial<Record> = {}): Record {
  return { id: 'a', tags, ...more } as Record
}

function court(hidden = false, shadowed = false) {
  const shadowing = () =>
    shadowed ? ({ type: 'Reject', policy: 'x', reason: 'y', rule: '', span: null } as const) : null
  return { hides: () => hidden, shadows: { shadowing } }
}

test.each([
  ['nothing is wrong with it', court(), record(), false],
  ['it does not open', court(), record([['sealed', 'ab'.repeat(8)]], { unread: 'foreign' }), false],
  ['a rule shadows it', court(false, true), record(), true],
  ['the user hides it', court(true), record(), true],
  ['it has expired', court(), record([['expiration', String(NOW)]]), true],
  ['it is still to expire', court(), record([['expiration', String(NOW + 1)]]), false],
])('a record when %s', (_, court, record, expected) => {
  expect(isWithheld(record, court, { hides: each => hasExpired(each, NOW) })).toBe(expected)
})
