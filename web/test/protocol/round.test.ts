/** One round: what fits it, what may be said in it, how answers are cut into messages. */

import { expect, test } from 'vitest'
import { DAY_SECONDS, type Moment, type Monotonic, type UnixTime } from '../../src/core/clock.ts'
import {
  CREDIT_WINDOW_BYTES,
  FRAME_BYTES_MAX,
  RANGE_ITEMS_MAX,
  ROUND_BYTES_BASE,
  ROUND_BYTES_MAX,
  ROUND_BYTES_PER_RECORD,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound, Days, RangeItem } from '../../src/core/message.ts'
import { encode } from '../../src/core/wire.ts'
import { answersOf, cutIntoFrames, itemBytes, Round, roundBytes, wantsFor } from '../../src/protocol/round.ts'
import { Transfer } from '../../src/protocol/transfer.ts'

const FIRST_DAY = 20_000
const UPTO = ((FIRST_DAY + 10) * DAY_SECONDS - 60) as UnixTime

function makeRound(): Round {
  const compared = { number: 1, firstDay: FIRST_DAY, upto: UPTO }
  return new Round(compared, new Transfer(new Index(), new Uint8Array(16)), { now: 0 as Monotonic })
}

function days({ firstDay = FIRST_DAY, upto = UPTO as number, cellDays = 8, cells = 2 } = {}): Days {
  return {
    type: 'Days',
    round: 1,
    firstDay,
    upto: upto as UnixTime,
    cellDays,
    cells: Array.from({ length: cells }, () => [0, '']),
  }
}

function bound(seconds: number, prefix = ''): Bound {
  return [FIRST_DAY * DAY_SECONDS + seconds, prefix]
}

test('credit is given each time that half of the window was dealt with', () => {
  const [active, half] = [makeRound(), CREDIT_WINDOW_BYTES / 2]
  const now: Moment = { monotonic: 1 as Monotonic, unix: UPTO }
  expect(active.arrive(2 * half, now)).toBe(true)
  expect(active.deal(half - 1, 1, now)).toEqual([])
  expect(active.deal(1, 1, now)).toEqual([{ type: 'Credit', round: 1, totalBytes: half }])
  expect(active.deal(half, 1, now)).toEqual([{ type: 'Credit', round: 1, totalBytes: 2 * half }])
})

function skip(upper: Bound): RangeItem {
  return { type: 'Skip', upper }
}

function ranges(items: readonly RangeItem[]): Uint8Array {
  return encode({ type: 'Ranges', round: 1, items, more: false })
}

test.each([
  days(),
  days({ firstDay: FIRST_DAY + 1 }),
  days({ upto: UPTO - 1 }),
  days({ cellDays: 96, cells: 1 }),
  days({ cellDays: 1, cells: 10 }),
])('an overview of what was asked or less narrows the round (%#)', answer => {
  const active = makeRound()
  expect(active.adopt(answer)).toBe(true)
  expect([active.firstDay, active.upto]).toEqual([answer.firstDay, answer.upto])
  expect(active.start).toEqual([answer.firstDay * DAY_SECONDS, ''])
  expect(active.end).toEqual([answer.upto, ''])
})

test.each([
  days({ firstDay: FIRST_DAY - 1 }),
  days({ upto: UPTO + 1 }),
  days({ firstDay: FIRST_DAY + 10, cells: 0 }),
  days({ cells: 1 }),
  days({ cells: 3 }),
  days({ cellDays: 0 }),
  days({ cellDays: 3_701, cells: 1 }),
])('an overview of anything else does not fit (%#)', answer => {
  const active = makeRound()
  expect(active.adopt(answer)).toBe(false)
  expect([active.firstDay, active.upto]).toEqual([FIRST_DAY, UPTO])
})

test('what may be said follows from both counts, up to a limit', () => {
  expect(roundBytes(0)).toBe(ROUND_BYTES_BASE)
  expect(roundBytes(1_000)).toBe(ROUND_BYTES_BASE + 1_000 * ROUND_BYTES_PER_RECORD)
  expect(roundBytes(10 ** 9)).toBe(ROUND_BYTES_MAX)
})

test('wants are cut into messages that the wire takes', () => {
  const shortIds = Array.from({ length: 9_000 }, (_, at) => at.toString(16).padStart(10, '0'))
  const wants = wantsFor(1, shortIds)
  expect(wants.map(want => want.shortIds.length)).toEqual([8_192, 808])
  for (const want of wants) expect(encode(want).length).toBeLessThanOrEqual(FRAME_BYTES_MAX)
  expect(wantsFor(1, [])).toEqual([])
})

test('the last message of an answer says that it is', () => {
  const items = Array.from({ length: RANGE_ITEMS_MAX }, (_, at) => skip(bound(at + 1)))
  expect(answersOf(1, items, { more: false }).map(({ more }) => more)).toEqual([true, false])
  expect(answersOf(1, items, { more: true }).map(({ more }) => more)).toEqual([true, true])
  expect(answersOf(1, [], { more: false })).toEqual([{ type: 'Ranges', round: 1, items: [], more: false }])
  expect(answersOf(1, [], { more: true })).toEqual([])
})

test.each<RangeItem>([
  skip(bound(2 ** 40)),
  { type: 'Fingerprint', upper: bound(2 ** 40, '70'.repeat(32)), fingerprint: '66'.repeat(8) },
  {
    type: 'IdList',
    upper: bound(2 ** 40, '70'.repeat(32)),
    shortIds: Array.from({ length: 200 }, () => '69'.repeat(5)),
  },
])('an item is never longer on the wire than counted ($type)', item => {
  expect(ranges([item]).length - ranges([]).length).toBeLessThanOrEqual(itemBytes(item) + 2)
})

test('answers are cut in order into messages that the wire takes', () => {
  const shortIds = Array.from({ length: 90 }, () => '69'.repeat(5))
  const items = Array.from({ length: 300 }, (_, at): RangeItem => ({ type: 'IdList', upper: bound(at + 1), shortIds }))
  const frames = [...cutIntoFrames(items)]
  expect(frames.flat()).toEqual(items)
  expect(frames.length).toBe(3)
  for (const frame of frames) expect(ranges(frame).length).toBeLessThanOrEqual(FRAME_BYTES_MAX)
})

test('answers of many short items are cut by number', () => {
  const items = Array.from({ length: RANGE_ITEMS_MAX }, (_, at) => skip(bound(at + 1)))
  const sizes = Array.from(cutIntoFrames(items), frame => frame.length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(RANGE_ITEMS_MAX)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(RANGE_ITEMS_MAX)
  expect([...cutIntoFrames([])]).toEqual([])
})
