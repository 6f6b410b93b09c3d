/** What `join` takes as `files`. */
import { expect, test } from 'vitest'
import { readLimits } from '../../src/drive/limits.ts'
import { ConfigError } from '../../src/errors.ts'

test('sizes are bytes or texts, and each has a default', () => {
  expect(readLimits({})).toEqual({ blobBytes: 64 * 2 ** 20, roomBytes: 2 ** 30, keep: 'used', authorBytes: 2 ** 28 })
  const given = { blob: '1 MB', room: 300_000, keep: 'all', author: '200 kB' } as const
  expect(readLimits(given)).toEqual({ blobBytes: 1_000_000, roomBytes: 300_000, keep: 'all', authorBytes: 200_000 })
})

test.each([
  7,
  'all',
  { blob: '1 XB' },
  { blob: 1 },
  { blob: '65 GiB' },
  { room: -1 },
  { author: 0 },
  { keep: 'some' },
  { rooms: 1 },
])('what cannot be meant is refused: %j', given => {
  expect(() => readLimits(given as never)).toThrow(ConfigError)
})
