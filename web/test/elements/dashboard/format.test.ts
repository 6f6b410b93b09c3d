import { expect, test } from 'vitest'
import {
  abridged,
  excerpt,
  formatClock,
  formatCount,
  formatDay,
  formatLag,
  formatTime,
  idName,
  keyName,
  npubOf,
  peerName,
} from '../../../src/elements/dashboard/format.ts'
import { KEY, NOON } from './lobby.ts'

test('figures are grouped, and round trips have the unit that fits', () => {
  expect([0, 999, 12_345_678].map(formatCount)).toEqual(['0', '999', '12,345,678'])
  expect([null, 0.0004, 0.0123, 1.5].map(formatLag)).toEqual(['–', '<1 ms', '12 ms', '1,500 ms'])
})

test('times are UTC, and a time no calendar knows stays a number', () => {
  expect(formatTime(NOON)).toBe('2026-11-21 12:00:00')
  expect(formatTime(2 ** 53 - 1)).toBe('9007199254740991')
  expect(formatClock(NOON * 1_000 + 7)).toBe('12:00:00.007')
  expect(formatDay(Math.floor(NOON / 86_400))).toBe('2026-11-21')
})

test('long names are cut where people look at them', () => {
  const id = '0123456789abcdef'
  expect([abridged(id), abridged('short'), idName(id)]).toEqual(['01234567…cdef', 'short', '01234567'])
  expect([peerName('0000abcdefgh12345678'), peerName('short')]).toEqual(['…345678', 'short'])
  const npub = npubOf(KEY.publicKey)
  expect(npub).toMatch(/^npub1/)
  expect(npubOf(KEY.publicKey)).toBe(npub)
  expect(keyName(KEY.publicKey)).toBe(`${npub.slice(0, 10)}…${npub.slice(-4)}`)
})

test('an excerpt is one short line of any text', () => {
  expect(excerpt('  two\n\n lines ')).toBe(' two lines ')
  expect(excerpt('x'.repeat(65_536), 10)).toBe(`${'x'.repeat(10)}…`)
  expect(excerpt('\n'.repeat(10_000), 10)).toBe(' …')
  expect(excerpt('🙂'.repeat(5), 3)).toBe('🙂🙂🙂…')
})
