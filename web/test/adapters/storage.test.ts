import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { databaseName, openStore } from '../../src/adapters/storage.ts'
import { makeRoomName } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'

const ROOM = makeRoomName('peerset', 'lobby')
const WATCH = { tell: () => {}, onLost: () => {}, onFull: async () => false }

test('a store is opened by name, or taken as it is', async () => {
  const own = new MemoryStore()
  expect(await openStore(own, ROOM, WATCH)).toBe(own)
  expect(await openStore('memory', ROOM, WATCH)).toBeInstanceOf(MemoryStore)
})

test('an unknown store is refused with the names there are', async () => {
  await expect(openStore('disk' as never, ROOM, WATCH)).rejects.toThrow(ConfigError)
  await expect(openStore('disk' as never, ROOM, WATCH)).rejects.toThrow('try "indexeddb" or "memory"')
})

test('rooms of different applications have databases of different names', () => {
  const names = [databaseName(makeRoomName('a/b', 'c')), databaseName(makeRoomName('a', 'b/c'))]
  expect(new Set(names).size).toBe(2)
})
