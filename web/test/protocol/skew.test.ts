import { expect, test } from 'vitest'
import { DAY_SECONDS, HOUR_SECONDS, type Moment, type Monotonic, type UnixTime } from '../../src/core/clock.ts'
import { CLOCK_SKEW_SECONDS_NOTED } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { ClockComparison, ClockTrust } from '../../src/protocol/skew.ts'

const [ONE, TWO, THREE] = ['0000one', '0000two', '0000three'] as [PeerId, PeerId, PeerId]
const FAR = CLOCK_SKEW_SECONDS_NOTED + 1
const YEAR_SECONDS = 365 * DAY_SECONDS
const NOW: Moment = { monotonic: 50 as Monotonic, unix: 1_790_000_123 as UnixTime }

/** Give the moment *passed* seconds after NOW, when the wall clock leapt *leap* seconds meanwhile. */
function at(passed: number, leap = 0): Moment {
  return { monotonic: (NOW.monotonic + passed) as Monotonic, unix: (NOW.unix + passed + leap) as UnixTime }
}

function seenBefore(seconds: number): UnixTime {
  return (NOW.unix - seconds) as UnixTime
}

/** Have no peers whose clocks could be compared. */
function alone(): null {
  return null
}

test('one peer says nothing of our clock', () => {
  expect(new ClockComparison().compare(ONE, NOW.unix + 5_000, NOW)).toBeNull()
})

test.each([FAR, -FAR])('two peers that agree tell by how much ours is off', ahead => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + ahead, NOW)
  expect(clocks.compare(TWO, NOW.unix + ahead, NOW)).toEqual({
    type: 'ClockSkewed',
    seconds: -ahead,
    peers: 2,
    isOurs: true,
  })
})

test('a difference up to the limit is none', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + CLOCK_SKEW_SECONDS_NOTED, NOW)
  expect(clocks.compare(TWO, NOW.unix + CLOCK_SKEW_SECONDS_NOTED, NOW)).toBeNull()
})

test.each([
  [200, 203, -202],
  [200, 201, -200],
  [201, 202, -202],
  [-200, -203, 202],
  [-200, -201, 200],
])('between %i and %i halves go to the even second', (one, two, seconds) => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + one, NOW)
  expect(clocks.compare(TWO, NOW.unix + two, NOW)).toEqual({ type: 'ClockSkewed', seconds, peers: 2, isOurs: true })
})

test('one liar among three changes nothing', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + 0, NOW)
  clocks.compare(TWO, NOW.unix + 1, NOW)
  expect(clocks.compare(THREE, NOW.unix + 1_000_000, NOW)).toBeNull()
})

test('a wrong clock is told once', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + FAR, NOW)
  expect(clocks.compare(TWO, NOW.unix + FAR, NOW)).not.toBeNull()
  expect(clocks.compare(THREE, NOW.unix + FAR, NOW)).toBeNull()
})

test('a clock that was right in between is told of again', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + FAR, NOW)
  clocks.compare(TWO, NOW.unix + FAR, NOW)
  expect(clocks.compare(TWO, NOW.unix - FAR, NOW)).toBeNull()
  expect(clocks.compare(TWO, NOW.unix + FAR, NOW)).toEqual({
    type: 'ClockSkewed',
    seconds: -FAR,
    peers: 2,
    isOurs: true,
  })
})

test('peers that are gone are left out', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + FAR, NOW)
  clocks.forget(ONE)
  clocks.forget(THREE)
  expect(clocks.compare(TWO, NOW.unix + FAR, NOW)).toBeNull()
})

test('peers that do not agree with each other cannot say whose clock is wrong', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix + 5_000, NOW)
  const skewed = clocks.compare(TWO, NOW.unix + 9_000, NOW)
  expect(skewed).toEqual({ type: 'ClockSkewed', seconds: -7_000, peers: 2, isOurs: false })
})

test('what peers said stays true when our own clock steps', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, NOW.unix, NOW)
  expect(clocks.ahead(NOW)).toBeNull()
  clocks.compare(TWO, NOW.unix, NOW)
  expect(clocks.ahead(at(600))).toBe(0)
  expect(clocks.ahead(at(600, YEAR_SECONDS))).toBe(-YEAR_SECONDS)
})

test('a room that has nothing to lose believes its clock', () => {
  expect(new ClockTrust(null, alone).believes(NOW)).toBe(true)
})

test.each([
  [-YEAR_SECONDS, true],
  [0, true],
  [DAY_SECONDS, true],
  [DAY_SECONDS + 1, false],
])('a clock that went on by %i s unseen is believed: %s', (leap, isBelieved) => {
  expect(new ClockTrust(NOW.unix, alone).believes(at(0, leap))).toBe(isBelieved)
})

test('a clock that leaps while the room runs is not believed until it falls back', () => {
  const trust = new ClockTrust(null, alone)
  const moments = [NOW, at(600, YEAR_SECONDS), at(1_200, YEAR_SECONDS), at(1_800), at(2_400, YEAR_SECONDS)]
  expect(moments.map(now => trust.believes(now))).toEqual([true, false, false, true, false])
})

test.each([
  [0, true],
  [HOUR_SECONDS, true],
  [-HOUR_SECONDS, true],
  [HOUR_SECONDS + 1, false],
])('peers that are %i s ahead vouch for a clock: %s', (ahead, isBelieved) => {
  expect(new ClockTrust(seenBefore(YEAR_SECONDS), () => ahead).believes(NOW)).toBe(isBelieved)
})

test('without peers a clock is believed once it ran for a day without a leap', () => {
  const trust = new ClockTrust(seenBefore(YEAR_SECONDS), alone)
  const leap = YEAR_SECONDS
  const moments = [NOW, at(DAY_SECONDS - 600, leap), at(DAY_SECONDS, leap), at(2 * DAY_SECONDS, leap)]
  expect(moments.map(now => trust.believes(now))).toEqual([false, false, false, true])
})

test('a day alone does not outvote peers', () => {
  const trust = new ClockTrust(seenBefore(YEAR_SECONDS), () => -YEAR_SECONDS)
  expect([NOW, at(2 * DAY_SECONDS)].map(now => trust.believes(now))).toEqual([false, false])
})
