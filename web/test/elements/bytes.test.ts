import { expect, test } from 'vitest'
import { formatBytes } from '../../src/elements/bytes.ts'

test('bytes have the unit that fits', () => {
  expect([0, 999, 1_000, 1_990, 123_456, 5_000_000, 2e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.9 kB',
    '123 kB',
    '5.0 MB',
    '2000 GB',
  ])
})
