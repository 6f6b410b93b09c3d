import { expect, test } from 'vitest'
import { DAY_SECONDS } from '../../../src/core/clock.ts'
import { hasValidSignature, roomTagOf } from '../../../src/core/record.ts'
import { roomTag } from '../../../src/core/signal.ts'
import { makeSamples } from '../../../src/elements/dashboard/samples.ts'
import { seededRng } from '../../seeded.ts'
import { NAME, NOON } from './lobby.ts'

const samples = (count: number, days: number) => [
  ...makeSamples(count, { room: NAME, rng: seededRng('samples'), now: NOON, days }),
]

test('samples are signed records of the room, within the days asked for', () => {
  const records = samples(20, 3)
  expect(records).toHaveLength(20)
  expect(records.every(hasValidSignature)).toBe(true)
  expect(records.every(record => roomTagOf(record) === roomTag(NAME))).toBe(true)
  expect(records.every(({ createdAt }) => createdAt <= NOON && createdAt > NOON - 3 * DAY_SECONDS)).toBe(true)
  expect(new Set(records.map(record => record.id)).size).toBe(20)
})

test('the same chance makes the same samples', () => {
  expect(samples(3, 1)).toEqual(samples(3, 1))
})
