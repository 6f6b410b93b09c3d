/** Whose keys were useful for long. */
import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import { ACQUAINTANCES_MAX, ACQUAINTED_SECONDS } from '../../src/core/limits.ts'
import { type Acquaintance, Acquaintances } from '../../src/protocol/acquaintances.ts'

const at = (seconds: number) => seconds as UnixTime
const key = (number: number) => String(number).padStart(64, '0') as PublicKey
const many = (count: number) => Array.from({ length: count }, (_, number): Acquaintance => [key(number), at(number)])

test('the latest are kept, and no more than so many', () => {
  const acquaintances = new Acquaintances()
  for (const [who, seen] of many(ACQUAINTANCES_MAX + 1)) expect(acquaintances.meet(who, seen)).toBe(true)
  expect([acquaintances.has(key(0)), acquaintances.has(key(1))]).toEqual([false, true])
  expect(acquaintances.all).toHaveLength(ACQUAINTANCES_MAX)
})

test('who is met again is written down once an hour, and goes later', () => {
  const acquaintances = new Acquaintances(many(ACQUAINTANCES_MAX))
  const hours = [ACQUAINTED_SECONDS - 1, ACQUAINTED_SECONDS]
  expect(hours.map(seconds => acquaintances.meet(key(0), at(seconds)))).toEqual([false, true])
  acquaintances.meet(key(99), at(ACQUAINTED_SECONDS))
  expect([acquaintances.has(key(0)), acquaintances.has(key(1))]).toEqual([true, false])
})

test('a clock that was set back keeps nobody from being written down', () => {
  const acquaintances = new Acquaintances([[key(1), at(1_000_000)]])
  expect(acquaintances.meet(key(1), at(5_000))).toBe(true)
  expect(acquaintances.all).toEqual([[key(1), 5_000]])
})

test('of too many that were kept the latest are taken up', () => {
  const seen = new Acquaintances(many(100).toReversed()).all.map(([, seconds]) => seconds)
  expect(seen).toEqual(Array.from({ length: ACQUAINTANCES_MAX }, (_, number) => 100 - ACQUAINTANCES_MAX + number))
})
