import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/nip44.json'
import { type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { conversationKey, openText, paddedBytes, sealText } from '../../src/core/nip44.ts'
import { ConfigError, MalformedError } from '../../src/errors.ts'

const { valid, invalid } = vectors.v2
const keyOf = (secret: string) => new SecretKey(hexToBytes(secret))

test.each(valid.get_conversation_key)('what two keys share is what NIP-44 says: $sec1', row => {
  expect(bytesToHex(conversationKey(keyOf(row.sec1), row.pub2 as PublicKey))).toBe(row.conversation_key)
})

test.each(invalid.get_conversation_key)('what is no key shares nothing: $note', row => {
  expect(() => conversationKey(keyOf(row.sec1), row.pub2 as PublicKey)).toThrow(ConfigError)
})

test.each(valid.encrypt_decrypt)('texts are sealed as in NIP-44 and opened by both ends: $nonce', row => {
  const conversation = conversationKey(keyOf(row.sec1), keyOf(row.sec2).publicKey)
  expect(sealText(row.plaintext, conversation, hexToBytes(row.nonce))).toBe(row.payload)
  const back = conversationKey(keyOf(row.sec2), keyOf(row.sec1).publicKey)
  expect(openText(row.payload, back)).toBe(row.plaintext)
})

test.each(valid.encrypt_decrypt_long_msg)('long texts are sealed as in NIP-44: $repeat', row => {
  const [text, conversation] = [row.pattern.repeat(row.repeat), hexToBytes(row.conversation_key)]
  const payload = sealText(text, conversation, hexToBytes(row.nonce))
  expect(bytesToHex(sha256(utf8ToBytes(payload)))).toBe(row.payload_sha256)
  expect(openText(payload, conversation)).toBe(text)
})

test('lengths are padded as in NIP-44', () => {
  expect(valid.calc_padded_len.map(([size]) => paddedBytes(size ?? 0))).toEqual(
    valid.calc_padded_len.map(([, padded]) => padded),
  )
})

test.each(invalid.decrypt)('what is wrong in NIP-44 is not opened: $note', row => {
  expect(() => openText(row.payload, hexToBytes(row.conversation_key))).toThrow(MalformedError)
})

test.each(invalid.encrypt_msg_lengths)('a text of %d bytes is refused', size => {
  expect(() => sealText('x'.repeat(size), new Uint8Array(32), new Uint8Array(32))).toThrow(ConfigError)
})
