import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { signRecord } from '../../src/core/record.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { readQuery } from '../../src/room/asking.ts'
import { Expirations } from '../../src/room/expirations.ts'
import { follow } from '../../src/room/query.ts'
import { View } from '../../src/room/reader.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(8))

function record(content: string, at: number) {
  return signRecord(KEY, { createdAt: (1_790_000_000 + at) as UnixTime, kind: 1_078, tags: [['c', 'notes']], content })
}

function viewOf(store: MemoryStore): View {
  const expirations = new Expirations(
    () => 1_790_000_000 as UnixTime,
    () => {},
  )
  return new View(store, { shadows: new Shadows([]), hides: () => false }, expirations)
}

test('what comes while the stored ones are read is given once, after them', async () => {
  const store = new MemoryStore()
  const [stored, both, later] = [record('stored', 0), record('both', 1), record('later', 2)]
  await store.add([stored, both])
  const listeners: ((event: RoomEvent) => void)[] = []
  const given: string[] = []
  const view = viewOf(store)
  const reader = {
    stored: (records: readonly { content: string }[]) => given.push(...records.map(each => each.content)),
    live: (each: { content: string }) => given.push(each.content),
    failed: (error: unknown) => given.push(String(error)),
  }
  follow(view, readQuery({ collection: 'notes' }, 0), reader, listener => {
    listeners.push(listener)
    return () => {}
  })
  const tell = (each: ReturnType<typeof record>) => listeners[0]?.({ type: 'RecordAdded', record: each, peer: null })
  tell(both)
  tell(later)
  await expect.poll(() => given).toEqual(['stored', 'both', 'later'])
  tell(record('last', 3))
  tell(signRecord(KEY, { createdAt: 1_790_000_009 as UnixTime, kind: 1_078, tags: [], content: 'elsewhere' }))
  expect(given).toEqual(['stored', 'both', 'later', 'last'])
})

test('a store that cannot be read is told once, and what comes later is given all the same', async () => {
  const store = new MemoryStore()
  await store.close()
  const told: string[] = []
  const reader = {
    stored: () => told.push('stored'),
    live: (each: { content: string }) => told.push(each.content),
    failed: (error: unknown) => told.push(String(error)),
  }
  let tell: (event: RoomEvent) => void = () => {}
  follow(viewOf(store), readQuery({}, 0), reader, listener => {
    tell = listener
    return () => {}
  })
  tell({ type: 'RecordAdded', record: record('early', 0), peer: null })
  await expect.poll(() => told).toEqual(['StoreError: the memory store is closed', 'early'])
  tell({ type: 'RecordAdded', record: record('late', 1), peer: null })
  expect(told.at(-1)).toBe('late')
})

test('whoever stops following is given nothing any more, not even what is being read', async () => {
  const store = new MemoryStore()
  await store.add([record('stored', 0)])
  const told: string[] = []
  const reader = { stored: () => told.push('stored'), live: () => told.push('live'), failed: () => told.push('failed') }
  const view = viewOf(store)
  const stop = follow(view, readQuery({}, 0), reader, () => () => told.push('stopped'))
  stop()
  await view.query(await view.resolve(readQuery({}, 0)))
  await Promise.resolve()
  expect(told).toEqual(['stopped'])
})

test('a query whose look-up fails ends what follows it, once', async () => {
  const told: string[] = []
  const reader = {
    stored: () => told.push('stored'),
    live: () => told.push('live'),
    failed: (error: unknown) => told.push(String(error)),
  }
  let tell: (event: RoomEvent) => void = () => {}
  follow(viewOf(new MemoryStore()), readQuery({ after: 'abcd' }, 0), reader, listener => {
    tell = listener
    return () => {}
  })
  await expect.poll(() => told).toEqual([expect.stringContaining('ConfigError: no page begins after "abcd"')])
  tell({ type: 'RecordAdded', record: record('later', 0), peer: null })
  expect(told).toHaveLength(1)
})
