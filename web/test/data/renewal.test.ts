import { expect, test, vi } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { ageSeconds, lookAfter, lookSeconds } from '../../src/data/renewal.ts'
import { RoomClosedError } from '../../src/errors.ts'

test.each([
  [7_776_000, 5_184_000, 3_600],
  [86_400, 57_600, 3_600],
  [3_600, 2_400, 150],
  [3, 2, 60],
  [0, 0, 60],
])('a window of %i seconds is looked after as often as it takes, and never without a pause', (window, age, pause) => {
  expect([ageSeconds(window), lookSeconds(window)]).toEqual([age, pause])
})

test.each([0, 10_000])('after %i ms it is looked when it is due, and no more once the room is left', async wait => {
  vi.useFakeTimers()
  vi.stubGlobal('navigator', undefined)
  try {
    const [looked, failed, ends]: [number[], unknown[], (() => void)[]] = [[], [], []]
    const errors = [new Error('the disk is full'), new RoomClosedError('the room was left')]
    const begun = Date.now()
    const now = () => ((Date.now() - begun) / 1_000) as UnixTime
    const charge = {
      name: 'what is ours',
      now,
      isDue: (at: UnixTime) => at >= (looked.at(-1) ?? -120) + 120,
      look: async (at: UnixTime) => {
        looked.push(at)
        throw errors[looked.length - 1]
      },
      failed: (error: unknown) => failed.push(error),
      keep: (end: () => void) => ends.push(end),
    }
    lookAfter(charge, wait)
    await vi.advanceTimersByTimeAsync(200_000)
    expect(looked).toEqual([wait / 1_000, wait === 0 ? 120 : 180])
    expect(failed).toEqual([errors[0]])
    for (const end of ends) end()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(looked.length).toBe(2)
  } finally {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }
})
