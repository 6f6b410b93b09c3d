import { expect, test } from 'vitest'
import { npub, type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { hueOf, initialsOf, shortNpub } from '../../src/elements/author.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7)).publicKey

test('a short npub shows both ends of the whole one', () => {
  const [start = '', end = ''] = shortNpub(KEY).split('…')
  expect(npub(KEY).startsWith(start)).toBe(true)
  expect(npub(KEY).endsWith(end)).toBe(true)
  expect(start).toBe(`npub1${initialsOf(KEY)}${start.slice(7)}`)
})

test('hues go once around the circle, and one key always has the same', () => {
  expect(hueOf(`0000${KEY.slice(4)}` as PublicKey)).toBe(0)
  expect(hueOf(`8000${KEY.slice(4)}` as PublicKey)).toBe(180)
  expect(hueOf(`ffff${KEY.slice(4)}` as PublicKey)).toBe(359)
})
