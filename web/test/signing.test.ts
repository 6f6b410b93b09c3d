import { expect, test } from 'vitest'
import type { UnixTime } from '../src/core/clock.ts'
import { SecretKey } from '../src/core/keys.ts'
import { decodeRecord, hasValidSignature, signRecord } from '../src/core/record.ts'
import { isSigned, signed } from './signing.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const SAYING = {
  createdAt: 1_790_000_000 as UnixTime,
  kind: 1078,
  tags: [
    ['h', 'ab'.repeat(16)],
    ['c', 'nötes', '"\\\n'],
  ],
  content: 'a "text" of several\nlines, \u{1f600} and\ta tab',
}

test('tests have the very records that are signed otherwise', () => {
  expect(signed(KEY, SAYING)).toEqual(signRecord(KEY, SAYING))
})

test('tests take for signed what is, and nothing else', () => {
  const record = signed(KEY, SAYING)
  const wire = record.wire.slice()
  wire[wire.length - 1] = (wire.at(-1) ?? 0) ^ 1
  for (const each of [record, decodeRecord(wire)]) expect(isSigned(each)).toBe(hasValidSignature(each))
  expect(isSigned(record)).toBe(true)
})
