import { expect, test } from 'vitest'
import { Schema } from '../../src/documents/schema.ts'
import { readJson } from '../../src/documents/value.ts'
import { ConfigError, SchemaError } from '../../src/errors.ts'

const PLACE = new Schema({
  type: 'object',
  required: ['title', 'stars'],
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 3 },
    stars: { type: 'integer', minimum: 0, maximum: 5, default: 0 },
    kind: { enum: ['park', null] },
    tags: { type: 'array', maxItems: 2, items: { anyOf: [{ type: 'string' }, { const: 1 }] } },
  },
  additionalProperties: { type: 'boolean' },
})

test.each([
  [{ title: 'a', stars: 6 }, 'stars'],
  [{ title: 'a', stars: 1.5 }, 'stars'],
  [{ title: '🙂🙂🙂🙂' }, 'title'],
  [{}, 'title'],
  [{ title: 'a', kind: 'square' }, 'kind'],
  [{ title: 'a', tags: ['b', 2] }, 'tags[1]'],
  [{ title: 'a', tags: ['b', 'c', 'd'] }, 'tags'],
  [{ title: 'a', more: 1 }, 'more'],
  ['a', ''],
])('%j does not fit, and the error says where', (value, path) => {
  expect(() => PLACE.check(value)).toThrow(SchemaError)
  expect(() => PLACE.check(value)).toThrow(expect.objectContaining({ path }))
})

test('defaults are filled in, and what the schema does not know is kept', () => {
  const value = { title: '🙂🙂🙂', kind: null, tags: [1], more: true }
  PLACE.check(value)
  expect(PLACE.filled(value)).toEqual({ ...value, stars: 0 })
  const strange = readJson('{"title":"a","__proto__":true,"constructor":false}')
  PLACE.check(strange)
  expect(Object.keys(Object(PLACE.filled(strange)))).toEqual(['title', '__proto__', 'constructor', 'stars'])
})

test('defaults are whole, and a schema does not change with what it was made of', () => {
  const given = { properties: { in: { properties: { tags: { default: [] } }, default: {} } } }
  const schema = new Schema(given)
  Object.assign(given.properties.in, { default: 5 })
  expect(schema.filled({})).toEqual({ in: { tags: [] } })
  const both = [schema.filled({}), schema.filled({})].map(value => Object(Object(value).in).tags)
  expect(both[0]).not.toBe(both[1])
})

test.each([2 ** 53, 1e300, 0.5, true])('%j is no integer', value => {
  expect(() => new Schema({ type: 'integer' }).check(value)).toThrow('is no integer')
})

test('fields are named by dotted paths, through what may be null', () => {
  const point = { properties: { lat: { type: 'number' } } }
  const at = { anyOf: [point, { type: 'null' }] }
  const { paths } = new Schema({ properties: { at, 'a.b': {}, '-c': {}, '': {}, 'd[]': {} } })
  expect([...paths.keys()]).toEqual(['at', 'at.lat'])
})

test.each([
  [{}, []],
  [{ type: ['string', 'null'], enum: [1] }, ['string', 'null']],
  [{ enum: ['a', null, true, 1, [], {}] }, ['string', 'null', 'boolean', 'number', 'array', 'object']],
  [{ anyOf: [{ const: 1 }, { type: 'null' }] }, ['number', 'null']],
  [{ anyOf: [{ const: 1 }, {}] }, []],
])('%j says of which types what fits is', (given, types) => {
  expect([...new Schema(given).said]).toEqual(types)
})

test.each([
  5,
  { $ref: '#' },
  { type: 'date' },
  { properties: [] },
  { minLength: -1 },
  { enum: [undefined] },
  { minimum: Number.NaN },
  { description: new Date(0) },
  { type: 'string', default: 1 },
  { properties: { a: { enum: [1], default: 2 } } },
  nested(9),
])('%j is no schema here', given => {
  expect(() => new Schema(given)).toThrow(ConfigError)
})

function nested(levels: number): object {
  return levels === 1 ? {} : { items: nested(levels - 1) }
}
