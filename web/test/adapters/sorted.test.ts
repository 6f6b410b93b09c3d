import { expect, test } from 'vitest'
import { sorted, sortedNumber, sortedSeat, sortedText, successor, turned } from '../../src/adapters/sorted.ts'
import type { RecordId } from '../../src/core/record.ts'
import { compare, readOrder, type Seat } from '../../src/documents/order.ts'
import type { Scalar } from '../../src/documents/value.ts'

const SORTED: readonly Scalar[] = [
  ...[null, false, true, -1e300, -1, -5e-324, 0, 5e-324, 0.5, 1, Number.MAX_SAFE_INTEGER, 1e300],
  ...['', '\0', '\0\0', '\0a', '\u0001', 'a', 'a\0', 'a\0b', 'ab', 'é', '\uffff', '🙂'],
]

function inTextOrder(one: string, other: string): number {
  return one < other ? -1 : 1
}

test('texts sort as what they say does, also turned over', () => {
  const texts = SORTED.map(sorted)
  expect(texts.toReversed().sort(inTextOrder)).toEqual(texts)
  const turnedOver = texts.map(text => turned(text, true)).toReversed()
  expect(turnedOver.toReversed().sort(inTextOrder)).toEqual(turnedOver)
  expect(sortedNumber(-0)).toEqual(sortedNumber(0))
  expect(texts.join('')).toMatch(/^[\0-\xff]*$/)
})

test('seats sort as the order says, ties by id', () => {
  const ids = ['00', '0f', 'ff'].map(byte => byte.repeat(32) as RecordId)
  const seats: Seat[] = SORTED.flatMap(value => ids.map((id, stamp) => ({ values: [value], stamp: stamp >> 1, id })))
  for (const given of [['a'], ['-a'], ['a', 'time'], ['-a', 'time']]) {
    const order = readOrder(given)
    const textOf = (seat: Seat) => sortedSeat(order, seat.values, seat.stamp, seat.id)
    const byText = seats.toSorted((one, other) => inTextOrder(textOf(one), textOf(other)))
    expect(byText).toEqual(seats.toSorted((one, other) => compare(order, one, other)))
  }
})

test('what begins with a text comes before its successor', () => {
  expect(successor('\x01\xff')).toEqual('\x02')
  expect(successor('\xff\xff')).toBe(null)
  const text = sortedText('Ber')
  expect(sorted('Berlin') < (successor(text) ?? text)).toBe(true)
  expect(text < sorted('Berlin')).toBe(true)
})
