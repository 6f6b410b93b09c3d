import { expect, test } from 'vitest'
import { define } from '../../src/documents/definition.ts'
import { namesOf } from '../../src/documents/order.ts'
import { ConfigError } from '../../src/errors.ts'

const PLACE = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    stars: { anyOf: [{ type: 'number' }, { type: 'null' }] },
    tags: { type: 'array' },
    at: { type: 'object', properties: { lat: { type: 'number' } } },
    time: { type: 'number' },
  },
}

test('scalar fields of one type are columns, by their dotted paths', () => {
  const { columns, indexes, arrays, fields } = define('places', PLACE, {
    indexes: ['title', ['-stars', 'time'], 'tags[]', 'title'],
    text: 'title',
    place: 'at',
  })
  expect(columns.map(({ field, type }) => [field, type])).toEqual([
    ['title', 'text'],
    ['stars', 'number'],
    ['at.lat', 'number'],
  ])
  expect(indexes.map(namesOf)).toEqual([
    ['title', '-time'],
    ['-stars', 'time'],
  ])
  expect(arrays).toEqual(['tags'])
  expect(fields?.has('at.lat')).toBe(true)
})

test('what a collection is built for tells it apart, and so does what its functions do', () => {
  const digest = (options: object) => define('places', PLACE, options).digest
  expect(digest({ indexes: ['title'] })).not.toBe(digest({}))
  const digestBy = (upgrade?: () => number) => digest({ also: [{ name: 'spots', upgrade }] })
  expect(new Set([digestBy(), digestBy(() => 1), digestBy(() => 2)]).size).toBe(3)
  expect(digestBy(() => 1)).toBe(digestBy(() => 1))
})

test('what is named twice is indexed once, and listed values of one type are a column', () => {
  const schema = { properties: { kind: { enum: ['park', null] }, tags: { type: 'array' } } }
  const { arrays, text, columns } = define('places', schema, { indexes: ['tags[]', 'tags[]'], text: ['tags', 'tags'] })
  expect([arrays, text]).toEqual([['tags'], ['tags']])
  expect(columns).toEqual([{ field: 'kind', type: 'text' }])
})

test.each([
  ['Places', PLACE, {}],
  ['p'.repeat(65), PLACE, {}],
  ['places', { type: 'string' }, {}],
  ['places', PLACE, { indexes: ['tags'] }],
  ['places', PLACE, { indexes: ['nothing'] }],
  ['places', PLACE, { indexes: [[]] }],
  ['places', PLACE, { indexes: Array(17).fill('title') }],
  ['places', PLACE, { text: ['nothing'] }],
  ['places', PLACE, { place: 5 }],
  ['places', PLACE, { also: ['spots!'] }],
  ['places', PLACE, { also: { name: 'places' } }],
  ['places', PLACE, { also: [{ name: 'spots' }, { name: 'spots' }] }],
  ['places', PLACE, { indexes: 'title[]' }],
  ['places', PLACE, { text: 'stars' }],
  ['places', PLACE, { place: 'title' }],
  ['places', PLACE, { shared: 'yes' }],
  ['places', null, { indexes: ['title'] }],
])('%s of %j with %j cannot be meant', (name, schema, options) => {
  expect(() => define(name, schema, options as object)).toThrow(ConfigError)
})
