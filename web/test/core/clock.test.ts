/** The dates that records and windows may have. */

import { expect, test } from 'vitest'
import { clamped, UNIX_MAX, UNIX_MIN } from '../../src/core/clock.ts'

test.each([
  [-1, UNIX_MIN],
  [0, UNIX_MIN],
  [UNIX_MIN + 0.9, UNIX_MIN],
  [2 ** 31 + 0.5, 2 ** 31],
  [UNIX_MAX + 1, UNIX_MAX],
  [2 ** 60, UNIX_MAX],
])('a clock that says %d gives the date %i', (unix, date) => {
  expect(clamped(unix)).toBe(date)
})
