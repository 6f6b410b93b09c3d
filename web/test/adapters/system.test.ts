import { expect, test } from 'vitest'
import { systemClock, systemRng } from '../../src/adapters/system.ts'
import { ConfigError } from '../../src/errors.ts'

test('the system reads records by whole seconds and never sets timeouts back', () => {
  const now = systemClock()
  const moments = Array.from({ length: 1_000 }, now)
  expect(moments.every(moment => Number.isInteger(moment.unix))).toBe(true)
  expect(moments.every((moment, at) => moment.monotonic >= (moments[at - 1]?.monotonic ?? 0))).toBe(true)
})

test('the system draws any number of bytes', () => {
  const rng = systemRng()
  expect([0, 1, 32, 65_536, 65_537, 200_000].map(count => rng.randomBytes(count).length)).toEqual([
    0, 1, 32, 65_536, 65_537, 200_000,
  ])
  const tail = rng.randomBytes(200_000).subarray(196_608)
  expect(tail.some(byte => byte !== 0)).toBe(true)
})

test('the system draws numbers inside their bounds', () => {
  const rng = systemRng()
  for (let round = 0; round < 1_000; round++) {
    const number = rng.uniform(-2, 3)
    expect(number >= -2 && number < 3).toBe(true)
    const whole = rng.uint32()
    expect(Number.isInteger(whole) && whole >= 0 && whole < 2 ** 32).toBe(true)
  }
})

test('the system draws different elements, each at most once', () => {
  const rng = systemRng()
  const items = Array.from({ length: 50 }, (_, at) => at)
  expect(rng.sample(items, 50).sort((one, other) => one - other)).toEqual(items)
  expect(new Set(rng.sample(items, 20)).size).toBe(20)
  expect(rng.sample(items, 0)).toEqual([])
  expect(() => rng.sample(items, 51)).toThrow(ConfigError)
  expect(() => rng.sample(items, -1)).toThrow(ConfigError)
})
