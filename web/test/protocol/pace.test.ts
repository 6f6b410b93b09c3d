import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import {
  ROOT_INTERVAL_SECONDS,
  ROOT_QUIET_SECONDS,
  ROUND_BACKOFF_MAX_SECONDS,
  ROUND_BURST_MAX,
  ROUND_INTERVAL_SECONDS,
  ROUND_SETTLE_SECONDS,
  ROUNDS_AT_ONCE_MAX,
} from '../../src/core/limits.ts'
import { COMPARED_AFTER_SECONDS, type Outcome, Pace } from '../../src/protocol/pace.ts'
import { seededRng } from '../seeded.ts'
import { at } from './pair.ts'

const FRUITLESS: Outcome = {
  isEqual: false,
  isSame: false,
  gained: 0,
  given: 0,
  otherCount: 0,
  isCut: false,
  upto: 0 as UnixTime,
}
const EQUAL: Outcome = { ...FRUITLESS, isEqual: true, isSame: true }
const FRUITFUL: Outcome = { ...FRUITLESS, gained: 1 }
const CUT: Outcome = { ...FRUITLESS, isCut: true }

function makePace({ isInitiator = true } = {}): Pace {
  return new Pace({ isInitiator, rng: seededRng('pace') })
}

/** Let a round begin and end at once; give when the next one is due. */
function end(pace: Pace, outcome: Outcome): number | null {
  pace.opened(at(0))
  pace.ended(at(0), outcome)
  return pace.due
}

/** A round that gave something to a peer that had *otherCount* records before. */
function given(otherCount: number): Outcome {
  return { ...FRUITLESS, given: 1, otherCount }
}

test('the first round compares the youngest records too', () => {
  const pace = makePace()
  expect(pace.isFull).toBe(true)
  pace.opened(at(0))
  expect(pace.isFull).toBe(false)
  expect(pace.due).toBeNull()
})

test('equal roots are compared again after ten minutes or so when nothing is new', () => {
  const pace = makePace()
  pace.ended(at(100), EQUAL)
  expect(pace.due).toBe(100 + ROOT_QUIET_SECONDS * seededRng('pace').uniform(0.9, 1.1))
})

test('what is new is compared once it is old enough and by the other side when nobody does', () => {
  const dues = [true, false].map(isInitiator => {
    const pace = makePace({ isInitiator })
    pace.ended(at(0), EQUAL)
    pace.added(at(100), (at(100).unix - 20) as UnixTime)
    pace.added(at(150), (at(150).unix + 30) as UnixTime)
    return pace.due ?? 0
  })
  const [first = 0, second = 0] = dues
  const wait = first - 100 - (COMPARED_AFTER_SECONDS - 20)
  expect(wait).toBeGreaterThanOrEqual(ROOT_INTERVAL_SECONDS)
  expect(wait).toBeLessThanOrEqual(2 * ROOT_INTERVAL_SECONDS)
  expect(second).toBeCloseTo(first + ROOT_INTERVAL_SECONDS)
})

test('what came during a round was not compared by it', () => {
  const pace = makePace()
  pace.opened(at(1))
  pace.added(at(1), at(1).unix)
  pace.ended(at(1), { ...EQUAL, upto: (at(1).unix + 900) as UnixTime })
  expect(pace.due).toBeLessThan(1 + COMPARED_AFTER_SECONDS + 2 * ROOT_INTERVAL_SECONDS)
})

test('what is dated ahead keeps nothing else from being compared', () => {
  const pace = makePace()
  pace.added(at(0), (at(0).unix + 900) as UnixTime)
  expect(pace.due).toBe(COMPARED_AFTER_SECONDS + ROOT_INTERVAL_SECONDS)
})

test('what was too young for a round is compared in another', () => {
  const pace = makePace()
  const { unix } = at(0)
  pace.added(at(0), unix)
  pace.opened(at(1))
  pace.ended(at(1), { ...EQUAL, upto: unix })
  expect(pace.due).toBeLessThan(1 + COMPARED_AFTER_SECONDS + 2 * ROOT_INTERVAL_SECONDS)
  pace.opened(at(2))
  pace.ended(at(2), { ...EQUAL, upto: (unix + 1) as UnixTime })
  expect(pace.due).toBeGreaterThanOrEqual(2 + 0.9 * ROOT_QUIET_SECONDS)
})

test('progress is followed up at once but not for ever', () => {
  const pace = makePace()
  for (let round = 0; round < ROUNDS_AT_ONCE_MAX; round += 1) {
    pace.opened(at(5))
    pace.ended(at(5), FRUITFUL)
    expect(pace.due).toBe(5)
    expect(pace.isFull).toBe(true)
  }
})

test('a large set that goes on making progress is never slowed to minutes', () => {
  const pace = makePace()
  for (let round = 0; round < ROUNDS_AT_ONCE_MAX; round += 1) end(pace, FRUITFUL)
  for (const outcome of [FRUITFUL, given(9), given(10)]) expect(end(pace, outcome)).toBe(ROUND_INTERVAL_SECONDS)
})

test('progress ends the back-off', () => {
  const pace = makePace()
  const waits = [FRUITLESS, FRUITLESS, FRUITFUL, FRUITLESS].map(outcome => end(pace, outcome))
  expect(waits).toEqual([20, 40, 0, 20])
})

test('what is given in vain is no progress', () => {
  // With other rules, the peer refuses the same records each time; nobody needs to hear of them all the time.
  const pace = makePace()
  expect([0, 1, 2, 3].map(() => end(pace, given(7)))).toEqual([0, 20, 40, 80])
})

test('what was left out has its turn at once, as often as progress', () => {
  const pace = makePace()
  for (let round = 0; round < ROUNDS_AT_ONCE_MAX; round += 1) expect(end(pace, CUT)).toBe(0)
  expect(end(pace, CUT)).toBe(20)
})

test('fruitless rounds back off until one ends equal', () => {
  const pace = makePace()
  for (const wait of [20, 40, 80, 160, 320, ROUND_BACKOFF_MAX_SECONDS, ROUND_BACKOFF_MAX_SECONDS]) {
    pace.opened(at(0))
    pace.ended(at(0), FRUITLESS)
    expect(pace.due).toBe(wait)
  }
  pace.ended(at(0), EQUAL)
  pace.opened(at(20))
  pace.ended(at(20), FRUITLESS)
  expect(pace.due).toBe(40)
})

test('what moved during or after an unequal round is compared as soon as it is here', () => {
  for (const isInitiator of [true, false]) {
    const pace = makePace({ isInitiator })
    pace.opened(at(100))
    pace.ended(at(100), FRUITLESS)
    pace.moved(at(100.2))
    expect([pace.due, pace.isFull]).toEqual([100 + ROUND_SETTLE_SECONDS, true])
    pace.opened(at(101))
    pace.moved(at(101.5))
    pace.ended(at(105), FRUITLESS)
    // What is to be compared soon was noted a second after the round was opened.
    expect(pace.due).toBe(102)
    pace.opened(at(105))
    pace.ended(at(105), EQUAL)
    const planned = pace.due
    pace.moved(at(106))
    expect(pace.due).toBe(planned)
  }
})

test('sets that move without end and never become equal back off', () => {
  const pace = makePace()
  let now = 0
  for (let round = 0; round < ROUNDS_AT_ONCE_MAX; round += 1) {
    pace.opened(at(now))
    pace.moved(at(now))
    pace.ended(at(now), FRUITLESS)
    now += ROUND_SETTLE_SECONDS
    expect(pace.due).toBe(now)
  }
  pace.opened(at(now))
  pace.moved(at(now))
  pace.ended(at(now), FRUITLESS)
  pace.moved(at(now + 1))
  expect((pace.due ?? 0) - now).toBeGreaterThanOrEqual(ROUND_INTERVAL_SECONDS)
})

test('who may only invite waits for the other', () => {
  const pace = makePace({ isInitiator: false })
  pace.ended(at(0), FRUITFUL)
  expect(pace.due).toBeNull()
})

test('records that nobody announces are compared soon and once', () => {
  const pace = makePace()
  pace.opened(at(100))
  pace.poke(at(101))
  expect(pace.due).toBe(100 + ROUND_INTERVAL_SECONDS)
  expect(pace.isFull).toBe(true)
  pace.poke(at(200))
  expect(pace.due).toBe(100 + ROUND_INTERVAL_SECONDS)
  pace.opened(at(200))
  pace.poke(at(300))
  expect(pace.due).toBe(300)
})

test.each([true, false])('what came too late for a fruitless round is compared soon after it', isInitiator => {
  const pace = makePace({ isInitiator })
  for (const outcome of [FRUITLESS, EQUAL]) {
    pace.opened(at(100))
    pace.poke(at(101))
    pace.ended(at(105), outcome)
    expect(pace.due === 100 + ROUND_INTERVAL_SECONDS).toBe(outcome === FRUITLESS)
  }
})

test('a peer may open some rounds at once and then one a second', () => {
  const pace = makePace({ isInitiator: false })
  for (let round = 0; round < ROUND_BURST_MAX; round += 1) expect(pace.admits(at(0))).toBe(true)
  expect(pace.admits(at(0))).toBe(false)
  // What was refused was counted too.
  expect(pace.admits(at(2))).toBe(true)
  expect(pace.admits(at(2))).toBe(false)
})
