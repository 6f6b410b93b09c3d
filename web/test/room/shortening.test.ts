import { expect, test, vi } from 'vitest'
import { DAY_SECONDS, HOUR_SECONDS } from '../../src/core/clock.ts'
import { RETENTION_SECONDS_MAX } from '../../src/core/limits.ts'
import { tellShorter } from '../../src/room/shortening.ts'

test.each([
  [RETENTION_SECONDS_MAX, 90 * DAY_SECONDS, 'for forever, and does for 90d'],
  [DAY_SECONDS, HOUR_SECONDS, 'for 1d, and does for 1h'],
  [2 * HOUR_SECONDS, 5_400, 'for 2h, and does for 5400'],
])('who keeps records for %i s, and for %i s from now on, is told so', (kept, said, words) => {
  const console = vi.spyOn(globalThis.console, 'warn').mockImplementation(() => {})
  tellShorter(kept, said)
  expect(console.mock.calls).toEqual([
    [`peerset: this store kept records ${words} from now on: what is older is deleted`],
  ])
  console.mockRestore()
})
