import { expect, test } from 'vitest'
import { CLOCK_SKEW_SECONDS_NOTED } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { ClockComparison } from '../../src/protocol/skew.ts'

const [ONE, TWO, THREE] = ['0000one', '0000two', '0000three'] as [PeerId, PeerId, PeerId]
const FAR = CLOCK_SKEW_SECONDS_NOTED + 1

test('one peer says nothing of our clock', () => {
  expect(new ClockComparison().compare(ONE, 5_000)).toBeNull()
})

test.each([FAR, -FAR])('two peers that agree tell by how much ours is off', ahead => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, ahead)
  expect(clocks.compare(TWO, ahead)).toEqual({ type: 'ClockSkewed', seconds: -ahead, peers: 2 })
})

test('a difference up to the limit is none', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, CLOCK_SKEW_SECONDS_NOTED)
  expect(clocks.compare(TWO, CLOCK_SKEW_SECONDS_NOTED)).toBeNull()
})

test.each([
  [200, 203, -202],
  [200, 201, -200],
  [201, 202, -202],
  [-200, -203, 202],
  [-200, -201, 200],
])('between %i and %i halves go to the even second', (one, two, seconds) => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, one)
  expect(clocks.compare(TWO, two)).toEqual({ type: 'ClockSkewed', seconds, peers: 2 })
})

test('one liar among three changes nothing', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, 0)
  clocks.compare(TWO, 1)
  expect(clocks.compare(THREE, 1_000_000)).toBeNull()
})

test('a wrong clock is told once', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, FAR)
  expect(clocks.compare(TWO, FAR)).not.toBeNull()
  expect(clocks.compare(THREE, FAR)).toBeNull()
})

test('a clock that was right in between is told of again', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, FAR)
  clocks.compare(TWO, FAR)
  expect(clocks.compare(TWO, -FAR)).toBeNull()
  expect(clocks.compare(TWO, FAR)).toEqual({ type: 'ClockSkewed', seconds: -FAR, peers: 2 })
})

test('peers that are gone are left out', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, FAR)
  clocks.forget(ONE)
  clocks.forget(THREE)
  expect(clocks.compare(TWO, FAR)).toBeNull()
})
