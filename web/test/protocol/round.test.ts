/** One round: what fits it, what it may cost, how answers are cut into messages. */

import { expect, test } from 'vitest'
import { DAY_SECONDS, type Monotonic, type UnixTime } from '../../src/core/clock.ts'
import {
  FRAME_BYTES_MAX,
  RANGE_ITEMS_MAX,
  ROUND_BYTES_BASE,
  ROUND_BYTES_PER_RECORD,
  ROUND_FRAMES_MAX,
  ROUND_HASHES_BASE,
  ROUND_HASHES_PER_RECORD,
} from '../../src/core/limits.ts'
import type { Bound, Days, RangeItem } from '../../src/core/message.ts'
import { encode } from '../../src/core/wire.ts'
import { cutIntoFrames, itemBytes, Round, SHORT_ID_BYTES } from '../../src/protocol/round.ts'

const FIRST_DAY = 20_000
const UPTO = ((FIRST_DAY + 10) * DAY_SECONDS - 60) as UnixTime
const FREE = { hashed: 0, items: [], wanted: 0, held: 0 }

function makeRound(): Round {
  return new Round(1, FIRST_DAY, UPTO, { now: 0 as Monotonic })
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
})

test.each([
  days({ firstDay: FIRST_DAY - 1 }),
  days({ upto: UPTO + 1 }),
  days({ firstDay: FIRST_DAY + 10, cells: 0 }),
  days({ cells: 1 }),
  days({ cells: 3 }),
  days({ cellDays: 0 }),
  days({ cellDays: 97, cells: 1 }),
])('an overview of anything else does not fit (%#)', answer => {
  const active = makeRound()
  expect(active.adopt(answer)).toBe(false)
  expect([active.firstDay, active.upto]).toEqual([FIRST_DAY, UPTO])
})

test('ranges must ascend and stay inside the round', () => {
  const active = makeRound()
  expect(active.holds([])).toBe(true)
  const inside = [bound(5), bound(5, '61'), bound(5, '6162'), [UPTO, ''] as const]
  expect(active.holds(inside.map(skip))).toBe(true)
  expect(active.holds([skip(bound(0))])).toBe(false)
  expect(active.holds([bound(5), bound(5)].map(skip))).toBe(false)
  expect(active.holds([bound(5, '62'), bound(5, '61')].map(skip))).toBe(false)
  expect(active.holds([skip([UPTO, '61'])])).toBe(false)
})

test.each([0, 1_000])('a round may hash and say so much and no more, holding %i records', held => {
  const hashed = ROUND_HASHES_BASE + ROUND_HASHES_PER_RECORD * held
  expect(makeRound().spend({ ...FREE, hashed, held })).toBe(true)
  expect(makeRound().spend({ ...FREE, hashed: hashed + 1, held })).toBe(false)
  const wanted = (ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * held) / SHORT_ID_BYTES
  expect(makeRound().spend({ ...FREE, wanted, held })).toBe(true)
  expect(makeRound().spend({ ...FREE, items: [skip(bound(5))], wanted, held })).toBe(false)
})

test('a round has only so many answers', () => {
  const active = makeRound()
  for (let answers = 0; answers < ROUND_FRAMES_MAX; answers += 1) expect(active.spend(FREE)).toBe(true)
  expect(active.spend(FREE)).toBe(false)
})

test.each<RangeItem>([
  skip(bound(2 ** 40)),
  { type: 'Fingerprint', upper: bound(2 ** 40, '70'.repeat(32)), fingerprint: '66'.repeat(8) },
  {
    type: 'IdList',
    upper: bound(2 ** 40, '70'.repeat(32)),
    shortIds: Array.from({ length: 200 }, () => '69'.repeat(8)),
  },
])('an item is never longer on the wire than counted ($type)', item => {
  expect(ranges([item]).length - ranges([]).length).toBeLessThanOrEqual(itemBytes(item) + 2)
})

test('answers are cut in order into messages that the wire takes', () => {
  const shortIds = Array.from({ length: 90 }, () => '69'.repeat(8))
  const items = Array.from({ length: 300 }, (_, at): RangeItem => ({ type: 'IdList', upper: bound(at + 1), shortIds }))
  const frames = [...cutIntoFrames(items)]
  expect(frames.flat()).toEqual(items)
  expect(frames.length).toBe(4)
  for (const frame of frames) expect(ranges(frame).length).toBeLessThanOrEqual(FRAME_BYTES_MAX)
})

test('answers of many short items are cut by number', () => {
  const items = Array.from({ length: RANGE_ITEMS_MAX }, (_, at) => skip(bound(at + 1)))
  const sizes = Array.from(cutIntoFrames(items), frame => frame.length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(RANGE_ITEMS_MAX)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(RANGE_ITEMS_MAX)
  expect([...cutIntoFrames([])]).toEqual([])
})
