/** Which days two peers compare. */

import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/windows.json' with { type: 'json' }
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import {
  RETENTION_SECONDS,
  RETENTION_SECONDS_MAX,
  WINDOW_STEP_SECONDS,
  WINDOW_STEPS_FROM,
} from '../../src/core/limits.ts'
import type { Root } from '../../src/core/message.ts'
import { cellDays, startOf } from '../../src/core/window.ts'
import { everything, Horizon } from '../../src/protocol/horizon.ts'
import { Lightness } from '../../src/protocol/lightness.ts'
import { marginSeconds, window } from '../../src/protocol/retention.ts'
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
  expect(startOf(firstDay)).toBeGreaterThanOrEqual(startOf(window(NOW).firstDay))
  expect(startOf(firstDay)).toBeLessThan(NOW)
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

test('just after midnight who keeps content of today alone compares up to the end of tomorrow', () => {
  const midnight = (TODAY * DAY_SECONDS + 20) as UnixTime
  const light = new Lightness(TODAY * DAY_SECONDS, { isShared: false })
  const opened = new Horizon(undefined, undefined, light).opening(midnight, { isFull: false })
  expect(opened).toEqual({ firstDay: TODAY, upto: everything(midnight) })
})

const SHORT = [3_600, 5_003, DAY_SECONDS, 7 * DAY_SECONDS - 1]

test.each(SHORT)('a room that keeps records for %i s compares from a step on', seconds => {
  const { firstDay, upto } = new Horizon(seconds).opening(NOW, { isFull: false })
  const early = startOf(firstDay) - (NOW - seconds + marginSeconds(seconds))
  expect([firstDay >= WINDOW_STEPS_FROM, early >= 0, early < WINDOW_STEP_SECONDS]).toEqual([true, true, true])
  expect(isWindow({ firstDay, upto })).toBe(true)
})

test.each(SHORT)('where records live for %i s, the root of a clock that is behind covers what we accept', seconds => {
  const [horizon, margin] = [new Horizon(seconds), marginSeconds(seconds)]
  for (const behind of [0, 1, Math.floor(margin / 2), margin, 2 * margin]) {
    const asked = horizon.opening((NOW - behind) as UnixTime, { isFull: true })
    const { firstDay = 0 } = horizon.answering(root(asked.firstDay, asked.upto), NOW) ?? {}
    expect(startOf(firstDay)).toBeGreaterThanOrEqual(Math.max(startOf(asked.firstDay), NOW - seconds))
    expect(firstDay === asked.firstDay || behind > margin).toBe(true)
  }
})

test('a window may begin with a step in any room, and with a day too', () => {
  const { firstDay } = new Horizon(3_600).opening(NOW, { isFull: true })
  expect(new Horizon().answering(root(firstDay, NOW), NOW)).toEqual({ firstDay, upto: NOW })
  expect(new Horizon(3 * DAY_SECONDS).answering(root(TODAY, NOW), NOW)).toEqual({ firstDay: TODAY, upto: NOW })
  expect(isWindow({ firstDay: 2 ** 32 - 1, upto: NOW })).toBe(false)
})
