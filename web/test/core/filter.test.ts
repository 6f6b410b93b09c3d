import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { type FilterFields, makeFilter, matches } from '../../src/core/filter.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { type RecordId, signRecord } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(1))
const STRANGER = new SecretKey(new Uint8Array(32).fill(2))
const OTHER_ID = '00'.repeat(32) as RecordId
const RECORD = signRecord(KEY, {
  createdAt: 1_000 as UnixTime,
  kind: 1_078,
  tags: [['c', 'notes', 'x'], ['c', 'drafts'], ['r']],
  content: '',
})

test.each<FilterFields>([
  {},
  { ids: [RECORD.id, OTHER_ID] },
  { authors: new Set([KEY.publicKey]) },
  { kinds: [1, 1_078] },
  { since: 1_000 },
  { until: 1_000 },
  { tags: { c: ['drafts'] } },
  { limit: 0 },
  { ids: RECORD.id, authors: KEY.publicKey, kinds: 1_078, tags: { c: 'notes' } },
  { authors: npub(KEY.publicKey) },
  { authors: [npub(KEY.publicKey), STRANGER.publicKey] },
  { ids: null, since: null, limit: null },
])('a record passes when every given field does: %j', fields => {
  expect(matches(makeFilter(fields), RECORD)).toBe(true)
})

test.each<FilterFields>([
  { ids: [OTHER_ID] },
  { ids: [] },
  { authors: [STRANGER.publicKey] },
  { kinds: [1] },
  { since: 1_001 },
  { until: 999 },
  { tags: { c: ['x'] } },
  { tags: { c: [] } },
  { tags: { c: ['notes'], d: ['notes'] } },
  { tags: { r: [''] } },
  { kinds: [1_078], since: 1_001 },
])('a record is stopped by one field: %j', fields => {
  expect(matches(makeFilter(fields), RECORD)).toBe(false)
})

test.each<FilterFields>([{ authors: 'npub1nonsense' }, { authors: 'me' }, { ids: 'abcd' }, { ids: [''] }])(
  'what can be none is refused by its name: %j',
  fields => {
    expect(() => makeFilter(fields)).toThrow(ConfigError)
  },
)

test.each(['', 'cc', '#c', '1', 'é'])('tags are asked for by one letter, not %j', name => {
  expect(() => makeFilter({ tags: { [name]: ['x'] } })).toThrow('one letter')
})

test.each([-1, Number.NaN])('a limit is not negative: %s', limit => {
  expect(() => makeFilter({ limit })).toThrow('limit')
})
