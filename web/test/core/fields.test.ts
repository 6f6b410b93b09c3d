import { expect, test } from 'vitest'
import {
  blobs,
  choice,
  detail,
  digits,
  type Field,
  flag,
  octets,
  packed,
  shortIds,
  whole,
} from '../../src/core/fields.ts'
import { RECORD_BYTES_MAX, RECORDS_PER_MESSAGE_MAX } from '../../src/core/limits.ts'
import { GoodbyeReason } from '../../src/core/message.ts'
import type { Value } from '../../src/core/msgpack.ts'
import { packVarint } from '../../src/core/packing.ts'
import { WireError } from '../../src/errors.ts'

const BYTES = new Uint8Array(8).fill(0xab)

const held: readonly (readonly [string, Field<unknown>, unknown, Value])[] = [
  ['a number', whole(9, 1), 9, 9],
  ['a choice', choice('GoodbyeReason', GoodbyeReason), GoodbyeReason.SELF, 7],
  ['a flag', flag(), true, true],
  ['a text', detail(), 'bis später', 'bis später'],
  ['bytes', octets(8), BYTES, BYTES],
  ['bytes in hex', digits(8), 'ab'.repeat(8), BYTES],
  ['ids', shortIds(1), ['ab'.repeat(8)], BYTES],
  ['no ids', shortIds(1), [], new Uint8Array()],
  ['packed values', packed(packVarint, data => data.length), 5, Uint8Array.of(5)],
  ['records', blobs(), [BYTES], [BYTES]],
]

test.each(held)('a field holds its value: %s', (_, field, value, wire) => {
  expect(field.pack(value)).toEqual(wire)
})

test.each(held.filter(([name]) => name !== 'packed values'))('a field reads its value: %s', (_, field, value, wire) => {
  expect(field.unpack(wire)).toEqual(value)
})

const refused: readonly (readonly [string, Field<unknown>, Value, string])[] = [
  ['a number too large', whole(9), 10, 'not a whole number from 0 to 9'],
  ['a number too small', whole(9, 1), 0, 'not a whole number from 1 to 9'],
  ['a flag for a number', whole(9), true, 'not a whole number'],
  ['another choice', choice('Reason', GoodbyeReason), 99, 'not one of the numbers of Reason'],
  ['a text for a choice', choice('Reason', GoodbyeReason), '1', 'not one of the numbers of Reason'],
  ['a number for a flag', flag(), 1, 'not a boolean'],
  ['bytes for a text', detail(), BYTES, 'not a text'],
  ['a long text', detail(), 'é'.repeat(129), 'a text of 258 bytes; the limit is 256'],
  ['a text with an escape', detail(), '\x1b', 'control characters'],
  ['a text for bytes', octets(8), 'ab'.repeat(8), 'not a byte string of 8 bytes'],
  ['fewer bytes', digits(9), BYTES, 'not a byte string of 9 bytes'],
  ['more ids', shortIds(0), BYTES, '1 short ids exceed the limit of 0'],
  ['half an id', shortIds(1), BYTES.subarray(4), '4 bytes are no whole number of 8-byte ids'],
  ['nothing for ids', shortIds(1), null, 'not a byte string'],
  ['a text for a record', blobs(), ['x'], 'not a byte string'],
  ['a large record', blobs(), [new Uint8Array(RECORD_BYTES_MAX + 1)], 'exceeds the limit of 65536 bytes'],
  ['more records', blobs(), new Array(RECORDS_PER_MESSAGE_MAX + 1).fill(BYTES), '1025 records exceed'],
]

test.each(refused)('a field refuses what it cannot hold: %s', (_, field, value, reason) => {
  expect(() => field.unpack(value)).toThrow(WireError)
  expect(() => field.unpack(value)).toThrow(reason)
})
