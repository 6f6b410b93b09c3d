import { expect, test } from 'vitest'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { readAuthor, readId, readSubject, shown } from '../../src/core/typed.ts'
import { ConfigError } from '../../src/errors.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(1))
const NSEC = KEY.toNsec()

test.each([NSEC, NSEC.toUpperCase(), `  ${NSEC}\n`, `ncryptsec1${'q'.repeat(60)}`])(
  'no error repeats a secret key: %#',
  secret => {
    for (const read of [readAuthor, readId, readSubject]) {
      let message = ''
      try {
        read(secret)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        message = (error as Error).message
      }
      expect(message).toContain('a secret key')
      expect(message.toLowerCase()).not.toContain(secret.trim().toLowerCase().slice(5, 20))
    }
  },
)

test.each([
  ['text', '"text"'],
  [Number.NaN, 'NaN'],
  [5n, '5'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{ a: 1 }, 'a value of type object'],
  [Symbol('x'), 'Symbol(x)'],
])('what cannot be meant is named: %#', (value, text) => {
  expect(shown(value)).toBe(text)
})

test('what is shown is short', () => {
  expect(shown('x'.repeat(1_000))).toHaveLength(80)
})

test('a key is the same however it is written', () => {
  const written = [KEY.publicKey, KEY.publicKey.toUpperCase(), npub(KEY.publicKey), ` ${npub(KEY.publicKey)} `]
  for (const each of written) {
    expect(readAuthor(each)).toBe(KEY.publicKey)
    expect(readSubject(each)).toBe(KEY.publicKey)
  }
})

test.each(['', 'me', 'npub1nonsense', 'ff'.repeat(32), 7, null, {}, 5n])('what is no key is refused: %#', value => {
  expect(() => readAuthor(value)).toThrow(ConfigError)
  expect(() => readSubject(value)).toThrow(ConfigError)
})

test.each(['192.0.2.1', '2001:db8::1'])('a ban may be about an address: %s', address => {
  expect(readSubject(address)).toBe(address)
})

test('an id may be in capitals, and has all its digits', () => {
  expect(readId('AB'.repeat(32))).toBe('ab'.repeat(32))
  for (const value of ['abcd', '', 7, null]) expect(() => readId(value)).toThrow(ConfigError)
})
