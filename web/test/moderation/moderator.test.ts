import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import type { RecordId } from '../../src/core/record.ts'
import { ConfigError, RoomClosedError } from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(2))

test('a ban ends the sessions of its key, and a lifted one lets it come back', async () => {
  const swarm = new MemorySwarm()
  const events: RoomEvent[] = []
  const onEvent = (event: RoomEvent) => events.push(event)
  const room = await join('lobby', { store: 'memory', transport: swarm.transport(), onEvent })
  const guest = await join('lobby', { store: 'memory', transport: swarm.transport(), key: KEY })
  await expect.poll(() => events.map(event => event.type)).toContain('PeerJoined')
  await room.moderation.ban(KEY.publicKey, { seconds: 1_000, reason: 'spam' })
  expect(room.moderation.bans()).toEqual([expect.objectContaining({ subject: KEY.publicKey, reason: 'spam' })])
  await expect.poll(() => [room.peers.length, guest.peers.length]).toEqual([0, 0])
  await guest.leave()
  await room.moderation.lift(KEY.publicKey)
  expect(room.moderation.bans()).toEqual([])
  const again = await join('lobby', { store: 'memory', transport: swarm.transport(), key: KEY })
  await expect.poll(() => room.peers.map(peer => peer.state)).toEqual(['established'])
  await Promise.all([room.leave(), again.leave()])
})

test('mutes and bans take a key however it is written, and nothing that is none', async () => {
  const swarm = new MemorySwarm()
  const room = await join('lobby', { transport: swarm.transport(), store: 'memory' })
  await room.moderation.mute(npub(KEY.publicKey))
  expect(room.moderation.muted()).toEqual([KEY.publicKey])
  await room.moderation.unmute(npub(KEY.publicKey))
  expect(room.moderation.muted()).toEqual([])
  await room.moderation.ban(npub(KEY.publicKey), { seconds: 1_000 })
  expect(room.moderation.bans()).toEqual([expect.objectContaining({ subject: KEY.publicKey })])
  await room.moderation.lift(npub(KEY.publicKey))
  expect(room.moderation.bans()).toEqual([])
  await expect(room.moderation.ban(npub(room.key), { seconds: 1 })).rejects.toThrow('our own key')
  for (const nobody of ['me', KEY.toNsec(), '']) {
    await expect(room.moderation.mute(nobody)).rejects.toThrow(ConfigError)
    await expect(room.moderation.lift(nobody)).rejects.toThrow(ConfigError)
  }
  await room.leave()
})

test('a ban without an end, of nobody or of ourselves is refused', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), key: KEY })
  for (const seconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 4_000_000_000]) {
    await expect(room.moderation.ban('192.0.2.1', { seconds })).rejects.toThrow(ConfigError)
  }
  for (const subject of ['', 'x'.repeat(65), KEY.publicKey]) {
    await expect(room.moderation.ban(subject, { seconds: 1 })).rejects.toThrow(ConfigError)
  }
  expect(room.moderation.bans()).toEqual([])
  await room.leave()
})

test('what is not here can be neither released nor purged, and a deletion must stay', async () => {
  const store = new MemoryStore()
  const room = await join('lobby', { store, transport: new MemorySwarm().transport() })
  const record = await room.publish('a mistake')
  const deletion = await room.delete(record.id)
  await expect(room.moderation.release(record.id)).rejects.toThrow('is not in quarantine')
  await expect(room.moderation.purge('00'.repeat(32) as RecordId)).rejects.toThrow('there is no record 00000000 here')
  await expect(room.moderation.purge(deletion.id)).rejects.toThrow('what it deletes would come back')
  await room.leave()
})

test('a room that was left is moderated no more', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  await room.leave()
  const id = '00'.repeat(32) as RecordId
  for (const asked of [
    room.moderation.judged(),
    room.moderation.release(id),
    room.moderation.purge(id),
    room.moderation.mute(KEY.publicKey),
    room.moderation.unmute(KEY.publicKey),
    room.moderation.ban(KEY.publicKey, { seconds: 1 }),
    room.moderation.lift(KEY.publicKey),
  ]) {
    await expect(asked).rejects.toThrow(RoomClosedError)
  }
})
