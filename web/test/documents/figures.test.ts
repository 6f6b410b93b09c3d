import { expect, test } from 'vitest'
import { define } from '../../src/documents/definition.ts'
import { checkColumn, readFigures } from '../../src/documents/figures.ts'
import { QueryError } from '../../src/errors.ts'

const PLACES = define('places', { properties: { city: { type: 'string' }, stars: { type: 'number' } } })

test('figures are of columns', () => {
  expect(readFigures(PLACES, { n: 'count', best: 'max:stars' })).toEqual([
    { name: 'n', function: 'count', field: null },
    { name: 'best', function: 'max', field: 'stars' },
  ])
  expect(checkColumn(PLACES, 'author')).toBe('author')
  for (const wrong of [
    null,
    {},
    { n: 'count:stars' },
    { n: 'median:stars' },
    { n: 'max' },
    { n: 'max:nothing' },
    { n: 'sum:city' },
  ]) {
    expect(() => readFigures(PLACES, wrong)).toThrow(QueryError)
  }
})
