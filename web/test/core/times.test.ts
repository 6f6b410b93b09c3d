import { expect, test } from 'vitest'
import { readSince, readUntil } from '../../src/core/times.ts'
import { ConfigError } from '../../src/errors.ts'

const NOW = 1_790_000_000

test('every day is where the calendar of browsers has it', () => {
  for (let day = -800_000; day < 80_000; day += 97) {
    const text = new Date(day * 86_400_000).toISOString()
    if (/^[+-]|^0000/.test(text)) continue
    expect(readSince(text.slice(0, 10), NOW)).toBe(day * 86_400)
  }
})

test.each([
  ['2026-01-31T12:00Z', Date.UTC(2026, 0, 31, 12) / 1e3],
  ['2026-01-31 12:00:01.5+02:00', Date.UTC(2026, 0, 31, 10) / 1e3 + 2],
  ['2024-02-29', Date.UTC(2024, 1, 29) / 1e3],
  ['2h', NOW - 7_200],
  ['-5', -5],
  [new Date(1_500), 2],
  [7.2, 8],
])('%s begins at %i', (value, seconds) => {
  expect(readSince(value, NOW)).toBe(seconds)
})

test('a day alone ends with its last second', () => {
  expect(readUntil('2026-01-31', NOW)).toBe(Date.UTC(2026, 1, 1) / 1e3 - 1)
  expect(readUntil('2026-01-31T00:00', NOW)).toBe(Date.UTC(2026, 0, 31) / 1e3)
})

test.each([
  '2026-02-30',
  '2023-02-29',
  '2026-13-01',
  '2026-01-01T24:00',
  '2026-01-01T10:60',
  'soon',
  null,
  {},
  Number.NaN,
])('%s is no time', value => {
  expect(() => readSince(value, NOW)).toThrow(ConfigError)
})
