import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { eventOf, hasValidSignature, signRecord } from '../../src/core/record.ts'
import { MalformedError, SignatureError } from '../../src/errors.ts'
import { signerOf } from '../../src/identity/extension.ts'
import type { NostrExtension, UnsignedEvent } from '../../src/identity/signers.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const OTHER = new SecretKey(new Uint8Array(32).fill(6))
const DRAFT = { createdAt: 1_790_000_000 as UnixTime, kind: 1_078, tags: [['c', 'notes']], content: 'hello' }

function extension(sign: (event: UnsignedEvent) => unknown): NostrExtension {
  return { getPublicKey: async () => KEY.publicKey, signEvent: async event => sign(event) }
}

function signedBy(key: SecretKey, event: UnsignedEvent) {
  return eventOf(signRecord(key, { ...event, createdAt: event.created_at as UnixTime }))
}

test('an extension signs, and its key is the author', async () => {
  const signer = await signerOf(extension(event => signedBy(KEY, event)))
  const record = await signer.sign(DRAFT)
  expect([signer.publicKey, record.author, hasValidSignature(record)]).toEqual([KEY.publicKey, KEY.publicKey, true])
})

test('members that an extension adds to an event of its own are passed over', async () => {
  const extras = { relays: ['wss://relay.example'], ots: null, kind_name: 'note' }
  const signer = await signerOf(extension(event => ({ ...extras, ...signedBy(KEY, event), seen: 1 })))
  const record = await signer.sign(DRAFT)
  expect(record).toEqual(await (await signerOf(extension(event => signedBy(KEY, event)))).sign(DRAFT))
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
    const signer = await signerOf(extension(sign))
    await expect(signer.sign(DRAFT)).rejects.toThrow(error)
  }
})
