import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/changes.json'
import { VIEW_KEY_BYTES_MAX } from '../../src/core/limits.ts'
import { decodeKey, encodeKey, endOf } from '../../src/documents/keys.ts'
import type { Scalar } from '../../src/documents/value.ts'
import { ConfigError } from '../../src/errors.ts'

const KEYS = vectors.keys.map(({ key }) => key as Scalar[])

test('keys have the bytes of everywhere, and are in their order', () => {
  const bytes = (key: string) => bytesToHex(Uint8Array.from(key, each => each.charCodeAt(0)))
  expect(KEYS.map(key => bytes(encodeKey(key)))).toEqual(vectors.keys.map(each => each.bytes))
  expect(KEYS.map(encodeKey).sort()).toEqual(KEYS.map(encodeKey))
  for (const key of vectors.no_keys) expect(() => encodeKey(key)).toThrow(ConfigError)
})

test('keys are read as they were written, and there is one zero', () => {
  for (const key of KEYS) expect(decodeKey(encodeKey(key))).toEqual(key)
  expect(encodeKey([-0])).toBe(encodeKey([0]))
})

test('what begins so lies before the end', () => {
  for (const prefix of KEYS) {
    const begin = encodeKey(prefix)
    for (const key of KEYS) {
      const isIn = begin <= encodeKey(key) && encodeKey(key) < endOf(begin)
      expect([prefix, key, isIn]).toEqual([prefix, key, prefix.every((part, at) => part === key[at])])
    }
  }
})

test.each(['text', 5, null, undefined, { a: 1 }, [[1]], [{}], [Number.NaN], [1 / 0], ['\ud800'], [undefined], [5n]])(
  '%s is no key',
  key => expect(() => encodeKey(key)).toThrow(ConfigError),
)

test('a key has a limit', () => {
  expect(encodeKey(['k'.repeat(VIEW_KEY_BYTES_MAX - 2)])).toHaveLength(VIEW_KEY_BYTES_MAX)
  expect(() => encodeKey(['k'.repeat(VIEW_KEY_BYTES_MAX - 1)])).toThrow(
    'a key of 1025 bytes; the limit of a view is 1024',
  )
})
