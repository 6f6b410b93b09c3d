/** Which days two peers compare. */

import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/windows.json' with { type: 'json' }
import { cellDays } from '../../src/core/bucket.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { RETENTION_SECONDS, RETENTION_SECONDS_MAX } from '../../src/core/limits.ts'
import type { Root } from '../../src/core/message.ts'
import { everything, Horizon } from '../../src/protocol/horizon.ts'
import { window } from '../../src/protocol/retention.ts'
import { isWindow } from '../../src/protocol/round.ts'

const NOW = 1_790_000_123 as UnixTime
const TODAY = Math.floor(NOW / DAY_SECONDS)

function root(firstDay: number, upto: number): Root {
  return { type: 'Root', round: 1, firstDay, upto: upto as UnixTime, count: 0, digest: '0'.repeat(32) }
}

test.each(vectors.windows)('at $now the window of $retention_seconds s is as in Python', each => {
  const now = each.now as UnixTime
  const current = window(now, { retentionSeconds: each.retention_seconds })
  expect(current).toEqual({
    firstDay: each.first_day,
    upto: each.upto,
    offeredFrom: each.offered_from,
    keptFrom: each.kept_from,
    acceptedFrom: each.accepted_from,
    acceptedUntil: each.accepted_until,
  })
  expect(everything(now)).toBe(each.everything)
  expect(cellDays(current.firstDay, everything(now))).toBe(each.cell_days)
  const opened = new Horizon(each.retention_seconds, RETENTION_SECONDS_MAX).opening(now, { isFull: false })
  expect(isWindow(opened)).toBe(true)
})

test.each([
  [30, 90],
  [90, 30],
  [3_700, 30],
])('peers that keep %i and %i days compare what both keep', (ours, theirs) => {
  const { firstDay } = new Horizon(ours * DAY_SECONDS, theirs * DAY_SECONDS).opening(NOW, { isFull: true })
  expect(firstDay).toBe(window(NOW, { retentionSeconds: 30 * DAY_SECONDS }).firstDay)
})

test.each([-1, 0, 1, 2 ** 53 - 1])('a hello may name a retention of %i', theirs => {
  const { firstDay } = new Horizon(RETENTION_SECONDS, theirs).opening(NOW, { isFull: true })
  expect(firstDay).toBeGreaterThanOrEqual(window(NOW).firstDay)
  expect(firstDay).toBeLessThanOrEqual(TODAY)
})

test('a root is taken over up to a day before our own window, and up to its end', () => {
  const { firstDay } = window(NOW)
  const horizon = new Horizon()
  expect(horizon.answering(root(firstDay - 9, NOW), NOW)).toEqual({ firstDay: firstDay - 1, upto: NOW })
  expect(horizon.answering(root(firstDay + 9, NOW), NOW)).toEqual({ firstDay: firstDay + 9, upto: NOW })
  const upto = everything(NOW)
  expect(horizon.answering(root(firstDay, NOW + 9 * DAY_SECONDS), NOW)).toEqual({ firstDay, upto })
})

test.each([-50, -1, 1, 50])('clocks that are %i years apart have nothing in common', years => {
  const horizon = new Horizon()
  const { firstDay, upto } = horizon.opening((NOW + years * 365 * DAY_SECONDS) as UnixTime, { isFull: true })
  expect(horizon.answering(root(firstDay, upto), NOW)).toBeNull()
})

test('just after midnight a room of one day compares up to the end of tomorrow', () => {
  const midnight = (TODAY * DAY_SECONDS + 20) as UnixTime
  const opened = new Horizon(DAY_SECONDS).opening(midnight, { isFull: false })
  expect(opened).toEqual({ firstDay: TODAY, upto: everything(midnight) })
})
