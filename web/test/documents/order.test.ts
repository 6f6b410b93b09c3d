import { expect, test } from 'vitest'
import type { RecordId } from '../../src/core/record.ts'
import { compare, inOrder, namesOf, readOrder, type Seat } from '../../src/documents/order.ts'
import { QueryError } from '../../src/errors.ts'

function seat(stars: number | null, stamp: number, id: string): Seat {
  return { values: [stars], stamp, id: id as RecordId }
}

test('every order ends by time', () => {
  expect(namesOf(readOrder('stars'))).toEqual(['stars', '-time'])
  expect(namesOf(readOrder(['-stars', 'time']))).toEqual(['-stars', 'time'])
  expect(namesOf(readOrder([]))).toEqual(['-time'])
})

test.each([5, '-', '', ['time', 'stars'], ['a', '-a'], '\ud800', ['a', 'b', 'c', 'd', 'e']])(
  '%s is no order',
  given => {
    expect(() => readOrder(given)).toThrow(QueryError)
  },
)

test('newest first is the exact reverse of oldest first, ties by lowest id', () => {
  const seats = [seat(null, 2, 'a'), seat(null, 2, 'b'), seat(null, 1, 'c')]
  const both = (order: string) =>
    inOrder(
      readOrder(order),
      [...seats].map(each => [each, each.id]),
    )
  expect(both('-time')).toEqual(['a', 'b', 'c'])
  expect(both('time')).toEqual(['c', 'b', 'a'])
})

test('fields come before time', () => {
  const [low, high] = [seat(1, 9, 'a'), seat(2, 1, 'b')]
  expect(compare(readOrder('stars'), low, high)).toBeLessThan(0)
  expect(compare(readOrder('-stars'), low, high)).toBeGreaterThan(0)
  expect(compare(readOrder('stars'), low, low)).toBe(0)
  expect(compare(readOrder('stars'), seat(null, 1, 'c'), low)).toBeLessThan(0)
})
