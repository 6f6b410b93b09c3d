import { expect, test } from 'vitest'
import { kindOf } from '../../src/documents/asking.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'

const FIELDS = { name: { type: 'string' }, stars: { type: 'integer' } }
const PLACES = define('places', { type: 'object', properties: FIELDS }, { text: 'name' })

function kind(where: unknown, wish = {}): string {
  return kindOf(plan(PLACES, where, wish, 1_795_262_400))
}

test('the kind of a query has fields, operators and the order, and no value', () => {
  const where = { name: 'secret', stars: { gte: 4 }, any: [{ stars: 1, name: 'a' }, { name: { prefix: 'hidden' } }] }
  expect(kind(where, { order: '-stars' })).toBe(
    'name eq, stars gte, any(stars eq and name eq or name prefix), by -stars -time',
  )
  expect(kind({}, { text: 'secret', at: '1h', order: 'time' })).toBe('text, at, by time')
  expect(kind({})).toBe('by -time')
})
