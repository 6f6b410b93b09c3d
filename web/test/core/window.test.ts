import { expect, test } from 'vitest'
import { dayBound } from '../../src/core/bucket.ts'
import { DAY_SECONDS, UNIX_MAX } from '../../src/core/clock.ts'
import { WINDOW_STEPS_FROM } from '../../src/core/limits.ts'
import { firstBound, firstStep, laterDay, startOf, windowCell, windowDays } from '../../src/core/window.ts'

test('a window ends with the last day that is compared', () => {
  expect(windowDays(10, 12 * DAY_SECONDS)).toBe(2)
  expect(windowDays(10, 12 * DAY_SECONDS + 1)).toBe(3)
  expect(windowDays(10, 10 * DAY_SECONDS)).toBe(0)
  expect(windowDays(10, 0)).toBe(0)
})

test('a window begins with a day or with a step, which is no day of any clock', () => {
  const steps = WINDOW_STEPS_FROM
  expect([3, steps, steps + 2].map(startOf)).toEqual([3 * DAY_SECONDS, 0, 600])
  expect([-1, 0, 1, 300, 301].map(second => firstStep(second) - steps)).toEqual([0, 0, 1, 1, 2])
  expect(firstBound(firstStep(601))).toEqual([900, ''])
  expect([laterDay(3, firstStep(DAY_SECONDS)), laterDay(1, firstStep(3 * DAY_SECONDS))]).toEqual([3, steps + 864])
  expect(UNIX_MAX / DAY_SECONDS).toBeLessThan(steps)
})

test('of a window that begins with a step, the first cell is the rest of its days', () => {
  const [step, upto] = [firstStep(DAY_SECONDS + 1_500), 3 * DAY_SECONDS + 60]
  expect(windowDays(step, upto)).toBe(3)
  expect([0, 1].map(number => windowCell(step, number, 2, upto))).toEqual([
    [[DAY_SECONDS + 1_500, ''], dayBound(3)],
    [dayBound(3), [upto, '']],
  ])
  expect(windowCell(1, 0, 2, upto)).toEqual([dayBound(1), dayBound(3)])
})
