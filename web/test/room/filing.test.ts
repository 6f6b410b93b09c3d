import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { makeRoomName } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'
import { openShelf } from '../../src/room/filing.ts'

const name = makeRoomName('peerset', 'lobby')

test('there is a place for files where they are asked for, and none else', async () => {
  const store = new MemoryStore()
  expect(await openShelf({ name, options: { store: 'memory' } }, store)).toBeNull()
  expect(await openShelf({ name, options: { store: 'memory', files: null } }, store)).toBeNull()
  const shelf = await openShelf({ name, options: { store: 'memory', files: {} } }, store)
  expect(shelf?.exchange.deadline).toBeNull()
  await expect(openShelf({ name, options: { store: 'memory', files: { blob: 1 } } }, store)).rejects.toThrow(
    ConfigError,
  )
})
