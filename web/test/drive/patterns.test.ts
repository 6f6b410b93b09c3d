/** Patterns of paths, as Python's fnmatch reads them. */
import { expect, test } from 'vitest'
import { ignoring } from '../../src/drive/patterns.ts'
import { ConfigError } from '../../src/errors.ts'

test.each([
  ['*.tmp', 'a.tmp', true],
  ['*.tmp', 'a/b.tmp/c', true],
  ['*.tmp', 'a.tmpx', false],
  ['a/*', 'a/b/c', true],
  ['node_?', 'node_a/x', true],
  ['a.c', 'abc', false],
  ['[ab].x', 'b.x', true],
  ['[!ab].x', 'b.x', false],
  ['[a-c]9', 'b9', true],
  ['[c-a]', 'b', false],
  ['[!c-a]', 'b', true],
  ['[]]', ']', true],
  ['[', '[', true],
  ['[]', '[]', true],
  ['[!]', '[!]', true],
  ['[^a]', '^', true],
  ['(a|b)', 'a', false],
  ['😀?', '😀😀', true],
  ['', 'a', false],
])('%j and %j', (pattern, path, isIgnored) => {
  expect(ignoring(pattern)(path)).toBe(isIgnored)
})

test('of several patterns one is enough, and what is no text is refused', () => {
  expect(ignoring(new Set(['x', '*.log']))('a/b.log')).toBe(true)
  expect(ignoring([])('a')).toBe(false)
  expect(() => ignoring([7 as never])).toThrow(ConfigError)
})
