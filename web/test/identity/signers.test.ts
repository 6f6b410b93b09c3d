import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { eventOf, hasValidSignature, signRecord } from '../../src/core/record.ts'
import { ConfigError, MalformedError, SignatureError } from '../../src/errors.ts'
import {
  extensionSigner,
  keySigner,
  type NostrExtension,
  readKey,
  type UnsignedEvent,
} from '../../src/identity/signers.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const OTHER = new SecretKey(new Uint8Array(32).fill(6))
const DRAFT = { createdAt: 1_790_000_000 as UnixTime, kind: 1_078, tags: [['c', 'notes']], content: 'hello' }

function extension(sign: (event: UnsignedEvent) => unknown, publicKey: unknown = KEY.publicKey): NostrExtension {
  return { getPublicKey: async () => publicKey as string, signEvent: async event => sign(event) }
}

function signedBy(key: SecretKey, event: UnsignedEvent) {
  return eventOf(signRecord(key, { ...event, createdAt: event.created_at as UnixTime }))
}

test('a key of the page signs', async () => {
  const record = await keySigner(KEY).sign(DRAFT)
  expect([record.author, record.content, hasValidSignature(record)]).toEqual([KEY.publicKey, 'hello', true])
})

test('an extension signs, and its key is the author', async () => {
  const signer = await extensionSigner(extension(event => signedBy(KEY, event)))
  const record = await signer.sign(DRAFT)
  expect([signer.publicKey, record.author, hasValidSignature(record)]).toEqual([KEY.publicKey, KEY.publicKey, true])
})

test('an extension that signs something else, as somebody else, or nothing is found out', async () => {
  const lies: [(event: UnsignedEvent) => unknown, new (message: string) => Error][] = [
    [event => signedBy(OTHER, event), SignatureError],
    [event => signedBy(KEY, { ...event, content: 'changed' }), SignatureError],
    [event => signedBy(KEY, { ...event, tags: [] }), SignatureError],
    [event => ({ ...signedBy(KEY, event), sig: '00'.repeat(64) }), SignatureError],
    [() => undefined, MalformedError],
  ]
  for (const [sign, error] of lies) {
    const signer = await extensionSigner(extension(sign))
    await expect(signer.sign(DRAFT)).rejects.toThrow(error)
  }
})

test('an extension without a key is no signer', async () => {
  for (const key of [null, 'npub1', 'ff'.repeat(32)]) {
    await expect(extensionSigner(extension(() => null, key))).rejects.toThrow(ConfigError)
  }
})

test('keys are read from nsec text, with white space around it, and nothing else', () => {
  expect(readKey(` ${KEY.toNsec()}\n`).publicKey).toBe(KEY.publicKey)
  expect(readKey(KEY)).toBe(KEY)
  expect(() => readKey('nsec1')).toThrow(ConfigError)
})
