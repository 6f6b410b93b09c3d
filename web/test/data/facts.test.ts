import { expect, test } from 'vitest'
import type { Json } from '../../src/core/action.ts'
import { equalityOf, Facts, handleOf, testOf } from '../../src/data/facts.ts'
import { fieldOfRow, rowOf } from '../../src/documents/document.ts'
import { readOrder } from '../../src/documents/order.ts'
import { plan } from '../../src/documents/plan.ts'
import { matches } from '../../src/documents/where.ts'
import { ANN, ask, PLACES, samplePlaces } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'

const WHERES: readonly Json[] = [
  ...[{}, { city: 'Berlin' }, { city: null }, { stars: { gte: 4, lt: 5 } }, { open: { ne: true } }],
  ...[{ city: { in: ['Berlin', null] } }, { tags: { has: 'vegan' } }, { key: 'k1', author: ANN.publicKey }],
  { any: [{ city: 'Berlin' }, { stars: { gt: 4 } }] },
]

const facts = samplePlaces().flatMap(record => {
  const row = rowOf(PLACES, record)
  return row === null ? [] : [new Facts(PLACES, record, row)]
})

test.each(WHERES)('a test says what conditions say: %j', where => {
  const asked = ask(where)
  const found = facts.filter(testOf(asked.where, []))
  expect(found).toEqual(facts.filter(({ row }) => matches(asked.where, field => fieldOfRow(row, field))))
})

test('words are asked, too, and a document knows its seat', () => {
  const { words } = plan(PLACES, {}, { text: 'vegan café' }, NOON)
  const found = facts.filter(testOf([], words))
  expect(found.length).toBeGreaterThan(0)
  expect(found.every(each => each.words().includes('café'))).toBe(true)
  const [first] = facts
  expect(first?.seat(readOrder(['city', 'tags']))).toEqual({
    values: ['Berlin', null],
    stamp: first?.row.stamp,
    id: first?.record.id,
  })
})

test('the last equality is the handle, and there is one zero', () => {
  expect(equalityOf(ask({ city: 'Berlin', stars: 4, open: { ne: true } }).where)).toEqual(['stars', 4])
  expect(equalityOf(ask({ stars: { gt: 4 }, owner: { name: 'x' } }).where)).toBeNull()
  expect(equalityOf(ask({ any: [{ city: 'Berlin' }] }).where)).toBeNull()
  expect(Object.is(handleOf(-0), 0)).toBe(true)
  expect([handleOf(null), handleOf('0'), handleOf([]), handleOf({})]).toEqual([null, '0', undefined, undefined])
})
