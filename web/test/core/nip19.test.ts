import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/nip19.json'
import { encode } from '../../src/core/bech32.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { decodeNip19, encodeNip19, isPointer, type Pointer } from '../../src/core/nip19.ts'
import type { RecordId } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'

const AUTHOR = new SecretKey(new Uint8Array(32).fill(1)).publicKey
const PROFILE = { type: 'profile', author: AUTHOR, relays: [] } as const
const EVENT = { type: 'event', id: '00'.repeat(32) as RecordId, relays: [], author: null, kind: null } as const
const ADDRESS = { type: 'address', kind: 30_023, author: AUTHOR, key: '', relays: [] } as const

test.each(vectors.pointers)('$text is read and written as in the vectors', ({ text, pointer, written }) => {
  const read = decodeNip19(text)
  expect(isPointer(text)).toBe(true)
  expect(read).toEqual(pointer)
  expect(encodeNip19(read)).toBe(written)
  expect(decodeNip19(written)).toEqual(read)
})

test.each(vectors.refusals)('what is no name is refused: $says, $text', ({ text, says }) => {
  expect(() => decodeNip19(text)).toThrow(ConfigError)
  expect(() => decodeNip19(text)).toThrow(says)
  if (text !== '') expect(() => decodeNip19(text)).not.toThrow(text)
})

test('the shortest form that says all is written', () => {
  expect(encodeNip19(PROFILE)).toBe(npub(AUTHOR))
  const forms: readonly [Pointer, RegExp][] = [
    [{ ...PROFILE, relays: ['wss://a'] }, /^nprofile1/],
    [EVENT, /^note1/],
    [{ ...EVENT, kind: 0 }, /^nevent1/],
    [ADDRESS, /^naddr1/],
  ]
  for (const [pointer, form] of forms) expect(encodeNip19(pointer)).toMatch(form)
})

test('what nobody could read again is not written', () => {
  const long = 'x'.repeat(255)
  expect(() => encodeNip19({ ...ADDRESS, key: `${long}x` })).toThrow('at most 255 bytes a field, not 256')
  expect(() => encodeNip19({ ...PROFILE, relays: ['wss://\ud800'] })).toThrow('half of a surrogate pair')
  const eleven = { ...PROFILE, relays: new Array<string>(11).fill(long) }
  expect(decodeNip19(encodeNip19(eleven))).toEqual(eleven)
  expect(() => encodeNip19({ ...eleven, relays: [...eleven.relays, long] })).toThrow('the limit is 5000')
})

test('any bytes are read or refused', () => {
  const rng = seededRng('nip19')
  for (let round = 0; round < 300; round++) {
    const text = encode(['nprofile', 'nevent', 'naddr'][round % 3] ?? '', rng.randomBytes(round % 120))
    let pointer: Pointer | null = null
    try {
      pointer = decodeNip19(text)
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
    }
    if (pointer !== null) expect(decodeNip19(encodeNip19(pointer))).toEqual(pointer)
  }
})
