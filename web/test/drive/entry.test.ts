/** What a record says of a file, and what it cannot mean. */
import { expect, test } from 'vitest'
import type { Record } from '../../src/core/record.ts'
import { makeEntry, readEntry, TYPE_UNKNOWN, writeEntry } from '../../src/drive/entry.ts'

const RECORD = { author: 'ab'.repeat(32) } as Record
const ROOT = 'cd'.repeat(32)

test.each([
  makeEntry({ path: 'a', size: 0, data: new Uint8Array() }),
  makeEntry({ path: 'a', size: 3, data: Uint8Array.of(0, 127, 255), type: 'text/plain', meta: [1] }),
  makeEntry({ path: 'a', size: 9, blob: { root: ROOT, size: 9 }, isExecutable: true }),
  makeEntry({ path: 'a', size: 50_001, blob: { root: ROOT, size: 51_200 }, seal: { key: ROOT, plain: ROOT } }),
  makeEntry({ path: 'a', size: 0, link: 'b' }),
])('what is written is read: %j', entry => {
  expect(readEntry('a', writeEntry(entry), RECORD)).toEqual({ ...entry, author: RECORD.author, record: RECORD })
})

test.each([
  null,
  [],
  {},
  { size: 1 },
  { size: -1, link: 'b' },
  { size: 1.5, blob: ROOT },
  { size: 0, blob: ROOT },
  { size: 1, blob: ROOT.toUpperCase() },
  { size: 1, blob: 'ab' },
  { size: 2 ** 37, blob: ROOT },
  { size: 2, data: 'AA==' },
  { size: 1, data: 'A' },
  { size: 1, data: '*A==' },
  { size: 1, data: 'AA==', link: 'b' },
  { size: 0, link: 7 },
  { size: 1, blob: ROOT, key: ROOT },
  { size: 1, blob: ROOT, plain: ROOT },
  { size: 1, blob: ROOT, key: ROOT.toUpperCase(), plain: ROOT },
  { size: 1, blob: ROOT, key: 7, plain: ROOT },
  { size: 1, blob: ROOT, key: ROOT.slice(2), plain: ROOT },
  { size: 1, data: 'AA==', key: ROOT, plain: ROOT },
])('what makes no sense is no file: %j', value => {
  expect(readEntry('a', value, RECORD)).toBeNull()
})

test('a type that is none is unknown', () => {
  expect(readEntry('a', { size: 0, link: 'b', type: 7 }, RECORD)?.type).toBe(TYPE_UNKNOWN)
})
