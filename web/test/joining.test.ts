import { expect, test } from 'vitest'
import { MemoryStore } from '../src/adapters/memory.ts'
import { SecretKey } from '../src/core/keys.ts'
import { ConfigError } from '../src/errors.ts'
import { join } from '../src/joining.ts'
import type { RoomEvent } from '../src/notices.ts'
import { MemorySwarm } from './swarm.ts'

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
  const names = Object.keys(await import('../src/index.ts'))
  expect(names).toEqual(expect.arrayContaining(['admission', 'extensionSigner', 'join', 'SecretKey', 'view']))
  expect('RTCPeerConnection' in globalThis).toBe(false)
})
