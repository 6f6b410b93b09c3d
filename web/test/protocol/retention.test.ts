/** Which times a record may carry, and when old ones are collected. */

import { expect, test } from 'vitest'
import {
  after,
  clamped,
  DAY_SECONDS,
  HOUR_SECONDS,
  MINUTE_SECONDS,
  type Moment,
  type Monotonic,
  UNIX_MAX,
  type UnixTime,
} from '../../src/core/clock.ts'
import {
  COLLECTION_INTERVAL_SECONDS,
  COLLECTION_JITTER_SECONDS,
  FUTURE_SECONDS_MAX,
  RETENTION_MARGIN_SECONDS,
  RETENTION_SECONDS,
  UPTO_LAG_SECONDS,
} from '../../src/core/limits.ts'
import type { RecordId } from '../../src/core/record.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import { everything } from '../../src/protocol/horizon.ts'
import {
  accepts,
  BucketState,
  bucketState,
  CLOCK_CHECK_SECONDS,
  CollectionState,
  Retention,
  TRANSITIONS,
  window,
} from '../../src/protocol/retention.ts'
import { ClockTrust } from '../../src/protocol/skew.ts'
import { seededRng } from '../seeded.ts'

const NOW = 1_790_000_123 as UnixTime
const START: Moment = { monotonic: 50 as Monotonic, unix: NOW }

function later(seconds: number): Moment {
  return { monotonic: after(START.monotonic, seconds), unix: after(NOW, Math.trunc(seconds)) }
}

/** Have no peers whose clocks could be compared. */
function alone(): null {
  return null
}

function makeRetention(seed = '1'): Retention {
  return new Retention({ rng: seededRng(seed), trust: new ClockTrust(null, alone) })
}

test('the window is cut in steps an hour apart', () => {
  const current = window(NOW)
  expect(current.acceptedFrom).toBe(NOW - RETENTION_SECONDS)
  expect(current.offeredFrom).toBe(current.acceptedFrom + HOUR_SECONDS)
  expect(current.keptFrom).toBe(current.acceptedFrom - HOUR_SECONDS)
  expect(current.acceptedUntil).toBe(NOW + FUTURE_SECONDS_MAX)
})

test('roots cover whole offered days up to a whole minute that is over', () => {
  const rng = seededRng('instants')
  const instants = Array.from({ length: 200 }, () => 91 * DAY_SECONDS + rng.uint32() * 0.99)
  for (const now of [91 * DAY_SECONDS, UNIX_MAX, NOW, ...instants.map(Math.floor).filter(each => each <= UNIX_MAX)]) {
    const current = window(now as UnixTime)
    const unoffered = current.firstDay * DAY_SECONDS - current.offeredFrom
    expect(unoffered).toBeGreaterThanOrEqual(0)
    expect(unoffered).toBeLessThan(DAY_SECONDS)
    expect(Math.abs(current.upto % MINUTE_SECONDS)).toBe(0)
    expect(now - current.upto).toBeGreaterThanOrEqual(UPTO_LAG_SECONDS)
    expect(now - current.upto).toBeLessThan(UPTO_LAG_SECONDS + MINUTE_SECONDS)
  }
})

test('a record is accepted from the first to the last second of the window', () => {
  const current = window(NOW)
  const edges = [current.acceptedFrom - 1, current.acceptedFrom, current.acceptedUntil, current.acceptedUntil + 1]
  expect(edges.map(edge => accepts(current, edge))).toEqual([false, true, true, false])
})

test('a bucket is live, then due, then dropped', () => {
  const day = Math.floor(NOW / DAY_SECONDS)
  const end = (day + 1) * DAY_SECONDS
  const notOfferedAt = end + RETENTION_SECONDS - RETENTION_MARGIN_SECONDS
  const droppedAt = end + RETENTION_SECONDS + RETENTION_MARGIN_SECONDS
  const states = [notOfferedAt - 1, notOfferedAt, droppedAt - 1, droppedAt].map(at => bucketState(day, at as UnixTime))
  expect(states).toEqual([BucketState.LIVE, BucketState.DUE, BucketState.DUE, BucketState.DROPPED])
})

test('nothing is collected before the start', () => {
  const retention = makeRetention()
  expect(retention.deadline).toBe(null)
  expect(retention.tick(later(10 * COLLECTION_INTERVAL_SECONDS))).toEqual([])
})

test('the start collects at once, and one collection waits for the other', () => {
  const retention = makeRetention()
  expect(retention.start(START)).toEqual([
    { type: 'Expire', before: window(NOW).keptFrom, seen: NOW, until: NOW - COLLECTION_INTERVAL_SECONDS },
  ])
  expect(retention.deadline).toBe(null)
  expect(retention.tick(later(10 * COLLECTION_INTERVAL_SECONDS))).toEqual([])
})

test.each(['1', '2', '3', '4', '5'])('collections come about five minutes apart (seed %s)', seed => {
  const retention = makeRetention(seed)
  retention.start(START)
  retention.receive({ type: 'Expired', count: 0 }, START)
  const waited = (retention.deadline ?? Number.NaN) - START.monotonic
  expect(Math.abs(waited - COLLECTION_INTERVAL_SECONDS)).toBeLessThanOrEqual(COLLECTION_JITTER_SECONDS)
  expect(retention.tick(later(waited - 1))).toEqual([])
  const now = later(waited + 1)
  expect(retention.tick(now)).toEqual([
    { type: 'Expire', before: window(now.unix).keptFrom, seen: now.unix, until: NOW },
  ])
})

test('what had expired the last time is swept, a part at a time, and a clock set back sweeps less', () => {
  const retention = makeRetention()
  retention.start(START)
  retention.receive({ type: 'Expired', count: 0 }, START)
  const asked: number[] = []
  const looks = [
    [300, 300, true],
    [301, 301, false],
    [601, 200, false],
    [901, 500, false],
  ] as const
  for (const [seconds, unix, isPartial] of looks) {
    const now = { ...later(seconds), unix: (NOW + unix) as UnixTime }
    for (const effect of retention.tick(now)) {
      if (effect.type === 'Expire') asked.push(effect.until - NOW)
    }
    retention.receive({ type: 'Expired', count: 0, isPartial }, now)
    expect(retention.deadline === now.monotonic).toBe(isPartial)
  }
  expect(asked).toEqual([0, 0, 200, 200])
})

test('what was collected is told, and an empty collection is not', () => {
  const retention = makeRetention()
  retention.start(START)
  expect(retention.receive({ type: 'Expired', count: 3 }, START)).toEqual([
    { type: 'Emit', event: { type: 'RecordsExpired', before: window(NOW).keptFrom, count: 3, kept: new Set() } },
  ])
  const again = later(2 * COLLECTION_INTERVAL_SECONDS)
  retention.tick(again)
  expect(retention.receive({ type: 'Expired', count: 0 }, again)).toEqual([])
})

test('what pins keep is told when it changed, and a store that fails changes nothing', () => {
  const [retention, kept] = [makeRetention(), new Set(['00'.repeat(32) as RecordId])]
  retention.start(START)
  expect(retention.receive({ type: 'Expired', count: 0, kept }, START)).toEqual([
    { type: 'Emit', event: { type: 'RecordsExpired', before: window(NOW).keptFrom, count: 0, kept } },
  ])
  for (const [times, said] of [{ kept }, {}, { kept }].entries()) {
    const again = later((times + 1) * 2 * COLLECTION_INTERVAL_SECONDS)
    retention.tick(again)
    expect(retention.receive({ type: 'Expired', count: 0, ...said }, again)).toEqual([])
  }
})

test('an answer nobody asked for is a bug of ours', () => {
  const retention = makeRetention()
  const answer = () => retention.receive({ type: 'Expired', count: 0 }, START)
  expect(answer).toThrow(new LocalProtocolError('Expired in RESTING'))
  retention.start(START)
  answer()
  expect(retention.state).toBe(TRANSITIONS[CollectionState.COLLECTING].Expired)
  expect(answer).toThrow(LocalProtocolError)
})

test('a clock set back opens the window again, so that what is written is accepted', () => {
  const retention = makeRetention()
  retention.start({ monotonic: START.monotonic, unix: after(NOW, 400 * DAY_SECONDS) })
  expect(retention.window(NOW)).toEqual(window(NOW))
})

test('nothing is collected while the clock is not believed, and it is asked again every minute', () => {
  const trust = new ClockTrust(after(NOW, -400 * DAY_SECONDS), alone)
  const retention = new Retention({ rng: seededRng('1'), trust })
  expect(retention.start(START)).toEqual([])
  expect(retention.deadline).toBe(START.monotonic + CLOCK_CHECK_SECONDS)
  expect(retention.tick(later(CLOCK_CHECK_SECONDS))).toEqual([])
  expect(retention.tick(later(DAY_SECONDS))).not.toEqual([])
})

test.each([0, 59, 100, DAY_SECONDS, 89 * DAY_SECONDS, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40])(
  'the window at %i fits 32 bits and accepts its own dates',
  seconds => {
    const now = seconds as UnixTime
    const current = window(now)
    const upto = everything(now)
    expect(current.firstDay).toBeGreaterThanOrEqual(0)
    expect(current.upto).toBeGreaterThan(current.firstDay * DAY_SECONDS)
    expect(upto).toBeGreaterThan(current.upto)
    expect(upto).toBeLessThan(2 ** 32)
    expect(accepts(current, clamped(now))).toBe(true)
  },
)

test('a room may keep records for a shorter time and date them otherwise', () => {
  const retention = new Retention({
    rng: seededRng('1'),
    trust: new ClockTrust(null, alone),
    retentionSeconds: DAY_SECONDS,
    futureSeconds: 60,
  })
  expect(retention.start(START)).toEqual([
    { type: 'Expire', before: NOW - DAY_SECONDS - HOUR_SECONDS, seen: NOW, until: NOW - COLLECTION_INTERVAL_SECONDS },
  ])
  const current = retention.window(NOW)
  expect(current.offeredFrom).toBe(NOW - DAY_SECONDS + HOUR_SECONDS)
  expect([current.acceptedFrom, current.acceptedUntil]).toEqual([NOW - DAY_SECONDS, NOW + 60])
})
