import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { hasValidSignature } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'
import { extensionSigner, keySigner, type NostrExtension, ownKey } from '../../src/identity/signers.ts'
import { join } from '../../src/room/joining.ts'

import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const DRAFT = { createdAt: 1_790_000_000 as UnixTime, kind: 1_078, tags: [['c', 'notes']], content: 'hello' }

function extension(publicKey: unknown): NostrExtension {
  return { getPublicKey: async () => publicKey as string, signEvent: async () => null }
}

test('a key of the page signs', async () => {
  const record = await keySigner(KEY).sign(DRAFT)
  expect([record.author, record.content, hasValidSignature(record)]).toEqual([KEY.publicKey, 'hello', true])
})

test('an extension without a key is no signer', async () => {
  expect((await extensionSigner(extension(KEY.publicKey))).publicKey).toBe(KEY.publicKey)
  for (const key of [null, 'npub1', 'ff'.repeat(32)]) {
    await expect(extensionSigner(extension(key))).rejects.toThrow(ConfigError)
  }
})

test('a key of the page has one of its own for each room, which peers and records show in its place', async () => {
  const own = await ownKey(KEY.toNsec(), 'lobby')
  expect((await ownKey(KEY, 'lobby')).publicKey).toBe(own.publicKey)
  const others = [KEY, await ownKey(KEY, 'garden'), await ownKey(KEY, 'lobby', { app: 'chat' })]
  expect(new Set([own, ...others].map(({ publicKey }) => publicKey)).size).toBe(4)
  for (const [key, room] of [
    ['nsec1', 'lobby'],
    [KEY, ''],
  ] as const) {
    await expect(ownKey(key, room)).rejects.toThrow(ConfigError)
  }
  const room = await join('lobby', { key: own, store: 'memory', transport: new MemorySwarm().transport() })
  const id = await room.publish('hello')
  expect([room.key, (await room.get(id))?.author]).toEqual([own.publicKey, own.publicKey])
  await room.leave()
})
