import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/credit.json'
import {
  LIVE_BURST_SECONDS,
  LIVE_BYTES_PER_SECOND,
  LIVE_ID_BYTES,
  LIVE_RECORD_BYTES_MIN,
  RECORD_BYTES_MAX,
} from '../../src/core/limits.ts'
import { costOf, Inlet, QUARTER } from '../../src/protocol/inlet.ts'
import { at } from './pair.ts'

/** What a neighbour sends, or what becomes of it, or time that passes. */
interface Step {
  readonly records?: number
  readonly ids?: number
  readonly dealt?: number
  readonly refused?: number
  readonly size?: number
  readonly toll?: number
  readonly wait?: number
  readonly fits: boolean
  readonly credit: number | null
}

/** Let *inlet* take *step* at a time; give whether it fits, and the credit told then. */
function take(inlet: Inlet, step: Step, seconds: number): [fits: boolean, credit: number | null] {
  const { records, ids, dealt, refused = 0, size = 0, toll = 0 } = step
  const blob = new Uint8Array(size)
  if (records !== undefined) return [inlet.takeRecords(Array.from({ length: records }, () => blob)), null]
  if (ids !== undefined) {
    const fits = inlet.takeIds(ids)
    return [fits, fits ? inlet.dealt(ids * LIVE_ID_BYTES, 0, at(seconds)) : null]
  }
  if (step.wait !== undefined) return [true, inlet.tick(at(seconds))]
  const cost = costOf(0, blob)
  return [true, inlet.dealt((dealt ?? refused) * cost, refused * cost, at(seconds), toll)]
}

test.each(vectors as readonly { name: string; steps: readonly Step[] }[])('as in the vectors: $name', ({ steps }) => {
  const inlet = new Inlet()
  let seconds = 0
  for (const step of steps) {
    seconds += step.wait ?? 0
    expect(take(inlet, step, seconds), JSON.stringify(step)).toEqual([step.fits, step.credit])
  }
})

test('a live record counts no less than the least and one of a round what it is', () => {
  const [small, large] = [new Uint8Array(100), new Uint8Array(RECORD_BYTES_MAX)]
  expect([costOf(0, small), costOf(0, large), costOf(7, small)]).toEqual([LIVE_RECORD_BYTES_MIN, RECORD_BYTES_MAX, 100])
})

test('the largest record fits whatever little was not credited yet', () => {
  const [inlet, blob] = [new Inlet(), new Uint8Array(RECORD_BYTES_MAX - 1)]
  for (let number = 0; number < 100; number += 1) {
    expect(inlet.takeRecords([blob])).toBe(true)
    expect(inlet.isDealing).toBe(true)
    inlet.dealt(blob.length, 0, at(number))
  }
  expect([inlet.isDealing, inlet.deadline]).toEqual([false, null])
})

test('after a burst a neighbour is credited no more than so much a second, and all in the end', () => {
  const [inlet, large] = [new Inlet(), new Uint8Array(RECORD_BYTES_MAX)]
  const most = LIVE_BURST_SECONDS * LIVE_BYTES_PER_SECOND
  let [seconds, told, given] = [0, 0, 0]
  while (seconds < 20) {
    while (inlet.takeRecords([large])) {
      given += large.length
      told = inlet.dealt(large.length, 0, at(seconds)) ?? told
    }
    expect(told).toBeLessThanOrEqual(most + seconds * LIVE_BYTES_PER_SECOND)
    expect(inlet.isSlowed).toBe(true)
    seconds = Number(inlet.deadline) - at(0).monotonic
    told = inlet.tick(at(seconds)) ?? told
  }
  expect(given).toBeGreaterThanOrEqual(most + 19 * LIVE_BYTES_PER_SECOND)
  for (let due = inlet.deadline; due !== null; due = inlet.deadline) {
    told = inlet.tick(at(due - at(0).monotonic)) ?? told
  }
  expect(told).toBeGreaterThan(given - QUARTER)
  expect(inlet.isSlowed).toBe(false)
})

test('who keeps below that waits for nothing', () => {
  const [inlet, small] = [new Inlet(), new Uint8Array(100)]
  for (let second = 0; second < 100; second += 1) {
    for (let number = 0; number < LIVE_BYTES_PER_SECOND / LIVE_RECORD_BYTES_MIN; number += 1) {
      expect(inlet.takeRecords([small])).toBe(true)
      inlet.dealt(LIVE_RECORD_BYTES_MIN, 0, at(second))
    }
  }
  expect(inlet.deadline).toBe(null)
})
