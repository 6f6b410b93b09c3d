import { expect, test } from 'vitest'
import { Ring } from '../../../src/elements/dashboard/ring.ts'

test('a ring keeps its newest elements, oldest first', () => {
  const ring = new Ring<number>(3)
  expect([ring.last, ring.elements()]).toEqual([null, []])
  for (let number = 1; number <= 100; number += 1) ring.push(number)
  expect(ring.elements()).toEqual([98, 99, 100])
  expect([ring.last, ring.total]).toEqual([100, 100])
})

test('the newest element can be replaced, and all can be forgotten', () => {
  const ring = new Ring<string>(2)
  ring.replaceLast('none')
  for (const text of ['a', 'b', 'c']) ring.push(text)
  ring.replaceLast('d')
  expect(ring.elements()).toEqual(['b', 'd'])
  ring.clear()
  expect([ring.elements(), ring.last, ring.total]).toEqual([[], null, 3])
})
