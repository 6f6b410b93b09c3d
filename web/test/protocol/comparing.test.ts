/** What one side compares in a round, whatever the other says: liars, crowds, and more than one moment takes. */

import { expect, test } from 'vitest'
import { dayBound, isBefore } from '../../src/core/bucket.ts'
import type { Monotonic, UnixTime } from '../../src/core/clock.ts'
import { ROUND_BYTES_BASE, ROUND_BYTES_MAX, ROUND_BYTES_PER_RECORD, STRETCH_RECORDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound, Fingerprint, IdList, RangeItem, Ranges, Skip, Want } from '../../src/core/message.ts'
import { fingerprint, listed, shortId } from '../../src/core/ranges.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { Comparing } from '../../src/protocol/comparing.ts'
import { Round } from '../../src/protocol/round.ts'
import { Transfer } from '../../src/protocol/transfer.ts'
import { below, idsBetween, pick, randomId } from '../core/entries.ts'
import { seededRng } from '../seeded.ts'
import { at } from './pair.ts'

const SALT = new Uint8Array(16).fill(115)
const FIRST_DAY = 20_000
const START = dayBound(FIRST_DAY)
const MIDDLE = dayBound(FIRST_DAY + 8)
const END = dayBound(FIRST_DAY + 16)
const WRONG = '78'.repeat(8)
const STRANGE = '78'.repeat(5)

/** Spread *count* records over eight days; the eight after them are empty. */
function makeIndex(count: number, seed = 'set'): Index {
  const rng = seededRng(seed)
  return Index.bulk(
    Array.from({ length: count }, () => [START[0] + below(rng, MIDDLE[0] - START[0]), randomId(rng, 0)] as const),
  )
}

/** Compare *index*; having given our days, unless the other's count is unknown. */
function makeComparing(
  index: Index,
  otherCount: number | null = 0,
  resume: Bound | null = null,
  bytesMax = ROUND_BYTES_MAX,
): Comparing {
  const compared = { number: 1, firstDay: FIRST_DAY, upto: END[0] as UnixTime }
  const round = new Round(compared, new Transfer(index, SALT), { now: 0 as Monotonic })
  const comparing = new Comparing(round, index, { salt: SALT, sift: (_salt, wanted) => wanted, bytesMax }, resume)
  if (otherCount !== null) comparing.begin(otherCount, { isByDays: true })
  return comparing
}

function ranges(items: readonly RangeItem[], more = false): Ranges {
  return { type: 'Ranges', round: 1, items, more }
}

function skip(upper: Bound): Skip {
  return { type: 'Skip', upper }
}

function unequal(upper: Bound, keyed = WRONG): Fingerprint {
  return { type: 'Fingerprint', upper, fingerprint: keyed }
}

function list(upper: Bound, ...shortIds: string[]): IdList {
  return { type: 'IdList', upper, shortIds }
}

/** Say *items* and let all of it be answered; null when it is a lie. */
function say(comparing: Comparing, items: readonly RangeItem[], more = false): (Want | Ranges)[] | null {
  comparing.take(ranges(items, more))
  const answer: (Want | Ranges)[] = []
  while (comparing.hasWork) {
    const part = comparing.work()
    if (part === null) return null
    answer.push(...part)
  }
  return answer
}

/** Load everything that is to be given. */
function queued({ round: { transfer } }: Comparing): RecordId[] {
  const ids: RecordId[] = []
  for (let found = transfer.nextIds(at(0)); found.length > 0; found = transfer.nextIds(at(0))) {
    ids.push(...found)
    transfer.loaded([])
  }
  return ids
}

function itemsOf(answer: readonly (Want | Ranges)[] | null): RangeItem[] {
  return (answer ?? []).flatMap(message => (message.type === 'Ranges' ? message.items : []))
}

function listedIn(answer: readonly (Want | Ranges)[] | null): string[] {
  return itemsOf(answer).flatMap(item => (item.type === 'IdList' ? item.shortIds : []))
}

const soon = (seconds: number): Bound => [START[0] + seconds, '']

test.each([
  [[list(MIDDLE), list(END)]],
  [[unequal(END)]],
  [[skip(MIDDLE), unequal(END)]],
  [[unequal(MIDDLE), unequal(MIDDLE)]],
  [[unequal(soon(9)), skip(soon(5))]],
  [[skip(START)]],
  [[skip([END[0] + 1, ''])]],
])('what was not open or out of order is a lie (%#)', items => {
  expect(say(makeComparing(makeIndex(500)), items)).toBe(null)
})

test('ranges before the days are a lie', () => {
  expect(say(makeComparing(makeIndex(500), null), [list(MIDDLE)])).toBe(null)
})

test('the whole set is queued once however often it is asked for', () => {
  const comparing = makeComparing(makeIndex(3_000))
  expect(say(comparing, [list(MIDDLE), skip(END)], true)).toEqual([])
  for (let number = 0; number < 60; number += 1) {
    expect(say(comparing, [unequal([MIDDLE[0] - 60, ''])], true)).toBe(null)
  }
  expect(queued(comparing).length).toBe(3_000)
})

/** Answer what is open by lists of nothing, lists of nonsense and fingerprints that are wrong. */
function lieAbout(items: readonly RangeItem[], rng: Rng): RangeItem[] {
  return items.map(({ type, upper }) =>
    type === 'Fingerprint' ? pick(rng, [unequal(upper), list(upper), list(upper, STRANGE), skip(upper)]) : skip(upper),
  )
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))('no liar has a record queued twice (%i)', seed => {
  const rng = seededRng(`liar ${seed}`)
  const comparing = makeComparing(makeIndex(1 + below(rng, 900)))
  let lies = lieAbout([unequal(MIDDLE)], rng)
  for (let answer = say(comparing, lies); answer !== null && answer.length > 0; answer = say(comparing, lies)) {
    expect(comparing.give(listedIn(answer).filter(() => rng.uniform(0, 1) < 0.5))).toBe(true)
    lies = lieAbout(itemsOf(answer), rng)
  }
  const ids = queued(comparing)
  expect(new Set(ids).size).toBe(ids.length)
})

test('wants are given in the order of the lists, and each once', () => {
  const index = makeIndex(20)
  const ids = idsBetween(index, START, END)
  const shorts = ids.map(id => listed(shortId(SALT, id)))
  const comparing = makeComparing(index)
  say(comparing, [unequal(MIDDLE)])
  expect(comparing.give(shorts.slice(3, 5))).toBe(true)
  expect(comparing.give(shorts.slice(6, 7))).toBe(true)
  expect(comparing.give(shorts.slice(3, 4))).toBe(false)
  expect(queued(comparing)).toEqual([ids[3], ids[4], ids[6]])
})

test('what is listed cannot be wanted once the peer is done', () => {
  const index = makeIndex(20)
  const comparing = makeComparing(index)
  const [short] = listedIn(say(comparing, [unequal(MIDDLE)]))
  comparing.stop()
  expect(comparing.give([short ?? ''])).toBe(false)
})

test('a list against a crowd is settled stretch by stretch', () => {
  const index = makeIndex(3 * STRETCH_RECORDS)
  const ids = idsBetween(index, START, END)
  const known = [ids[0], ids[STRETCH_RECORDS], ids.at(-1)] as RecordId[]
  const comparing = makeComparing(index)
  comparing.take(ranges([list(MIDDLE, STRANGE, ...known.map(id => listed(shortId(SALT, id))))]))
  const stretches = []
  while (comparing.hasWork) {
    const before = index.hashedIds
    stretches.push(comparing.work())
    expect(index.hashedIds - before).toBeLessThanOrEqual(STRETCH_RECORDS)
  }
  expect(stretches).toEqual([[], [], [{ type: 'Want', round: 1, shortIds: [STRANGE] }]])
  expect(queued(comparing)).toEqual(ids.filter(id => !known.includes(id)))
})

test('many ranges are answered stretch by stretch, with one end', () => {
  const index = makeIndex(8 * STRETCH_RECORDS)
  const ranks = Array.from({ length: 1_000 }, (_, number) => 30 * (number + 1))
  const comparing = makeComparing(index)
  comparing.take(ranges(ranks.map(rank => unequal(index.bound(START, END, rank)))))
  const answers: (Want | Ranges)[] = []
  let works = 0
  for (; comparing.hasWork; works += 1) answers.push(...(comparing.work() ?? []))
  expect(works).toBeGreaterThanOrEqual(4)
  const more = answers.map(message => message.type === 'Ranges' && message.more)
  expect(more).toEqual([...more.slice(1).map(() => true), false])
  expect(listedIn(answers).length).toBe(30_000)
})

test('an equal range before the next message is skipped in the answer', () => {
  const index = makeIndex(400)
  const [first, second] = [index.bound(START, END, 100), index.bound(START, END, 200)]
  const comparing = makeComparing(index)
  const equal = fingerprint(SALT, index.digest(START, first))
  expect(say(comparing, [unequal(first, equal)], true)).toEqual([])
  expect(itemsOf(say(comparing, [unequal(second)]))[0]).toEqual(skip(first))
})

test('a peer may list only so much of what we lack, and the rest is left for another round', () => {
  const comparing = makeComparing(makeIndex(1), 9)
  const allowed = Math.floor((ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * 10) / 5)
  const shortIds = Array.from({ length: allowed + 1 }, (_, at) => at.toString(16).padStart(10, '0'))
  const answer = say(comparing, [list(MIDDLE, ...shortIds)]) ?? []
  expect(answer.flatMap(message => (message.type === 'Want' ? message.shortIds : [])).length).toBe(allowed)
  expect(comparing.left).toEqual(START)
})

test('a round goes on where the one before it stopped', () => {
  const index = makeIndex(400)
  const bounds = [100, 200, 300].map(rank => index.bound(START, END, rank))
  const comparing = makeComparing(index, 0, bounds[1])
  expect(
    itemsOf(
      say(
        comparing,
        bounds.map(bound => unequal(bound)),
      ),
    ).at(0),
  ).toEqual(skip(bounds[1] ?? START))
  expect(comparing.left).toBe(null)
})

/** Compare until the budget is spent, with a peer that lists something in the first ten of the ranges given too. */
function crowdedOut(): { comparing: Comparing; bounds: Bound[] } {
  const open = (answer: readonly (Want | Ranges)[] | null): Bound[] =>
    itemsOf(answer).flatMap(({ type, upper }) => (type === 'Fingerprint' ? [upper] : []))
  const comparing = makeComparing(makeIndex(3_000), 0, null, 9_000)
  const cut = open(say(comparing, [unequal(MIDDLE)]))
  const bounds = open(
    say(
      comparing,
      cut.map(upper => unequal(upper)),
    ),
  )
  say(
    comparing,
    bounds.map((upper, at) => (at < 10 ? list(upper, STRANGE) : unequal(upper))),
  )
  return { comparing, bounds }
}

test('the next round begins where the first of both sides stopped', () => {
  const { comparing, bounds } = crowdedOut()
  expect(isBefore(bounds[10] ?? END, comparing.left ?? START)).toBe(true)
  expect(comparing.reached).toEqual(bounds[9])
  expect(comparing.outcome({ isEqual: false }).isCut).toBe(true)
})

test('what waits is bounded, and what does not fit is left', () => {
  const comparing = makeComparing(makeIndex(3 * STRETCH_RECORDS))
  const many = Array.from({ length: 11_000 }, (_, at) => at.toString(16).padStart(10, '0'))
  comparing.take(ranges([list(MIDDLE, STRANGE)], true))
  for (let number = 0; number < 80; number += 1) comparing.take(ranges([list(soon(number), ...many)], true))
  // The first is answered; the others, which cannot be true, are found out, all that was kept of them.
  let works = 0
  while (comparing.work() !== null) works += 1
  expect(works).toBe(3)
})

test('days are answered over what they cover', () => {
  const [ours, theirs] = [makeIndex(50), makeIndex(60, 'other')]
  const comparing = makeComparing(ours, null)
  expect(comparing.awaited).toContain('Days')
  const days = makeComparing(theirs, null).begin(50, { isByDays: true })
  if (days.type !== 'Days') throw new Error('a sketch')
  const items = itemsOf(comparing.takeDays(days))
  expect(comparing.awaited).toEqual([])
  expect(items).toEqual([list(MIDDLE, ...idsBetween(ours, START, END).map(id => listed(shortId(SALT, id))))])
})
