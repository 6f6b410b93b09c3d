import { expect, test } from 'vitest'
import { VIEW_NAME_CHARACTERS_MAX, VIEW_VALUE_BYTES_MAX } from '../../src/core/limits.ts'
import { readViewName, writeValue } from '../../src/documents/view.ts'
import { ConfigError } from '../../src/errors.ts'

test('a name is that of a collection, and shorter', () => {
  expect(readViewName('a'.repeat(VIEW_NAME_CHARACTERS_MAX))).toHaveLength(VIEW_NAME_CHARACTERS_MAX)
  for (const name of ['a'.repeat(VIEW_NAME_CHARACTERS_MAX + 1), 'A', '', null]) {
    expect(() => readViewName(name)).toThrow(ConfigError)
  }
})

test('a value is what JSON can say, up to a limit', () => {
  expect(writeValue({ a: [1, null, '\u{1f30d}'] })).toBe('{"a":[1,null,"\u{1f30d}"]}')
  for (const value of [undefined, Number.NaN, new Date(), [undefined], () => 1, '\ud800']) {
    expect(() => writeValue(value)).toThrow('a view cannot keep')
  }
  expect(writeValue('v'.repeat(VIEW_VALUE_BYTES_MAX - 2))).toHaveLength(VIEW_VALUE_BYTES_MAX)
  expect(() => writeValue('v'.repeat(VIEW_VALUE_BYTES_MAX - 1))).toThrow('the limit of a view is 1048576')
})
