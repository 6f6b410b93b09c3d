import { expect, test } from 'vitest'
import { listIn, objectIn } from '../../src/adapters/json.ts'

test('what is no object is one that holds nothing', () => {
  expect(objectIn('{"a": 1}')).toEqual({ a: 1 })
  for (const text of ['', '{', 'null', 'undefined']) expect(objectIn(text)).toEqual({})
  expect(objectIn('5').offer).toBeUndefined()
})

test('what is no list is an empty one', () => {
  expect(listIn('[1, "a"]')).toEqual([1, 'a'])
  for (const text of ['', '[', 'null', '{"length": 2}', '"ab"']) expect(listIn(text)).toEqual([])
})
