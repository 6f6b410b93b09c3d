import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/npub.json'
import { decode, encode } from '../../src/core/bech32.ts'
import { npub, parseNpub, SecretKey } from '../../src/core/keys.ts'
import { ConfigError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'
import { below, noise } from './damage.ts'

test.each(vectors.keys)('keys are written and read as in the vectors: $npub', vector => {
  const key = SecretKey.fromNsec(vector.nsec)
  expect(bytesToHex(key.secret)).toBe(vector.secret_key)
  expect(key.toNsec()).toBe(vector.nsec)
  expect(key.publicKey).toBe(vector.public_key)
  expect(npub(key.publicKey)).toBe(vector.npub)
  expect(parseNpub(vector.npub)).toBe(vector.public_key)
  expect(bytesToHex(decode('npub', vector.npub.toUpperCase()))).toBe(vector.public_key)
})

test.each(vectors.refusals)('other texts are refused without repeating a secret: $name', vector => {
  const read = () => (vector.prefix === 'npub' ? parseNpub(vector.text) : SecretKey.fromNsec(vector.text))
  expect(read).toThrow(ConfigError)
  if (vector.text.startsWith('nsec1')) {
    expect(read).not.toThrow(vector.text)
  }
})

test('an endless text is refused by its length', () => {
  expect(() => decode('npub', `npub1${'q'.repeat(10_000_000)}`)).toThrow('must have 63 characters')
})

test.each(['b', 'q', 'é'])('a wrong character or checksum is refused: %s', letter => {
  expect(() => decode('npub', `npub1${letter.repeat(58)}`)).toThrow('wrong character or checksum')
})

test('a text whose filling bits are not zero is refused', () => {
  // 32 zero bytes and a filling of 0001; the checksum is right.
  const text = 'npub1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqplkg8xt'
  expect(() => decode('npub', text)).toThrow('whole bytes')
})

test('any bytes are read back at their size', () => {
  const rng = seededRng('bech32')
  for (let run = 0; run < 300; run += 1) {
    const data = noise(rng, 100)
    expect(decode('ncryptsec', encode('ncryptsec', data), data.length)).toEqual(data)
  }
})

test('any text is a key or a ConfigError', () => {
  const rng = seededRng('texts')
  const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l1'
  for (let run = 0; run < 300; run += 1) {
    const text = Array.from({ length: 58 }, () => letters[below(rng, 32)]).join('')
    expect(() => decode('npub', `npub1${text}`)).toThrow(ConfigError)
  }
})
