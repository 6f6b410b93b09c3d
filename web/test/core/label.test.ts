import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { HIDDEN, KEY_TAG, KIND_LABEL, labelledIn, labelTags, RECORD_TAG, REVOKED } from '../../src/core/label.ts'
import { signRecord } from '../../src/core/record.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(1))

test('a label names a record or a key by one word', () => {
  const tags = labelTags(REVOKED, KEY_TAG, KEY.publicKey)
  const label = signRecord(KEY, { createdAt: 5 as UnixTime, kind: KIND_LABEL, tags, content: 'why' })
  expect(labelledIn(label, REVOKED, KEY_TAG)).toBe(KEY.publicKey)
  expect([labelledIn(label, HIDDEN, KEY_TAG), labelledIn(label, REVOKED, RECORD_TAG)]).toEqual([null, null])
})
