import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { SecretKey } from '../../src/core/keys.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(2))

/** A disk of its own: what leaves with the room is the connection to it, not what is on it. */
class Disk extends MemoryStore {
  override async close(): Promise<void> {}
}

test('a room is taken up where its store left it', async () => {
  const store = new Disk()
  const swarm = new MemorySwarm()
  const before = await join('lobby', { store, transport: swarm.transport(), key: KEY.toNsec() })
  await before.publish('kept')
  const root = before.root
  await before.leave()
  const after = await join('lobby', { store, transport: swarm.transport(), key: KEY })
  expect([after.count, after.root, after.key]).toEqual([1, root, KEY.publicKey])
  await after.leave()
})

test('a store belongs to one room', async () => {
  const store = new Disk()
  const room = await join('lobby', { store, transport: new MemorySwarm().transport() })
  await room.leave()
  const elsewhere = join('garden', { store, transport: new MemorySwarm().transport() })
  await expect(elsewhere).rejects.toThrow(ConfigError)
})

test('without IndexedDB the room lives in memory, and the first thing it says is so', async () => {
  const events: RoomEvent[] = []
  const transport = new MemorySwarm().transport()
  const room = await join('lobby', { transport, onEvent: event => events.push(event) })
  expect(events[0]).toMatchObject({ type: 'StorageUnavailable' })
  await room.publish('still works')
  expect(room.count).toBe(1)
  await room.leave()
})

test('importing the library touches nothing of a browser', async () => {
  const names = Object.keys(await import('../../src/index.ts'))
  expect(names).toEqual(expect.arrayContaining(['admission', 'extensionSigner', 'join', 'SecretKey', 'view']))
  expect('RTCPeerConnection' in globalThis).toBe(false)
})

test('plain functions may have any names, even the same', async () => {
  const $ = () => null
  const policies = [$, { is_Spam: () => null }.is_Spam, $, () => null]
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), policies })
  await room.leave()
})

test.each([null, 7, 'no-spam'])('%j is no policy', async policy => {
  const joining = join('lobby', { transport: new MemorySwarm().transport(), policies: [policy as never] })
  await expect(joining).rejects.toThrow(ConfigError)
})

test.each([7, {}, { publicKey: 'me', sign: () => {} }, '00'.repeat(32)])('%j is no key', async key => {
  const joining = join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), key: key as never })
  await expect(joining).rejects.toThrow(ConfigError)
})

test.each(['disk', 7])('%j is no store', async store => {
  const joining = join('lobby', { transport: new MemorySwarm().transport(), store: store as never })
  await expect(joining).rejects.toThrow(ConfigError)
})

test('a network that cannot be had leaves nothing behind', async () => {
  const store = new MemoryStore()
  const transport = new MemorySwarm().transport()
  transport.open = () => {
    throw new ConfigError('there is no network')
  }
  const policies = [() => 'hidden']
  await expect(join('lobby', { store, transport, policies })).rejects.toThrow('there is no network')
  await expect(store.entries()).rejects.toThrow(StoreError)
})

test('what fails is told although closing the network fails too', async () => {
  const store = new Disk()
  await store.bind('ab'.repeat(16) as RoomTag)
  const transport = new MemorySwarm().transport()
  transport.close = () => Promise.reject(new Error('it is gone'))
  await expect(join('lobby', { store, transport })).rejects.toThrow('belongs to another room')
})

test('strikes and bans are taken up where the store left them', async () => {
  const disk = new Disk()
  const before = await join('lobby', { store: disk, transport: new MemorySwarm().transport() })
  await before.moderation.ban(KEY.publicKey, { seconds: 1_000, reason: 'spam' })
  const [ban] = before.moderation.bans()
  await before.leave()
  const swarm = new MemorySwarm()
  const after = await join('lobby', { store: disk, transport: swarm.transport() })
  expect(after.moderation.bans().map(({ subject, reason }) => [subject, reason])).toEqual([[ban?.subject, 'spam']])
  const events: RoomEvent[] = []
  const banned = await join('lobby', { store: 'memory', transport: swarm.transport(), key: KEY })
  after.on(event => events.push(event))
  await expect.poll(() => banned.peers.length).toBe(0)
  expect(events.map(event => event.type)).not.toContain('PeerJoined')
  await after.moderation.lift(KEY.publicKey)
  expect([after.moderation.bans(), (await disk.notes('strikes')).size]).toEqual([[], 0])
  await Promise.all([after.leave(), banned.leave()])
})
