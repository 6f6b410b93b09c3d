import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { DEPTH_MAX, type Packable, pack, UnpackError, Unpacker, type Value } from '../../src/core/msgpack.ts'

/** Read the one value that *hex* is, and whether it has its shortest form. */
function read(hex: string, itemsMax = 100): [value: Value, isShortest: boolean] {
  const unpacker = new Unpacker(hexToBytes(hex), { itemsMax })
  const value = unpacker.unpack()
  expect(unpacker.isAtEnd).toBe(true)
  return [value, unpacker.isShortest]
}

const shortest: readonly (readonly [Packable, string])[] = [
  [0, '00'],
  [0x7f, '7f'],
  [0x80, 'cc80'],
  [0xff, 'ccff'],
  [0x100, 'cd0100'],
  [0xffff, 'cdffff'],
  [0x10000, 'ce00010000'],
  [0xffffffff, 'ceffffffff'],
  [0x100000000, 'cf0000000100000000'],
  [2 ** 53 - 1, 'cf001fffffffffffff'],
  [true, 'c3'],
  [false, 'c2'],
  ['', 'a0'],
  ['é', 'a2c3a9'],
  ['x'.repeat(31), `bf${'78'.repeat(31)}`],
  ['x'.repeat(32), `d920${'78'.repeat(32)}`],
  ['é'.repeat(128), `da0100${'c3a9'.repeat(128)}`],
  ['x'.repeat(0x10000), `db00010000${'78'.repeat(0x10000)}`],
  [new Uint8Array(), 'c400'],
  [new Uint8Array(0x100), `c50100${'00'.repeat(0x100)}`],
  [new Uint8Array(0x10000), `c600010000${'00'.repeat(0x10000)}`],
  [[], '90'],
  [[1, [2]], '92019102'],
  [new Array<number>(15).fill(1), `9f${'01'.repeat(15)}`],
  [new Array<number>(16).fill(1), `dc0010${'01'.repeat(16)}`],
]

test.each(shortest)('a value has one shortest form: %#', (value, hex) => {
  expect(bytesToHex(pack(value))).toBe(hex)
  expect(read(hex)).toEqual([value, true])
})

test.each([
  [0x7f, 'cc7f'],
  [0xff, 'cd00ff'],
  [0xffff, 'ce0000ffff'],
  [0xffffffff, 'cf00000000ffffffff'],
  [5, 'd005'],
  [-32, 'd0e0'],
  [-128, 'd1ff80'],
  [-0x8000, 'd2ffff8000'],
  [-0x80000000, 'd3ffffffff80000000'],
  ['x', 'd90178'],
  ['x', 'da000178'],
  ['x', 'db0000000178'],
  [[1], 'dc000101'],
  [[1], 'dd0000000101'],
  [null, 'de0000'],
  [null, 'ca3f800000'],
  [null, 'c8000005'],
] as const)('a longer form is read and noted: %j as %s', (value, hex) => {
  expect(read(hex)).toEqual([value, false])
})

test.each([
  [-1, 'ff'],
  [-33, 'd0df'],
  [-129, 'd1ff7f'],
  [-0x8001, 'd2ffff7fff'],
  [-0x80000001, 'd3ffffffff7fffffff'],
  [null, 'd38000000000000000'],
  [null, 'cf0020000000000000'],
  [null, 'cfffffffffffffffff'],
  [null, 'c0'],
  [null, 'cb3ff0000000000000'],
  [null, '80'],
  [null, 'c70005'],
] as const)('what our wire does not use is told from what it does: %j as %s', (value, hex) => {
  expect(read(hex)).toEqual([value, true])
})

test.each([
  ['nothing', ''],
  ['the byte msgpack never uses', 'c1'],
  ['a map', '810102'],
  ['a long map', 'de00010102'],
  ['an extension', 'd40500'],
  ['a long extension', 'c7010500'],
  ['a time', 'd6ff00000000'],
  ['an empty time', 'c700ff'],
  ['a number cut off', 'cd00'],
  ['a fraction cut off', 'cb00'],
  ['a text cut off', 'a3ffff'],
  ['bytes cut off', 'c6ffffffff'],
  ['an array cut off', '9201'],
  ['a text that is not UTF-8', 'a1ff'],
  ['a surrogate', 'a3eda080'],
  ['more elements than asked for', `dc0065${'01'.repeat(101)}`],
])('anything else is refused: %s', (_, hex) => {
  expect(() => read(hex)).toThrow(UnpackError)
})

test('arrays nest as deep as the limit and no deeper', () => {
  expect(read(`${'91'.repeat(DEPTH_MAX)}90`)[1]).toBe(true)
  expect(() => read(`${'91'.repeat(DEPTH_MAX + 1)}90`)).toThrow(UnpackError)
})

test('byte strings longer than asked for are refused', () => {
  const unpacker = new Unpacker(hexToBytes('c403000000'), { bytesMax: 2 })
  expect(() => unpacker.unpack()).toThrow(UnpackError)
})
