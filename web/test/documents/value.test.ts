import { expect, test } from 'vitest'
import type { Json } from '../../src/core/action.ts'
import {
  canonical,
  checkJson,
  compareRanks,
  compareTexts,
  isObject,
  rank,
  readJson,
  valueAt,
} from '../../src/documents/value.ts'

test.each([
  ['9007199254740993', 'beyond'],
  ['{"a":[-1234567890123456789]}', 'beyond'],
  ['1000000000000000000000', 'beyond'],
  ['1e400', 'not finite'],
  ['"\\ud800"', 'lone surrogate'],
  [`${'['.repeat(33)}${']'.repeat(33)}`, 'more than 32 levels'],
  ['NaN', 'NaN'],
  ['{"a":1,}', 'JSON'],
])('%s is no document in any language', (text, reason) => {
  expect(() => readJson(text)).toThrow(SyntaxError)
  expect(() => readJson(text)).toThrow(reason)
})

test('digits of texts and of numbers with an exponent are no whole number', () => {
  expect(readJson('["9007199254740993", 1e20, 9007199254740993.0]')).toEqual(['9007199254740993', 1e20, 2 ** 53])
  expect(readJson('"\\"9007199254740993"')).toBe('"9007199254740993')
})

test('what JavaScript writes of a double is read as that double', () => {
  const doubles = [2 ** 53, -1e20, 1.234567890123e20, 1e21, -(2 ** 60)]
  expect(readJson(JSON.stringify(doubles))).toEqual(doubles)
})

test('a value that JSON cannot say is named', () => {
  for (const value of [undefined, 1n, () => 1, new Date(0), new Map(), { a: undefined }]) {
    expect(() => checkJson(value, 3)).toThrow('which JSON cannot say')
  }
})

test('the fields of an object are its own', () => {
  const value = readJson('{"__proto__":{"a":1},"at":{"lat":2}}')
  expect(valueAt(value, '__proto__.a')).toBe(1)
  expect(valueAt({}, 'constructor.name')).toBe(null)
  expect(valueAt(value, 'at.lat')).toBe(2)
  expect(valueAt('text', 'length')).toBe(null)
  expect(isObject(Object.create(null))).toBe(true)
})

test('scalars are sorted by type, and texts by their bytes', () => {
  const sorted: Json[] = [null, false, true, -1, 0.5, 2, '', 'a', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '🙂']
  const byRank = (one: Json, other: Json) => compareRanks(rank(one), rank(other))
  expect(sorted.toReversed().sort(byRank)).toEqual(sorted)
  expect(compareTexts('a🙂', 'a🙂')).toBe(0)
  expect(byRank([1], {})).toBe(0)
})

test('equal values are equal bytes, whatever the order of their keys', () => {
  const one = canonical({ a: 1, '\uffff': [-0, 'é'], '🙂': null })
  expect(canonical({ '🙂': null, '\uffff': [0, 'é'], a: 1 })).toEqual(one)
  expect(canonical(['a'])).toEqual(new Uint8Array([0x61, 0, 0, 0, 1, 0x73, 0, 0, 0, 1, 0x61]))
})
