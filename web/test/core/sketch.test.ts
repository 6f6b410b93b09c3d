import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import vectors from '../../../tests/vectors/sketch.json' with { type: 'json' }
import { SKETCH_SYMBOLS_MAX } from '../../src/core/limits.ts'
import {
  addEntries,
  countOf,
  emptySymbols,
  guess,
  itemOf,
  packSymbols,
  solve,
  subtract,
  unpackSymbols,
  walk,
} from '../../src/core/sketch.ts'
import { seededRng } from '../seeded.ts'
import { entriesOf, numbered } from './sketched.ts'

function symbolsOf(numbers: readonly (readonly number[])[], spread: number, count: number): Uint32Array {
  const symbols = emptySymbols(count)
  addEntries(symbols, entriesOf(numbers, spread))
  return symbols
}

function hexOf(symbols: Uint32Array): string {
  return bytesToHex(packSymbols(symbols, 0, countOf(symbols)))
}

test.each(vectors.items)('an item and its walk: %s', (createdAt, id, item, steps) => {
  const prefix = Number.parseInt(String(id).slice(0, 8), 16)
  const one = itemOf(Number(createdAt), prefix)
  expect(hexOf(Uint32Array.from(one.lanes))).toBe(item)
  expect(walk(one, SKETCH_SYMBOLS_MAX)).toEqual(steps)
  expect(walk(one, 9)).toEqual((steps as number[]).filter(step => step < 9))
})

test.each(vectors.sums)('a sum of %i records in %i symbols', (records, count, hex) => {
  expect(hexOf(symbolsOf([[0, Number(records)]], 86_400, Number(count)))).toBe(hex)
})

test.each(vectors.differences)('$name', ({ spread, ours, theirs, symbols, apart, guessed, read }) => {
  const count = symbols.length / 26
  const left = subtract(symbolsOf(ours, spread, count), symbolsOf(theirs, spread, count))
  expect(hexOf(left)).toBe(symbols)
  expect(guess(left, apart)).toBe(guessed)
  expect(solve(left)).toEqual(read)
})

test.each(vectors.broken)('$name is no difference', ({ symbols, guessed, read }) => {
  const left = unpackSymbols(hexToBytes(symbols))
  expect(guess(left, 3)).toBe(guessed)
  expect(solve(left)).toEqual(read)
})

describe('symbols', () => {
  test('what was added and taken out again leaves nothing', () => {
    const symbols = symbolsOf([[0, 90]], 5, 300)
    addEntries(symbols, entriesOf([[0, 90]], 5), -1)
    expect(symbols.every(lane => lane === 0)).toBe(true)
  })

  test('a part of a symbol is ignored', () => {
    expect(countOf(unpackSymbols(new Uint8Array(38)))).toBe(2)
  })

  test('random differences are read in full, whatever lies between', () => {
    const rng = seededRng('differences')
    for (let round = 0; round < 40; round += 1) {
      const sizes = [0, 1, 2].map(() => Math.trunc(rng.uniform(0, 40)))
      const [shared = 0, more = 0, others = 0] = sizes
      const ours = [...entriesOf([[0, shared]], 60), ...entriesOf([[1_000, 1_000 + more]], 60)]
      const theirs = [...entriesOf([[0, shared]], 60), ...entriesOf([[2_000, 2_000 + others]], 60)]
      const [one, other] = [emptySymbols(400), emptySymbols(400)]
      addEntries(one, ours)
      addEntries(other, theirs)
      const places = (first: number, count: number) =>
        Array.from({ length: count }, (_, at) => numbered(first + at, 60))
          .map(([createdAt, id]) => [createdAt, id.slice(0, 8)] as const)
          .sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1))
      expect(solve(subtract(one, other))).toEqual({ ours: places(1_000, more), theirs: places(2_000, others) })
    }
  })
})
