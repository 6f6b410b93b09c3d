import { expect, test } from 'vitest'
import { RECORD_BYTES_MAX } from '../../src/core/limits.ts'
import { ConfigError } from '../../src/errors.ts'
import { tagsOf, textOf } from '../../src/room/content.ts'

test('a text stays as it is, and anything else becomes JSON', () => {
  expect(textOf('"quoted"')).toBe('"quoted"')
  expect(textOf({ text: 'ä', list: [1, null, true] })).toBe('{"text":"ä","list":[1,null,true]}')
  expect([textOf(null), textOf(0), textOf('')]).toEqual(['null', '0', ''])
})

const circular: unknown[] = []
circular.push(circular)

test.each([undefined, () => 1, Symbol('s'), 1n, circular, Number.NaN, { a: [Number.NEGATIVE_INFINITY] }])(
  'case %#: what JSON cannot say is refused',
  content => {
    expect(() => textOf(content as never)).toThrow(ConfigError)
  },
)

test('what is longer than any record is refused before it is signed', () => {
  expect(textOf('x'.repeat(RECORD_BYTES_MAX)).length).toBe(RECORD_BYTES_MAX)
  expect(() => textOf('x'.repeat(RECORD_BYTES_MAX + 1))).toThrow('the limit is 65536 bytes')
})

test('tags are lists, or stand by name with one value or several', () => {
  const lists = [
    ['t', 'a'],
    ['t', 'b'],
    ['p', 'c'],
  ]
  expect(tagsOf(lists)).toEqual(lists)
  expect(tagsOf(new Set(lists))).toEqual(lists)
  expect(tagsOf({ t: ['a', 'b'], p: 'c' })).toEqual(lists)
})
