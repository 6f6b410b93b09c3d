import { expect, test } from 'vitest'
import { durationText } from '../../src/elements/duration.ts'

test.each([
  [0, '0 seconds'],
  [0.6, '1 second'],
  [1, '1 second'],
  [90, '90 seconds'],
  [300, '5 minutes'],
  [-300.4, 'about 5 minutes'],
  [7_199, 'about 120 minutes'],
  [83_557, 'about 23 hours'],
  [86_400, '24 hours'],
  [90 * 86_400, '90 days'],
  [3_700 * 86_400, 'about 10 years'],
])('%f seconds are %s', (seconds, words) => {
  expect(durationText(seconds)).toBe(words)
})
