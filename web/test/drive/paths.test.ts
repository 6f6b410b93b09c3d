/** Paths of files. */
import { expect, test } from 'vitest'
import { faultOf, readFolder, readPath } from '../../src/drive/paths.ts'
import { ConfigError } from '../../src/errors.ts'

test('paths are relative, and folders end with a slash', () => {
  expect([readPath('a/b.txt'), readFolder('a/b'), readFolder('a/b/'), readFolder(''), readFolder('/')]).toEqual([
    'a/b.txt',
    'a/b/',
    'a/b/',
    '',
    '',
  ])
})

test.each([7, '', '/a', 'a/', 'a//b', '.', 'a/../b', 'a\nb', '\udc00', 'ä'.repeat(257)])('%j is no path', path => {
  expect(faultOf(path)).not.toBeNull()
  expect(() => readPath(path)).toThrow(ConfigError)
})
