import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seen.json'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_KEYED, recordOf, signRecord } from '../../src/core/record.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import { Expirations } from '../../src/room/expirations.ts'
import { type Court, View } from '../../src/room/reader.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(4))
const START = 1_790_000_000

function record(content: string, at: number, kind = 1_078, tags: string[][] = []) {
  return signRecord(KEY, { createdAt: (START + at) as UnixTime, kind, tags, content })
}

function viewOf(store: MemoryStore, hides: Court['hides'] = () => false, now = START): View {
  const expirations = new Expirations(
    () => now as UnixTime,
    () => {},
  )
  return new View(store, { shadows: new Shadows([]), hides }, expirations)
}

test('of a keyed record only the newest version of each name is seen', async () => {
  const store = new MemoryStore()
  const versions = [1, 2, 3].map(at => record(`version ${at}`, at, KIND_KEYED, [['d', 'profile']]))
  const other = record('other', 4, KIND_KEYED, [['d', 'settings']])
  await store.add([...versions, other])
  const view = viewOf(store)
  const seen = (await view.query(makeFilter())).map(each => each.content)
  expect(seen).toEqual(['other', 'version 3'])
})

test('a limit counts what is seen, not what is hidden between', async () => {
  const store = new MemoryStore()
  await store.add(Array.from({ length: 30 }, (_, at) => record(at % 3 === 0 ? `seen ${at}` : 'hidden', at)))
  const view = viewOf(store, each => each.content === 'hidden')
  const seen = (await view.query(makeFilter({ limit: 4 }))).map(each => each.content)
  expect(seen).toEqual(['seen 27', 'seen 24', 'seen 21', 'seen 18'])
})

test('a record is given by its id, hidden or not', async () => {
  const store = new MemoryStore()
  const hidden = record('hidden', 0)
  await store.add([hidden])
  const view = viewOf(store, () => true)
  expect(await view.get(hidden.id)).toEqual(hidden)
  expect(await view.get(record('absent', 1).id)).toBeNull()
  expect(view.isHidden(hidden)).toBe(true)
})

test('of versions the newest is seen, and nothing that has expired', async () => {
  const store = new MemoryStore()
  await store.add(vectors.events.map(recordOf))
  const view = viewOf(store, () => false, vectors.now)
  const seen = await view.query(makeFilter())
  expect(seen.map(({ id }) => id)).toEqual(vectors.seen)
  view.expirations.close()
})

test('what has expired is hidden, and given by its id', async () => {
  const store = new MemoryStore()
  const gone = record('gone', -9, 1, [['expiration', String(START)]])
  await store.add([gone])
  const view = viewOf(store)
  expect(view.isHidden(gone)).toBe(true)
  expect(await view.get(gone.id)).toEqual(gone)
})
