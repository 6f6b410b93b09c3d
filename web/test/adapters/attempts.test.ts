import { afterEach, expect, test, vi } from 'vitest'
import { Attempts } from '../../src/adapters/attempts.ts'
import { ATTEMPT_TIMEOUT_SECONDS, ATTEMPTS_MAX } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('so many strangers are tried at once, each as often as it likes, until it came or its time is up', () => {
  let now = 1_000
  vi.spyOn(performance, 'now').mockImplementation(() => now * 1_000)
  const attempts = new Attempts()
  const strangers = Array.from({ length: ATTEMPTS_MAX + 2 }, (_, number) => `stranger ${number}` as PeerId)
  const [first, second] = strangers as [PeerId, PeerId]
  expect(strangers.map(peer => attempts.admit(peer))).toEqual(strangers.map((_, number) => number < ATTEMPTS_MAX))
  expect(attempts.admit(first)).toBe(true)
  attempts.forget(first)
  expect([attempts.admit(strangers.at(-1) as PeerId), attempts.admit(first)]).toEqual([true, false])
  now += ATTEMPT_TIMEOUT_SECONDS
  expect([attempts.admit(first), attempts.admit(second)]).toEqual([true, true])
})
