import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/links.json'
import type { UnixTime } from '../../src/core/clock.ts'
import { type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { decodeAnswer, encodeAnswer, isGenuineLink, linkText, readLink, signLink } from '../../src/core/linking.ts'
import { conversationKey, openText, sealText } from '../../src/core/nip44.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { MalformedError } from '../../src/errors.ts'

test.each(vectors.requests)('a request is signed and read as in the vectors: $name', row => {
  const terms = {
    roomTag: row.room as RoomTag,
    nonce: hexToBytes(row.nonce),
    until: row.until as UnixTime,
    name: row.name,
  }
  expect(linkText(signLink(new SecretKey(hexToBytes(row.secret)), terms))).toBe(row.text)
  const read = readLink(`\n ${row.text} `)
  expect(isGenuineLink(read)).toBe(true)
  expect({ ...read, nonce: bytesToHex(read.nonce) }).toMatchObject({
    device: row.device,
    roomTag: row.room,
    nonce: row.nonce,
    until: row.until,
    name: row.name,
  })
})

test('what no device signed is told apart', () => {
  for (const text of vectors.forged) expect(isGenuineLink(readLink(text))).toBe(false)
})

test('what is no request is refused', () => {
  for (const text of vectors.refusals) expect(() => readLink(text)).toThrow(MalformedError)
})

test.each(['', ' ', 'x'.repeat(65), 'a\nb', 'a\ud800'])('a device has a name that can be shown, not %j', name => {
  const terms = { roomTag: '0'.repeat(32) as RoomTag, nonce: new Uint8Array(16), until: 1 as UnixTime, name }
  expect(() => signLink(new SecretKey(new Uint8Array(32).fill(1)), terms)).toThrow('called by 1 to 64 bytes')
})

test.each(vectors.answers)('an answer is sealed and read as in the vectors', row => {
  const conversation = conversationKey(new SecretKey(hexToBytes(row.owner)), row.device as PublicKey)
  expect(sealText(encodeAnswer(row.said), conversation, hexToBytes(row.nonce))).toBe(row.sealed)
  expect(decodeAnswer(openText(row.sealed, conversation))).toEqual(row.said)
})

test.each(['', '[]', '{}', 'null', '{"grant":"g","name":"n","nonce":"00"}', '{"grant":1}'])('%s is no answer', text => {
  expect(() => decodeAnswer(text)).toThrow('no answer')
})
