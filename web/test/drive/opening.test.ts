/** A place for files beside a store. */
import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { makeRoomName } from '../../src/core/signal.ts'
import { openShelf } from '../../src/drive/opening.ts'
import { ConfigError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

test('a room that comes again has its files in the database beside its own', async () => {
  const options = () => ({
    transport: new MemorySwarm().transport(),
    files: {},
    key: new SecretKey(new Uint8Array(32).fill(2)),
  })
  const before = await join('kept', options())
  const data = new Uint8Array(200_000).fill(7)
  await (await before.files('site')).put('a', data)
  await before.leave()
  const after = await join('kept', options())
  expect(await (await after.files('site')).get('a')).toEqual(data)
  await after.leave()
})

test('limits that cannot be meant are refused', async () => {
  const wish = { name: makeRoomName('peerset', 'lobby'), options: { store: 'memory', files: { blob: 1 } } }
  await expect(openShelf(wish, new MemoryStore())).rejects.toThrow(ConfigError)
})
