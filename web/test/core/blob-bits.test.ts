/** Bits of pieces, on the wire. */
import { expect, test } from 'vitest'
import { allOf, readBits, writeBits } from '../../src/core/blob-bits.ts'

test('the highest bit of the first byte is the first piece', () => {
  expect(readBits(Uint8Array.of(0xff, 0x80), 20)).toEqual(allOf(9))
  expect(writeBits(allOf(9))).toEqual(Uint8Array.of(0xff, 0x80))
  expect(writeBits(new Set())).toEqual(new Uint8Array())
  expect(readBits(new Uint8Array(), 9)).toEqual(new Set())
})

test('what is beyond the blob is passed over', () => {
  expect(readBits(new Uint8Array(100).fill(0xff), 3)).toEqual(allOf(3))
})

test('what is written is read, whatever its order', () => {
  for (const pieces of [[0], [7], [8], [300, 1, 17], [299, 298, 8, 9, 15]]) {
    expect(readBits(writeBits(new Set(pieces)), 301)).toEqual(new Set(pieces))
  }
})
