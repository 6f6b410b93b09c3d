import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vector from '../../tests/vectors/chances.json' with { type: 'json' }
import { seededRng } from './seeded.ts'

test('what is drawn is what every language draws', () => {
  const rng = seededRng(vector.seed)
  for (const { count, hex } of vector.bytes) expect(bytesToHex(rng.randomBytes(count))).toBe(hex)
  for (const whole of vector.whole) expect(rng.uint32()).toBe(whole)
  for (const { low, high, drawn } of vector.uniform) expect(rng.uniform(low, high)).toBe(drawn)
  for (const { items, count, drawn } of vector.samples) expect(rng.sample(items, count)).toEqual(drawn)
  expect(bytesToHex(rng.randomBytes(4))).toBe(vector.then)
})
