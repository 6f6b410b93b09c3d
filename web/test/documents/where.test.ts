import { expect, test } from 'vitest'
import type { Json } from '../../src/core/action.ts'
import { valueAt } from '../../src/documents/value.ts'
import { matches, plain, readStamp, readWhere } from '../../src/documents/where.ts'
import { QueryError } from '../../src/errors.ts'

const NOW = 1_790_000_000
const ANY_FIELD = { fields: null, now: NOW }
const PARK = { city: 'Berlin', stars: 4, tags: ['vegan', 1], at: { lat: 52.5, lon: 179 }, open: true }

function isFound(where: unknown, value: Json = PARK): boolean {
  return matches(readWhere(where, ANY_FIELD), field => valueAt(value, field))
}

test.each([
  {},
  { city: 'Berlin', stars: { gte: 4, lt: 5 } },
  { nothing: null },
  { at: { lon: 179, lat: 52.5 } },
  { tags: { has: 'vegan' } },
  { tags: { all: [1, 'vegan'] } },
  { tags: { all: ['vegan'], has: 1 } },
  { city: { prefix: 'Ber' } },
  { open: { gt: false } },
  { city: { in: ['Bern', 'Berlin'] } },
  { stars: { ne: '4' } },
  { nothing: { exists: false } },
  { at: { within: [50, 170, 60, -170] } },
  { at: { near: [52.5, -179, 140_000] } },
  { any: [{ city: 'Bern' }, { stars: 4 }] },
])('%j is found', where => {
  expect(isFound(where)).toBe(true)
})

test.each([
  { stars: '4' },
  { stars: { gt: '3' } },
  { open: 1 },
  { city: { gt: 'C' } },
  { tags: { has: '1' } },
  { tags: { all: ['vegan', '1'] } },
  { city: { all: ['Berlin'] } },
  { nothing: { lt: 5 } },
  { at: { within: [50, 0, 60, 170] } },
  { at: { near: [52.5, -179, 130_000] } },
  { any: [{ city: 'Bern' }, { stars: 5 }] },
  { city: { in: [] } },
])('%j is not found', where => {
  expect(isFound(where)).toBe(false)
})

test.each([
  5,
  { city: { like: 'B', eq: 'A' } },
  { stars: { gte: null } },
  { stars: { in: 'abc' } },
  { city: { prefix: 5 } },
  { tags: { exists: 1 } },
  { tags: { all: [] } },
  { tags: { all: 'vegan' } },
  { tags: { all: Array(17).fill('vegan') } },
  { at: { within: [60, 0, 50, 10] } },
  { at: { near: [0, 0, -1] } },
  { author: 'nobody' },
  { key: 5 },
  { time: 'soon' },
  { any: [] },
  { any: [{ any: [{}] }] },
  { city: undefined },
  { any: Array(9).fill({}) },
  { '\ud800': 1 },
  { any: [{ '\ud800': 1 }] },
  { any: Array(2).fill(Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`f${number}`, 1]))) },
  Object.fromEntries(Array.from({ length: 17 }, (_, number) => [`f${number}`, 1])),
])('%j cannot be asked', where => {
  expect(() => readWhere(where, ANY_FIELD)).toThrow(QueryError)
})

test('a field that no schema has is named, with those there are', () => {
  expect(() => readWhere({ town: 1 }, { fields: new Set(['city']), now: NOW })).toThrow('"town"; there are: city, key')
})

test('a second and a day are past when their end is', () => {
  expect(readStamp('gte', NOW, NOW)).toBe(NOW * 1e6)
  expect(readStamp('lte', NOW, NOW)).toBe(NOW * 1e6 + 999_999)
  expect(readStamp('lte', NOW + 0.5, NOW)).toBe(NOW * 1e6 + 500_000)
  expect(readStamp('lte', '2026-09-21', NOW)).toBe(Date.UTC(2026, 8, 22) * 1e3 - 1)
})

test('a time beyond all stamps is the last one that can be said', () => {
  for (const far of [1e305, 9_999_999_999_999]) {
    expect(readStamp('lt', far, NOW)).toBe(2 ** 53 - 1)
    expect(readStamp('gt', -far, NOW)).toBe(1 - 2 ** 53)
  }
})

test('conditions are written in one way', () => {
  const one = { a: 1, any: [{ b: { gt: 2, lt: 3 } }, { c: 1 }] }
  const other = { any: [{ c: 1 }, { b: { lt: 3, gt: 2 } }], a: 1 }
  expect(plain(readWhere(one, ANY_FIELD))).toEqual(plain(readWhere(other, ANY_FIELD)))
  expect(plain(readWhere({ a: 1, any: [{ b: { gt: 2 } }] }, ANY_FIELD))).toEqual([
    ['a', 'eq', 1],
    { any: [[['b', 'gt', 2]]] },
  ])
})
