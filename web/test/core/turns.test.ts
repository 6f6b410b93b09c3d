/** Lanes that are served in turn. */

import { expect, test } from 'vitest'
import { Turns } from '../../src/core/turns.ts'

function taken(turns: Turns<string, number>, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => turns.take())
}

test('one lane is served in its order', () => {
  const turns = new Turns<string, number>()
  for (const number of [0, 1, 2, 3]) turns.put('one', number)
  expect(taken(turns, 4)).toEqual([0, 1, 2, 3])
})

test('who comes late waits for one of each lane and no more', () => {
  const turns = new Turns<string, number>()
  for (let number = 0; number < 100; number += 1) {
    turns.put('flood', number)
    turns.put('other', 1_000 + number)
  }
  expect(taken(turns, 4)).toEqual([0, 1_000, 1, 1_001])
  turns.put('late', 7)
  expect(taken(turns, 4)).toEqual([2, 1_002, 7, 3])
  expect(turns.size).toBe(193)
})

test('the lane of null goes before all others', () => {
  const turns = new Turns<string, number>()
  turns.put('one', 1)
  turns.put(null, 2)
  turns.put(null, 3)
  expect(turns.next).toBe(2)
  expect(taken(turns, 3)).toEqual([2, 3, 1])
})

test('what is next is told without taking it', () => {
  const turns = new Turns<string, number>()
  expect(turns.next).toBeUndefined()
  turns.put('one', 1)
  expect(turns.next).toBe(1)
  expect(turns.size).toBe(1)
  expect(turns.take()).toBe(1)
  expect(turns.take()).toBeUndefined()
  expect(turns.size).toBe(0)
})

test('what came last in the last lane is given up first', () => {
  const turns = new Turns<string, number>()
  turns.put('one', 1)
  turns.put('two', 2)
  turns.put('two', 3)
  turns.put(null, 4)
  turns.put(null, 5)
  expect(Array.from({ length: 5 }, () => turns.giveUp())).toEqual([3, 2, 1, 5, 4])
  expect([turns.giveUp(), turns.size]).toEqual([undefined, 0])
  turns.put('one', 6)
  turns.put(null, 7)
  expect(taken(turns, 2)).toEqual([7, 6])
})
