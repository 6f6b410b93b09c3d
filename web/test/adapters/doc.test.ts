import { expect, test } from 'vitest'
import {
  bytesOf,
  bytesOfSeat,
  compareBytes,
  joined,
  numberBytes,
  successor,
  textBytes,
  turned,
} from '../../src/adapters/doc.ts'
import type { RecordId } from '../../src/core/record.ts'
import { compare, readOrder, type Seat } from '../../src/documents/order.ts'
import type { Scalar } from '../../src/documents/value.ts'

const SORTED: readonly Scalar[] = [
  ...[null, false, true, -1e300, -1, -5e-324, 0, 5e-324, 0.5, 1, Number.MAX_SAFE_INTEGER, 1e300],
  ...['', '\0', '\0\0', '\0a', '\u0001', 'a', 'a\0', 'a\0b', 'ab', 'é', '\uffff', '🙂'],
]

test('bytes sort as what they say does, also turned over', () => {
  const sorted = SORTED.map(bytesOf)
  expect(sorted.toReversed().sort(compareBytes)).toEqual(sorted)
  const turnedOver = sorted.map(bytes => turned(bytes, true)).toReversed()
  expect(turnedOver.toReversed().sort(compareBytes)).toEqual(turnedOver)
  expect(numberBytes(-0)).toEqual(numberBytes(0))
})

test('seats sort as the order says, ties by id', () => {
  const ids = ['00', '0f', 'ff'].map(byte => byte.repeat(32) as RecordId)
  const seats: Seat[] = SORTED.flatMap(value => ids.map((id, stamp) => ({ values: [value], stamp: stamp >> 1, id })))
  for (const given of [['a'], ['-a'], ['a', 'time'], ['-a', 'time']]) {
    const order = readOrder(given)
    const bytes = (seat: Seat) => bytesOfSeat(order, seat.values, seat.stamp, seat.id)
    const byBytes = seats.toSorted((one, other) => compareBytes(bytes(one), bytes(other)))
    expect(byBytes).toEqual(seats.toSorted((one, other) => compare(order, one, other)))
  }
})

test('what begins with bytes comes before their successor', () => {
  expect(successor(new Uint8Array([1, 0xff]))).toEqual(new Uint8Array([2]))
  expect(successor(new Uint8Array([0xff, 0xff]))).toBe(null)
  const text = textBytes('Ber')
  expect(compareBytes(bytesOf('Berlin'), successor(text) ?? text)).toBeLessThan(0)
  expect(compareBytes(text, bytesOf('Berlin'))).toBeLessThan(0)
  expect(joined(text, new Uint8Array([1]))).toHaveLength(5)
})
