import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { cursorOf, type FilterFields, makeFilter, matches } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { type RecordId, signRecord } from '../../src/core/record.ts'

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
  { authors: [KEY.publicKey, STRANGER.publicKey] },
  { after: { stamp: 1_000_000_001, id: OTHER_ID } },
  { after: { stamp: 1_000_000_000, id: OTHER_ID } },
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
  { after: cursorOf(RECORD) },
  { after: { stamp: 999_999_999, id: OTHER_ID } },
])('a record is stopped by one field: %j', fields => {
  expect(matches(makeFilter(fields), RECORD)).toBe(false)
})
