import { expect, test } from 'vitest'
import type { RecordId } from '../../src/core/record.ts'
import { writeCursor } from '../../src/documents/cursor.ts'
import { define } from '../../src/documents/definition.ts'
import { namesOf } from '../../src/documents/order.ts'
import { plan } from '../../src/documents/plan.ts'
import { QueryError } from '../../src/errors.ts'

const NOW = 1_790_000_000
const schema = { properties: { city: { type: 'string' }, stars: { type: 'number' } } }
const PLACES = define('places', schema, { text: ['city'] })
const TAGS = define('tags')

test('a query is read whole, and is plain data', () => {
  const found = plan(PLACES, { city: 'Berlin' }, { order: ['-stars'], limit: 20, text: 'a*', at: NOW }, NOW)
  expect(found).toMatchObject({ collection: 'places', limit: 20, after: null, at: NOW * 1e6 + 999_999 })
  expect(namesOf(found.order)).toEqual(['-stars', '-time'])
  expect(structuredClone(found)).toEqual(found)
})

test('as of what was written means its microsecond, where whole seconds mean their end', () => {
  const at = (given: unknown) => plan(PLACES, {}, { at: given }, NOW).at
  const stamp = NOW * 1e6
  expect(at(stamp / 1e6)).toBe(stamp + 999_999)
  for (const written of [{ stamp }, { createdAt: NOW, tags: [['us', '0']] }, { createdAt: NOW, tags: [] }]) {
    expect(at(written)).toBe(stamp)
  }
  expect(at({ createdAt: NOW, tags: [['us', '24']] })).toBe(stamp + 24)
  for (const nothing of [{}, { stamp: 'x' }, []]) expect(() => at(nothing)).toThrow(QueryError)
})

test('a cursor fits the query that gave it, whatever its limit', () => {
  const { digest } = plan(PLACES, {}, { order: 'stars', limit: 5 }, NOW)
  const seat = { values: [4], stamp: 7, id: 'ab'.repeat(32) as RecordId }
  const after = writeCursor(digest, seat)
  expect(plan(PLACES, {}, { order: 'stars', after }, NOW).after).toEqual(seat)
  expect(() => plan(PLACES, {}, { order: '-stars', after }, NOW)).toThrow('another query')
})

test('the next page of a query with an age is one of the same query', () => {
  const asked = (now: number) => plan(PLACES, { time: { gte: '2h' } }, { at: '1m' }, now)
  expect(asked(NOW + 5).digest).toBe(asked(NOW).digest)
  expect(asked(NOW + 5).at).not.toBe(asked(NOW).at)
})

test.each([{ limit: 1_001 }, { limit: 1.5 }, { order: 'nothing' }, { order: 5 }, { author: 'nobody' }, { after: 5 }])(
  '%j cannot be meant',
  wish => {
    expect(() => plan(PLACES, {}, wish, NOW)).toThrow(QueryError)
  },
)

test('words are searched where fields of text were declared, and any field is known without a schema', () => {
  expect(() => plan(TAGS, {}, { text: 'a' }, NOW)).toThrow('declare text')
  expect(namesOf(plan(TAGS, { anything: 1 }, { order: 'else' }, NOW).order)).toEqual(['else', '-time'])
  expect(() => plan(TAGS, {}, { at: 'soon' }, NOW)).toThrow(QueryError)
})
