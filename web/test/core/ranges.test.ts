import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import vectors from '../../../tests/vectors/trees.json' with { type: 'json' }
import type { Entry } from '../../src/core/block.ts'
import { dayBound, isBefore } from '../../src/core/bucket.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { DAY_CELL_DAYS, ROUND_BYTES_BASE, ROUND_BYTES_PER_RECORD } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound, Cell, Days, Fingerprint, IdList, RangeItem, Skip } from '../../src/core/message.ts'
import {
  compareDays,
  compareRanges,
  dayCells,
  fingerprint,
  isOver,
  listed,
  makeSalt,
  namesOf,
  type Step,
  shortId,
} from '../../src/core/ranges.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { seededRng } from '../seeded.ts'
import { below, entriesOf, Model, pick, randomId, sameBytes, sorted } from './entries.ts'
import { drawn, unlimited } from './shares.ts'

const FIRST_DAY = 20_000
const START = FIRST_DAY * DAY_SECONDS
const UPTO = (START + 90 * DAY_SECONDS + 40_000) as UnixTime
const LOWEST: Bound = [START, '']
const END: Bound = [UPTO, '']
const SALT = makeSalt(new Uint8Array(32), new Uint8Array(32).fill(1))
const NOTHING: Step = { items: [], opened: [], listed: [], wanted: [], pushed: [] }

function overview(index: Index, cellDays = DAY_CELL_DAYS): Days {
  const cells = dayCells(index, SALT, { firstDay: FIRST_DAY, upto: UPTO, cellDays })
  return { type: 'Days', round: 1, firstDay: FIRST_DAY, upto: UPTO, cellDays, cells }
}

function midnight(day: number): Bound {
  return dayBound(FIRST_DAY + day)
}

function skip(upper: Bound): Skip {
  return { type: 'Skip', upper }
}

function claim(upper: Bound, keyed = '00'.repeat(8)): Fingerprint {
  return { type: 'Fingerprint', upper, fingerprint: keyed }
}

function list(upper: Bound, shortIds: readonly string[] = []): IdList {
  return { type: 'IdList', upper, shortIds }
}

function idsOf(entries: readonly Entry[]): RecordId[] {
  return sorted(entries).map(([, id]) => id)
}

function shortsOf(entries: readonly Entry[]): string[] {
  return idsOf(entries).map(id => listed(shortId(SALT, id)))
}

function typesOf(step: Step): string[] {
  return step.items.map(item => item.type)
}

/** What an item takes on the wire: a step of time, a mode, a prefix, what it says. */
function itemBytes(item: RangeItem): number {
  const payload = { Skip: 0, Fingerprint: 8, IdList: 2 }[item.type]
  return 4 + item.upper[1].length / 2 + payload + (item.type === 'IdList' ? 5 * item.shortIds.length : 0)
}

/** One end of an exchange: its set and what it has found out. */
class Side {
  readonly listed = new Map<string, RecordId>()
  readonly steps: Step[] = []
  readonly index: Index

  constructor(index: Index) {
    this.index = index
  }

  take(step: Step): Step {
    for (const id of drawn(this.index, SALT, step.listed)) this.listed.set(listed(shortId(SALT, id)), id)
    this.steps.push(step)
    return step
  }

  get wanted(): string[] {
    return this.steps.flatMap(step => step.wanted)
  }

  get pushed(): RecordId[] {
    return this.steps.flatMap(step => drawn(this.index, SALT, step.pushed))
  }
}

/** Compare two sets until an answer is empty; the side that got the days comes first. */
function exchange(ours: Index, theirs: Index, cellDays = DAY_CELL_DAYS): [Side, Side] {
  const sides: [Side, Side] = [new Side(ours), new Side(theirs)]
  let [turn, other] = sides
  let step = turn.take(compareDays(ours, SALT, overview(theirs, cellDays), unlimited()))
  while (step.items.length > 0) {
    checkItems(step.items)
    ;[turn, other] = [other, turn]
    step = turn.take(compareRanges(turn.index, SALT, LOWEST, step.items, unlimited()))
  }
  return sides
}

/** Everything a receiver insists on: ascending, inside the window, nothing idle. */
function checkItems(items: readonly RangeItem[]): void {
  const uppers = [LOWEST, ...items.map(item => item.upper), [UPTO, '00'] as Bound]
  expect(uppers.every((upper, place) => isBefore(uppers[place - 1] ?? [0, ''], upper))).toBe(true)
  expect(items.at(-1)?.type).not.toBe('Skip')
}

/** Each side ends with exactly what it lacked, by push or by want, each once. */
function checkDifference(ours: readonly Entry[], theirs: readonly Entry[], [one, two]: [Side, Side]): void {
  checkGain(ours, theirs, one, two)
  checkGain(theirs, ours, two, one)
}

function checkGain(mine: readonly Entry[], other: readonly Entry[], side: Side, peer: Side): void {
  const lacking = new Model(other.filter(([createdAt]) => createdAt >= START && createdAt < UPTO))
  for (const entry of mine) lacking.remove(entry)
  const gained = [...peer.pushed, ...side.wanted.map(short => peer.listed.get(short) ?? short)]
  expect(gained.sort()).toEqual(idsOf(lacking.sorted).sort())
}

describe('the keyed forms', () => {
  test('match the vectors', () => {
    const [first, second] = vectors.nonces.map(nonce => Buffer.from(nonce, 'hex'))
    const salt = makeSalt(first ?? new Uint8Array(), second ?? new Uint8Array())
    expect(Buffer.from(salt).toString('hex')).toBe(vectors.salt)
    for (const [recordId, short] of vectors.short_ids) expect(shortId(salt, recordId as RecordId)).toBe(short)
  })

  test.each(vectors.sets)('$name has the fingerprints and the cells of the vector', vector => {
    const salt = Buffer.from(vectors.salt, 'hex')
    const entries = vector.entries.map(([at, id]): Entry => [Number(at), String(id) as RecordId])
    const layout = { firstDay: vector.first_day, upto: vector.upto as UnixTime, cellDays: 8 }
    expect(dayCells(Index.bulk(entries), salt, layout)).toEqual(vector.cells)
    for (const piece of vector.ranges) expect(fingerprint(salt, piece.digest)).toBe(piece.fingerprint)
  })

  test('have the same salt on both sides', () => {
    const [first, second] = [new Uint8Array(32).fill(2), new Uint8Array(32).fill(1)]
    const expected = createHash('sha256').update('peerset/salt1').update(second).update(first).digest().subarray(0, 16)
    expect(Buffer.from(makeSalt(first, second))).toEqual(expected)
    expect(makeSalt(second, first)).toEqual(makeSalt(first, second))
  })

  test('are eight bytes of SHA-256', () => {
    const keyed = (domain: string) =>
      createHash('sha256').update(domain).update(SALT).update(Buffer.alloc(32)).digest('hex').slice(0, 16)
    expect(fingerprint(SALT, sameBytes(0))).toBe(keyed('peerset/fp1'))
    expect(shortId(SALT, sameBytes(0))).toBe(keyed('peerset/sid1'))
  })
})

describe('an overview by days', () => {
  test('has a last cell that ends at upto', () => {
    const entries = [UPTO - 1, UPTO].map((createdAt): Entry => [createdAt, sameBytes(0)])
    const { cells } = overview(Index.bulk(entries))
    expect(cells.map(([count]) => count)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    expect(cells[0]).toEqual([0, ''])
  })

  test('of an equal set has no answer', () => {
    const index = Index.bulk(entriesOf(500, START, UPTO))
    const step = compareDays(index, SALT, overview(index), unlimited())
    expect(step).toEqual(NOTHING)
    expect(isOver(step)).toBe(true)
  })

  test('is answered by one empty list when we have nothing', () => {
    const step = compareDays(new Index(), SALT, overview(Index.bulk(entriesOf(500, START, UPTO))), unlimited())
    expect(step.items).toEqual([list(END)])
    expect(isOver(step)).toBe(true)
  })

  test('of nothing is answered by everything', () => {
    const entries = entriesOf(500, START, UPTO)
    const index = Index.bulk(entries)
    const step = compareDays(index, SALT, overview(new Index()), unlimited())
    expect(drawn(index, SALT, step.pushed)).toEqual(idsOf(entries))
  })

  test('is answered by a list where few records differ', () => {
    const ours = entriesOf(30, START, START + 1_000, 1)
    const [index, other] = [Index.bulk(ours), Index.bulk(entriesOf(31, START, START + 1_000, 2))]
    const step = compareDays(index, SALT, overview(other), unlimited())
    expect(step.items).toEqual([list(midnight(8), shortsOf(ours))])
    expect(step.listed.flatMap(namesOf)).toEqual(shortsOf(ours))
    expect(drawn(index, SALT, step.listed)).toEqual(idsOf(ours))
    expect(isOver(step)).toBe(true)
  })

  test('has equal cells before a different one skipped', () => {
    const shared = entriesOf(20, START, START + 1_000)
    const late = (byte: number): Entry => [midnight(40)[0], sameBytes(byte)]
    const theirs = Index.bulk([...shared, late(1)])
    const step = compareDays(Index.bulk([...shared, late(0)]), SALT, overview(theirs), unlimited())
    expect(step.items).toEqual([skip(midnight(40)), list(midnight(48), shortsOf([late(0)]))])
  })

  test('is answered by a fingerprint a day when a day is missing', () => {
    const entries = entriesOf(8_000, START, START + 8 * DAY_SECONDS)
    const lacking = entries.filter(entry => isBefore(entry, midnight(1)) || !isBefore(entry, midnight(2)))
    const step = compareDays(Index.bulk(lacking), SALT, overview(Index.bulk(entries)), unlimited())
    expect(step.items.map(item => item.upper)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(midnight))
    expect(typesOf(step)).toEqual(['Fingerprint', 'IdList', ...Array(6).fill('Fingerprint')])
    expect(step.items[1]).toEqual(list(midnight(2)))
    expect(isOver(step)).toBe(false)
  })

  test('is cut deeper than days where differences are scattered and that saves an answer', () => {
    const entries = entriesOf(1_000, START, START + 8 * DAY_SECONDS)
    const step = compareDays(Index.bulk(entries.slice(1)), SALT, overview(Index.bulk(entries)), unlimited())
    expect(step.items.length).toBeGreaterThanOrEqual(56)
    expect(step.items.length).toBeLessThanOrEqual(64)
    expect(step.items.map(item => item.upper)).toEqual(expect.arrayContaining([1, 2, 3, 4, 5, 6, 7, 8].map(midnight)))
  })

  test('is cut at midnights where deeper saves nothing', () => {
    const entries = entriesOf(9_000, START, START + 8 * DAY_SECONDS)
    const step = compareDays(Index.bulk(entries.slice(1)), SALT, overview(Index.bulk(entries)), unlimited())
    expect(step.items.map(item => item.upper)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(midnight))
  })

  test('has its cells past the end of the window ignored', () => {
    const index = Index.bulk(entriesOf(100, START, UPTO))
    const cells = Array.from({ length: 90 }, (): Cell => [5, '00'.repeat(8)])
    const upto = (START + DAY_SECONDS) as UnixTime
    const step = compareDays(index, SALT, { ...overview(index, 1), upto, cells }, unlimited())
    expect(step.items.map(item => item.upper)).toEqual([midnight(1)])
  })
})

describe('ranges', () => {
  test('of an equal fingerprint are finished', () => {
    const index = Index.bulk(entriesOf(200, START, UPTO))
    const same = claim(END, fingerprint(SALT, index.digest(LOWEST, END)))
    expect(compareRanges(index, SALT, LOWEST, [same], unlimited())).toEqual(NOTHING)
  })

  test('that we lack wholly are answered by an empty list', () => {
    expect(compareRanges(new Index(), SALT, LOWEST, [claim(END)], unlimited()).items).toEqual([list(END)])
  })

  test('that are large and open are cut into fingerprints of equal parts', () => {
    const index = Index.bulk(entriesOf(2_000, START, START + DAY_SECONDS))
    const { items } = compareRanges(index, SALT, LOWEST, [claim(midnight(1))], unlimited())
    expect(items.length).toBe(64)
    expect(items.at(-1)?.upper).toEqual(midnight(1))
    let lower = LOWEST
    for (const item of items) {
      expect(item).toEqual(claim(item.upper, fingerprint(SALT, index.digest(lower, item.upper))))
      expect([31, 32]).toContain(index.count(lower, item.upper))
      lower = item.upper
    }
  })

  test.each([
    [1, 64, 96],
    [3, 33, 73],
    [20, 16, 48],
  ])('of %i open days share one packet', (openDays, branches, listedMax) => {
    const days = Array.from({ length: openDays }, (_, day) =>
      entriesOf(1_040, midnight(day)[0], midnight(day + 1)[0], day),
    )
    const items = days.map((_, day) => claim(midnight(day + 1)))
    expect(compareRanges(Index.bulk(days.flat()), SALT, LOWEST, items, unlimited()).items.length).toBe(
      openDays * branches,
    )
    for (const [count, type] of [[listedMax, 'IdList'] as const, [listedMax + 1, 'Fingerprint'] as const]) {
      const few = Index.bulk(days.flatMap(day => day.slice(0, count)))
      expect(new Set(typesOf(compareRanges(few, SALT, LOWEST, items, unlimited())))).toEqual(new Set([type]))
    }
  })

  test('with a list are answered by wants and pushes only', () => {
    const all = entriesOf(12, START, UPTO)
    const [ours, shared, theirs] = [all.slice(0, 3), all.slice(3, 8), all.slice(8)]
    const item = list(END, shortsOf([...shared, ...theirs]))
    const index = Index.bulk([...ours, ...shared])
    const step = compareRanges(index, SALT, LOWEST, [item], unlimited())
    expect(step).toEqual({ ...NOTHING, wanted: shortsOf(theirs), pushed: step.pushed })
    expect(drawn(index, SALT, step.pushed)).toEqual(idsOf(ours))
  })

  test('with an empty list are answered by everything without hashing', () => {
    const entries = entriesOf(50, START, UPTO)
    const index = Index.bulk(entries)
    const step = compareRanges(index, SALT, LOWEST, [list(END)], unlimited())
    expect(drawn(index, SALT, step.pushed)).toEqual(idsOf(entries))
    expect(index.hashedIds).toBe(0)
  })

  test('that list an id twice have it wanted once of each list', () => {
    const items = [list([START + 5, ''], ['00', '00', '00']), list(END, ['00'])]
    expect(compareRanges(new Index(), SALT, LOWEST, items, unlimited()).wanted).toEqual(['00', '00'])
  })

  test('that are skipped only move the lower bound', () => {
    const entries = entriesOf(40, START, UPTO)
    const index = Index.bulk(entries)
    const { pushed } = compareRanges(index, SALT, LOWEST, [skip(midnight(45)), list(END)], unlimited())
    expect(drawn(index, SALT, pushed)).toEqual(idsOf(entries.filter(entry => !isBefore(entry, midnight(45)))))
  })
})

/** Two overlapping sets: spread or in one day or in one second, ids at random or alike up to the last bytes. */
function setPair(rng: Rng): [Entry[], Entry[]] {
  const lower = START + below(rng, 81) * DAY_SECONDS
  const seconds = pick(rng, [1, 5, 3_600, DAY_SECONDS, 10 * DAY_SECONDS])
  const sharedBytes = pick(rng, [0, 0, 2, 29])
  const some = (count: number): Entry[] =>
    Array.from({ length: count }, () => [lower + below(rng, seconds), randomId(rng, sharedBytes)])
  const common = some(pick(rng, [0, 1, 40, 500, 2_000]))
  const sizes = [0, 0, 1, 2, 10, 97, 700]
  return [
    [...common, ...some(pick(rng, sizes)), [UPTO, sameBytes(5)]],
    [...common, ...some(pick(rng, sizes)), [START - 1, sameBytes(6)]],
  ]
}

describe('an exchange', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('of any two sets finds their difference (%i)', seed => {
    const rng = seededRng(`pair ${seed}`)
    const [ours, theirs] = setPair(rng)
    const cellDays = pick(rng, [1, 8, 91])
    const sides = exchange(Index.bulk(ours), Index.bulk(theirs, { bucketSeconds: 3_600 }), cellDays)
    checkDifference(ours, theirs, sides)
    // Each answer cuts what one side has by at least 8; two answers a level, and one for the days.
    expect(sides[0].steps.length + sides[1].steps.length).toBeLessThanOrEqual(10)
  })

  test.each([1, 30, DAY_SECONDS])('of a day of ten thousand records in %i seconds is exact', seconds => {
    const entries = entriesOf(10_000, START, START + seconds)
    const [ours, theirs] = [entries.slice(20), entries.slice(0, 9_970)]
    checkDifference(ours, theirs, exchange(Index.bulk(ours), Index.bulk(theirs)))
  })

  test('of disjoint sets swaps everything', () => {
    const [ours, theirs] = [entriesOf(3_000, START, UPTO, 1), entriesOf(2_000, START, UPTO, 2)]
    checkDifference(ours, theirs, exchange(Index.bulk(ours), Index.bulk(theirs)))
  })

  test('of sets that differ in one record among ten thousand costs little', () => {
    const entries = entriesOf(10_000, START, UPTO)
    const sides = exchange(Index.bulk(entries), Index.bulk(entries.slice(1)))
    const steps = sides.flatMap(side => side.steps)
    expect(steps.length).toBe(3)
    const sent = steps.flatMap(step => step.items).reduce((sum, item) => sum + itemBytes(item), 0)
    expect(sent).toBeLessThan(1_500)
  })
})

describe('a liar', () => {
  test.each([1_000, 20_000])('with random fingerprints costs no more than the budget of %i records', count => {
    const rng = seededRng('liar')
    const keyed = (): string => Buffer.from(rng.randomBytes(8)).toString('hex')
    const index = Index.bulk(entriesOf(count, START, UPTO))
    const cells = Array.from({ length: 12 }, (): Cell => [1 + below(rng, 8), keyed()])
    let step = compareDays(index, SALT, { ...overview(index), cells }, unlimited())
    const steps = [step]
    while (!isOver(step)) {
      const lies = step.items.map(item => (item.type === 'Skip' ? item : claim(item.upper, keyed())))
      step = compareRanges(index, SALT, LOWEST, lies, unlimited())
      steps.push(step)
    }
    const sent = steps.flatMap(({ items }) => items).reduce((sum, item) => sum + itemBytes(item), 0)
    expect(steps.length).toBeLessThanOrEqual(8)
    expect(index.hashedIds).toBeLessThanOrEqual(8 * count)
    expect(sent).toBeLessThanOrEqual(ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * count)
    expect(new Set(steps.flatMap(({ listed }) => listed.flatMap(namesOf))).size).toBe(count)
  })

  test('with ranges in any order from anywhere gets an answer', () => {
    const rng = seededRng('anywhere')
    const index = Index.bulk(entriesOf(300, START, START + 2 * DAY_SECONDS))
    const hex = (bytes: number): string => Buffer.from(rng.randomBytes(bytes)).toString('hex')
    const anywhere = (): Bound => {
      const times = [below(rng, 2 ** 32), START + below(rng, 2 * DAY_SECONDS), 2 ** 53 - below(rng, 1_000_000)]
      return [pick(rng, times), hex(below(rng, 33))]
    }
    const shorts = (): string[] => Array.from({ length: below(rng, 4) }, () => hex(8))
    const anything = (): RangeItem =>
      pick(rng, [skip(anywhere()), claim(anywhere(), hex(8)), list(anywhere(), shorts())])
    for (let round = 0; round < 200; round += 1) {
      const items = Array.from({ length: below(rng, 21) }, anything)
      const step = compareRanges(index, SALT, anywhere(), items, unlimited())
      expect(step.items.length).toBeLessThanOrEqual(2 * 64 * Math.max(1, items.length))
    }
  })
})
