import { inspect } from 'node:util'
import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import bip340 from '../../../tests/vectors/bip340.json'
import { isPublicKey, PARSED_KEYS_CACHED, type PublicKey, SecretKey, verify } from '../../src/core/keys.ts'
import { ConfigError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(1))
const MESSAGE = Uint8Array.from({ length: 32 }, (_, place) => place)

test.each(bip340.vectors)('verifying agrees with BIP-340: vector $index', vector => {
  const message = hexToBytes(vector.message)
  const isValid = verify(vector.public_key as PublicKey, message, hexToBytes(vector.signature))
  // The last four rows sign messages of other sizes, which we never do.
  expect(isValid).toBe(vector.is_valid && message.length === 32)
})

test.each(bip340.vectors.filter(vector => vector.secret_key !== ''))(
  'signing agrees with BIP-340: vector $index',
  vector => {
    const key = new SecretKey(hexToBytes(vector.secret_key))
    const message = hexToBytes(vector.message)
    expect(key.publicKey).toBe(vector.public_key)
    if (message.length === 32) {
      expect(key.sign(message, hexToBytes(vector.aux))).toEqual(hexToBytes(vector.signature))
    }
  },
)

test.each([0, 2, 62, 66, 128])('a public key of %i digits is none', size => {
  const publicKey = KEY.publicKey.repeat(2).slice(0, size) as PublicKey
  expect(isPublicKey(publicKey)).toBe(false)
  expect(verify(publicKey, MESSAGE, KEY.sign(MESSAGE))).toBe(false)
})

test('a public key is lower-case hex', () => {
  expect(isPublicKey(KEY.publicKey)).toBe(true)
  expect(isPublicKey(KEY.publicKey.toUpperCase())).toBe(false)
  expect(isPublicKey(`0x${KEY.publicKey.slice(2)}`)).toBe(false)
})

test('more keys than are remembered are still told from what is no key', () => {
  for (let number = 0; number <= PARSED_KEYS_CACHED; number += 1) {
    expect(isPublicKey(`no key ${number}`)).toBe(false)
  }
  expect(isPublicKey(KEY.publicKey)).toBe(true)
})

test.each([0, 63, 65, 128])('a signature of %i bytes is not valid', size => {
  const signature = KEY.sign(MESSAGE)
  expect(verify(KEY.publicKey, MESSAGE, Uint8Array.from([...signature, ...signature]).subarray(0, size))).toBe(false)
})

test.each([
  [0, 0],
  [31, 0],
  [33, 0],
  [32, 0],
  [32, 0xff],
])('a secret of another size or range is refused: %i bytes of %i', (size, value) => {
  expect(() => new SecretKey(new Uint8Array(size).fill(value))).toThrow(ConfigError)
})

test.each([
  [0, 32],
  [33, 32],
  [32, 0],
  [32, 1],
])('only 32 bytes are signed with 32 bytes of randomness, not %i with %i', (size, auxSize) => {
  expect(() => KEY.sign(new Uint8Array(size), new Uint8Array(auxSize))).toThrow('32 bytes')
})

test('the same seed draws the same key', () => {
  expect(SecretKey.generate(seededRng('a')).publicKey).toBe(SecretKey.generate(seededRng('a')).publicKey)
  expect(SecretKey.generate(seededRng('a')).publicKey).not.toBe(SecretKey.generate(seededRng('b')).publicKey)
})

test('a secret is not shown', () => {
  const secret = '01'.repeat(32)
  const shown = [inspect(KEY, { showHidden: true, depth: 9 }), JSON.stringify(KEY), String(KEY)].join('')
  expect(shown).not.toContain(secret)
  expect(shown).not.toContain('1, 1')
  expect(shown).not.toContain(KEY.toNsec())
})

test('a key cannot be changed from outside', () => {
  const bytes = new Uint8Array(32).fill(1)
  const key = new SecretKey(bytes)
  bytes.fill(2)
  key.secret.fill(2)
  expect(key.sign(MESSAGE)).toEqual(KEY.sign(MESSAGE))
})
