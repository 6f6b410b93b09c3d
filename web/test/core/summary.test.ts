import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import { dayBound, isBefore } from '../../src/core/bucket.ts'
import {
  INTEGER_MAX,
  SKETCH_OUTSIDE_RECORDS_MAX,
  SKETCH_STRETCH_RECORDS,
  SKETCH_SYMBOLS_MAX,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { addEntries, emptySymbols } from '../../src/core/sketch.ts'
import { Summary } from '../../src/core/summary.ts'
import { seededRng } from '../seeded.ts'

const FIRST_DAY = 20_000
const DAYS = 6
const DAY_SECONDS = 86_400
const START = dayBound(FIRST_DAY)
const END: Bound = [INTEGER_MAX, '']

function below(rng: Rng, most: number): number {
  return Math.trunc(rng.uniform(0, most))
}

function draw(count: number, rng: Rng): Entry[] {
  return Array.from({ length: count }, () => {
    return [START[0] + below(rng, DAYS * DAY_SECONDS), bytesToHex(rng.randomBytes(32)) as RecordId] as const
  })
}

function madeAnew(entries: Iterable<Entry>): Uint32Array {
  const symbols = emptySymbols(SKETCH_SYMBOLS_MAX)
  addEntries(symbols, entries)
  return symbols
}

function between(entries: Iterable<Entry>, lower: Bound, upper: Bound): Entry[] {
  return [...entries].filter(entry => !isBefore(entry, lower) && isBefore(entry, upper))
}

function workOff(summary: Summary): number {
  let steps = 0
  for (; summary.isBehind; steps += 1) summary.work()
  return steps
}

function kept(entries: readonly Entry[]): { index: Index; summary: Summary } {
  const index = Index.bulk(entries)
  const summary = new Summary(index, START)
  index.summary = summary
  return { index, summary }
}

test('a large set is gone through a stretch at a time', () => {
  const entries = draw(3 * SKETCH_STRETCH_RECORDS + 7, seededRng('large'))
  const { summary } = kept(entries)
  expect(summary.symbols(START, END)).toBeNull()
  expect(workOff(summary)).toBe(3)
  expect(summary.symbols(START, END)).toEqual(madeAnew(entries))
})

test('a window that leaves little out is made up for, and one that leaves much out is not', () => {
  const entries = draw(DAYS * 700, seededRng('windows'))
  const { summary } = kept(entries)
  workOff(summary)
  const upper: Bound = [dayBound(FIRST_DAY + DAYS)[0] - 4_000, '']
  const lower = dayBound(FIRST_DAY + 1)
  expect(summary.symbols(lower, upper)).toEqual(madeAnew(between(entries, lower, upper)))
  expect(between(entries, START, dayBound(FIRST_DAY + 2)).length).toBeGreaterThan(SKETCH_OUTSIDE_RECORDS_MAX)
  expect(summary.symbols(dayBound(FIRST_DAY + 2), upper)).toBeNull()
})

test('a set that grows, shrinks and ages has the sketch of what it holds', () => {
  for (let seed = 0; seed < 6; seed += 1) {
    const rng = seededRng(`life ${seed}`)
    const entries = new Map(draw(below(rng, 2_000), rng).map(entry => [entry[1], entry]))
    const { index, summary } = kept([...entries.values()])
    let firstDay = FIRST_DAY
    for (let step = 0; step < 30; step += 1) {
      const action = below(rng, 5)
      if (action === 0) {
        for (const entry of draw(30, rng)) {
          entries.set(entry[1], entry)
          index.add(...entry)
        }
      } else if (action === 1) {
        for (const entry of [...entries.values()].slice(0, 20)) {
          entries.delete(entry[1])
          index.discard(...entry)
        }
      } else if (action === 2) {
        firstDay = Math.min(Math.max(firstDay + below(rng, 4) - 1, FIRST_DAY), FIRST_DAY + DAYS)
        summary.startAt(dayBound(firstDay))
      } else if (action === 3) {
        const before = dayBound(firstDay)[0] + (below(rng, 40) - 24) * 3_600
        index.discardBefore(before)
        for (const [createdAt, id] of [...entries.values()]) if (createdAt < before) entries.delete(id)
      } else if (summary.isBehind) {
        summary.work()
      }
      const upper = FIRST_DAY + DAYS - below(rng, 2)
      const bounds = [dayBound(Math.min(firstDay + below(rng, 3) - 1, upper)), dayBound(upper)] as const
      const symbols = summary.symbols(...bounds)
      if (symbols !== null) expect(symbols).toEqual(madeAnew(between(entries.values(), ...bounds)))
    }
    workOff(summary)
    const start = dayBound(firstDay)
    expect(summary.symbols(start, END)).toEqual(madeAnew(between(entries.values(), start, END)))
  }
})
