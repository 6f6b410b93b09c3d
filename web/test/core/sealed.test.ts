/** What neighbours pass on unread, compared with what Python seals. */
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/sealed.json'
import { type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { SALT_BYTES, seal, unseal } from '../../src/core/sealed.ts'
import { LocalProtocolError } from '../../src/errors.ts'

const [SOURCE, TO, OTHER] = [1, 2, 3].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [
  SecretKey,
  SecretKey,
  SecretKey,
]
const LOBBY = { context: utf8ToBytes('lobby'), salt: new Uint8Array(SALT_BYTES) }
const TEXT = utf8ToBytes('an offer')
const SEALED = seal(TEXT, SOURCE, TO.publicKey, LOBBY)

test.each(vectors.sealed)('what Python sealed is opened, and sealed alike: $name', vector => {
  const [source, to] = [new SecretKey(hexToBytes(vector.from)), new SecretKey(hexToBytes(vector.to))]
  const [context, salt, text] = [vector.context, vector.salt, vector.text].map(hexToBytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  expect(unseal(hexToBytes(vector.sealed), to, context)).toEqual({ source: source.publicKey, text })
  expect(seal(text, source, to.publicKey, { context, salt })).toEqual(hexToBytes(vector.sealed))
})

test('nobody else opens it, not even who passes it on', () => {
  expect(unseal(SEALED, TO, LOBBY.context)).toEqual({ source: SOURCE.publicKey, text: TEXT })
  expect(unseal(SEALED, OTHER, LOBBY.context)).toBe(null)
})

test('what was sealed for one pair of ids is not opened for another', () => {
  expect(unseal(SEALED, TO, utf8ToBytes('attic'))).toBe(null)
})

test('nobody seals in the name of another', () => {
  const forged = concatBytes(hexToBytes(OTHER.publicKey), SEALED.subarray(32))
  expect(unseal(forged, TO, LOBBY.context)).toBe(null)
})

test.each([0, 32, 48, SEALED.length - 1])('a changed byte at %i is noticed', place => {
  const changed = SEALED.map((byte, index) => (index === place ? byte ^ 1 : byte))
  expect(unseal(changed, TO, LOBBY.context)).toBe(null)
})

test.each([0, 31, 32, 47, 48, 63])('what has only %i bytes is not opened', size => {
  expect(unseal(SEALED.subarray(0, size), TO, LOBBY.context)).toBe(null)
})

test('a key that is no point and a short salt are bugs of ours', () => {
  const nowhere = 'ff'.repeat(32) as PublicKey
  expect(() => seal(TEXT, SOURCE, nowhere, LOBBY)).toThrow(LocalProtocolError)
  expect(() => seal(TEXT, SOURCE, TO.publicKey, { ...LOBBY, salt: LOBBY.salt.subarray(1) })).toThrow('15 bytes')
})
