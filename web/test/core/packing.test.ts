import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { DAY_CELLS_MAX, INTEGER_MAX, RANGE_ITEMS_MAX } from '../../src/core/limits.ts'
import type { Cell, RangeItem } from '../../src/core/message.ts'
import {
  packCells,
  packIds,
  packRanges,
  packVarint,
  readVarint,
  unpackCells,
  unpackIds,
  unpackRanges,
} from '../../src/core/packing.ts'
import { WireError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'
import { below, damaged, noise } from './damage.ts'

const DIGITS = '3132333435363738'
const ID = '3132333435'
const HALVES: RangeItem = { type: 'Fingerprint', upper: [1_000, ''], fingerprint: DIGITS }

function skip(createdAt: number, prefix = ''): RangeItem {
  return { type: 'Skip', upper: [createdAt, prefix] }
}

/** Expect *data* to be refused, or read as something that *write* gives again. */
function checkOneForm<T>(data: Uint8Array, read: (data: Uint8Array) => T, write: (value: T) => Uint8Array): void {
  try {
    expect(write(read(data))).toEqual(data)
  } catch (error) {
    expect(error).toBeInstanceOf(WireError)
  }
}

test.each([
  [0, '00'],
  [127, '7f'],
  [128, '8001'],
  [300, 'ac02'],
  [16_383, 'ff7f'],
  [16_384, '808001'],
  [1_792_195_200, '80f5cad606'],
  [INTEGER_MAX, 'ffffffffffffff0f'],
])('a number takes seven bits a byte: %i', (value, packed) => {
  expect(bytesToHex(packVarint(value))).toBe(packed)
  expect(readVarint(concatBytes(Uint8Array.of(9), hexToBytes(packed), utf8ToBytes('rest')), 1)).toEqual([
    value,
    1 + packed.length / 2,
  ])
})

test.each([-1, 0.5, INTEGER_MAX + 1, Number.NaN])('a number outside the limits is not packed: %s', value => {
  expect(() => packVarint(value)).toThrow('outside 0 to 2^53 - 1')
})

test('every number has one form', () => {
  const rng = seededRng('numbers')
  for (let run = 0; run < 3_000; run += 1) {
    const data = noise(rng, 12).map(byte => (below(rng, 2) ? byte | 0x80 : byte))
    try {
      const [value, end] = readVarint(data, 0)
      expect(packVarint(value)).toEqual(data.subarray(0, end))
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
  }
})

test('any bytes are ids, cells and ranges in their one form or refused', () => {
  const rng = seededRng('packed fields')
  const cells = packCells([
    [3, DIGITS],
    [0, ''],
    [70_000, DIGITS],
  ])
  const ranges = packRanges([skip(5, '80'), HALVES, { type: 'IdList', upper: [1_000, '80'], shortIds: [ID, ID] }])
  for (let run = 0; run < 3_000; run += 1) {
    checkOneForm(
      noise(rng, 64),
      data => unpackIds(data, 8),
      ids => packIds(ids, 8),
    )
    checkOneForm(below(rng, 1) ? noise(rng, 100) : damaged(rng, cells), unpackCells, packCells)
    checkOneForm(below(rng, 1) ? noise(rng, 100) : damaged(rng, ranges), unpackRanges, packRanges)
  }
})

const wrongCells: readonly (readonly [string, readonly Cell[]])[] = [
  ['too many', new Array(DAY_CELLS_MAX + 1).fill([0, ''])],
  ['too large', [[2 ** 32, DIGITS]]],
  ['negative', [[-1, DIGITS]]],
  ['none with a fingerprint', [[0, DIGITS]]],
  ['no fingerprint', [[1, '']]],
  ['a long fingerprint', [[1, `${DIGITS}00`]]],
  ['a fingerprint that is not hex', [[1, 'x'.repeat(16)]]],
]

test.each(wrongCells)('wrong cells are not packed: %s', (_, cells) => {
  expect(() => packCells(cells)).toThrow(WireError)
})

test('as many cells as the window has days are packed', () => {
  const cells: Cell[] = new Array(DAY_CELLS_MAX).fill([0, ''])
  expect(unpackCells(packCells(cells))).toEqual(cells)
})

test('a step counts from the bound before', () => {
  const items: RangeItem[] = [HALVES, { type: 'IdList', upper: [1_000, '80'], shortIds: ['6162636465'] }, skip(1_127)]
  const packed = packRanges(items)
  expect(bytesToHex(packed)).toBe('e807403132333435363738008180016162636465' + '7f00')
  expect(unpackRanges(packed)).toEqual(items)
})

const wrongRanges: readonly (readonly [string, readonly RangeItem[]])[] = [
  ['a bound twice', [HALVES, HALVES]],
  ['an earlier second', [HALVES, skip(999, 'ff')]],
  ['a smaller prefix', [skip(5, '80'), skip(5, '7fff')]],
  ['below 0', [skip(-1)]],
  ['too large', [skip(INTEGER_MAX + 1)]],
  ['a long prefix', [skip(0, '00'.repeat(33))]],
  ['half a byte', [skip(0, '0')]],
  ['a short fingerprint', [{ type: 'Fingerprint', upper: [0, ''], fingerprint: '00' }]],
  ['a short id', [{ type: 'IdList', upper: [0, ''], shortIds: ['00'] }]],
  ['too many', Array.from({ length: RANGE_ITEMS_MAX + 1 }, (_, number) => skip(number))],
]

test.each(wrongRanges)('wrong ranges are not packed: %s', (_, items) => {
  expect(() => packRanges(items)).toThrow(WireError)
})

test('the largest bound can be reached and not passed', () => {
  const items = [skip(INTEGER_MAX - 1), skip(INTEGER_MAX, 'ff'.repeat(32))]
  expect(unpackRanges(packRanges(items))).toEqual(items)
  expect(() => unpackRanges(hexToBytes('ffffffffffffff0f000100'))).toThrow('exceeds the limit of 2^53 - 1')
})
