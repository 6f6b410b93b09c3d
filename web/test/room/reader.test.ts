import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_KEYED, signRecord } from '../../src/core/record.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import { View } from '../../src/room/reader.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(4))
const START = 1_790_000_000

function record(content: string, at: number, kind = 1_078, tags: string[][] = []) {
  return signRecord(KEY, { createdAt: (START + at) as UnixTime, kind, tags, content })
}

test('of a keyed record only the newest version of each name is seen', async () => {
  const store = new MemoryStore()
  const versions = [1, 2, 3].map(at => record(`version ${at}`, at, KIND_KEYED, [['d', 'profile']]))
  const other = record('other', 4, KIND_KEYED, [['d', 'settings']])
  await store.add([...versions, other])
  const view = new View(store, { shadows: new Shadows([]), hides: () => false })
  const seen = (await view.query(makeFilter())).map(each => each.content)
  expect(seen).toEqual(['other', 'version 3'])
})

test('a limit counts what is seen, not what is hidden between', async () => {
  const store = new MemoryStore()
  await store.add(Array.from({ length: 30 }, (_, at) => record(at % 3 === 0 ? `seen ${at}` : 'hidden', at)))
  const view = new View(store, { shadows: new Shadows([]), hides: each => each.content === 'hidden' })
  const seen = (await view.query(makeFilter({ limit: 4 }))).map(each => each.content)
  expect(seen).toEqual(['seen 27', 'seen 24', 'seen 21', 'seen 18'])
})

test('a record is given by its id, hidden or not', async () => {
  const store = new MemoryStore()
  const hidden = record('hidden', 0)
  await store.add([hidden])
  const view = new View(store, { shadows: new Shadows([]), hides: () => true })
  expect(await view.get(hidden.id)).toEqual(hidden)
  expect(await view.get(record('absent', 1).id)).toBeNull()
  expect(view.isHidden(hidden)).toBe(true)
})
