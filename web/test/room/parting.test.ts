import { expect, test } from 'vitest'
import { makeRoomName } from '../../src/core/signal.ts'
import { ConfigError, RoomClosedError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const ALONE = { signaling: [], store: 'memory' } as const

test('a part is a room of its own that others join by its name', async () => {
  const [halls, attics] = [new MemorySwarm(), new MemorySwarm()]
  const room = await join('lobby', { store: 'memory', transport: halls.transport() })
  const other = await join('lobby/photos', { store: 'memory', transport: attics.transport() })
  const photos = await room.sub('photos', { transport: attics.transport() })
  expect([photos.name, photos.key]).toEqual([makeRoomName('peerset', 'lobby/photos'), room.key])
  await photos.publish('a tree')
  await expect.poll(() => other.count).toBe(1)
  expect(room.count).toBe(0)
  await Promise.all([room, other, photos].map(each => each.leave()))
})

test('a part has what the whole was joined with, unless it is given its own, and may have parts', async () => {
  const room = await join('lobby', { ...ALONE, app: 'album' })
  const photos = await room.sub('photos', { retention: '30d' })
  const newest = await photos.sub('2026', { window: '7d' })
  expect([newest.name, newest.key]).toEqual([makeRoomName('album', 'lobby/photos/2026'), room.key])
  await newest.publish('a 5')
  expect([room.count, photos.count, newest.count]).toEqual([0, 0, 1])
  await Promise.all([room, photos, newest].map(each => each.leave()))
})

test.each(['', '/photos', 'photos/', 'a//b'])('%j is no part of a room', async name => {
  const room = await join('lobby', ALONE)
  await expect(room.sub(name)).rejects.toThrow(ConfigError)
  await room.leave()
})

test('what serves one room alone has to be said anew for a part', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  await expect(room.sub('photos')).rejects.toThrow('a part needs a transport of its own')
  await room.leave()
  await expect(room.sub('photos')).rejects.toThrow(RoomClosedError)
})
