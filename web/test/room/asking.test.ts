import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/queries.json'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { cursorOf, type Filter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { signRecord } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'
import { readQuery } from '../../src/room/asking.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(8))
const NOW = vectors.now
const RECORDS = Array.from({ length: 3 }, (_, at) =>
  signRecord(KEY, { createdAt: (NOW + at) as UnixTime, kind: 1_078, tags: [['us', '7']], content: `${at}` }),
)

/** Write *filter* as the vectors do. */
function written({ ids, authors, kinds, tags, after, ...rest }: Filter) {
  const sorted = <Value>(values: ReadonlySet<Value> | null) => values && [...values].sort()
  return {
    ...rest,
    ids: sorted(ids),
    authors: sorted(authors),
    kinds: sorted(kinds),
    tags: Object.fromEntries([...tags].map(([name, values]) => [name, sorted(values)])),
    after: after && [after.stamp, after.id],
  }
}

test.each(vectors.queries)('both languages read a query alike: $query', async ({ query, filter }) => {
  if (filter === null) expect(() => readQuery(query, NOW)).toThrow(ConfigError)
  else expect(written(await readQuery(query, NOW)(new MemoryStore()))).toEqual(filter)
})

test.each([
  [null, 'records are chosen by an object, such as { kinds: 1078 }, not null'],
  ['chat', 'not "chat"'],
  [{ author: 'me' }, 'records are not chosen by "author"; there are: ids, authors,'],
  [{ limit: 1.5 }, 'a limit is a whole number from 0 on, not 1.5'],
  [{ kinds: 5n }, 'a kind is a whole number from 0 to 65535, not 5n'],
  [{ kinds: [1.5] }, 'not 1.5'],
  [{ tags: { long: ['x'] } }, 'a tag\'s name is one letter, not "long"'],
  [{ tags: new Map([[['t'], 'x']]) }, "a tag's name is one letter, not a value of type object"],
  [{ tags: { t: 5 } }, 'a value of the tag "t" is a text, not 5'],
  [{ since: new Date('x') }, 'a time is Unix seconds'],
  [{ since: Number.NaN }, 'not NaN'],
  [{ authors: KEY.toNsec() }, 'that is a secret key'],
  [{ after: { stamp: 'x', id: 'ab' } }, "a record's id"],
])('what cannot be meant is named at once: %#', (query, message) => {
  expect(() => readQuery(query, NOW)).toThrow(message)
})

test('dates, keys and maps may stand where texts do', async () => {
  const since = new Date(NOW * 1_000 + 1)
  const query = { since, until: since, authors: KEY, tags: new Map([['t', 'x']]) }
  const filter = await readQuery(query, NOW)(new MemoryStore())
  expect(filter).toMatchObject({ since: NOW + 1, until: NOW, authors: new Set([KEY.publicKey]) })
  expect(filter.tags).toEqual(new Map([['t', new Set(['x'])]]))
})

test('first digits of ids are looked up', async () => {
  const store = new MemoryStore()
  await store.add(RECORDS)
  const ids = RECORDS.map(({ id }) => id)
  const filter = await readQuery({ ids: [ids[0]?.slice(0, 10), ids[1]] }, NOW)(store)
  expect(filter.ids).toEqual(new Set(ids.slice(0, 2)))
  expect((await readQuery({ ids: '0000' }, NOW)(store)).ids).toEqual(new Set())
})

test('a page begins after a record, its id, or a place that outlives it', async () => {
  const store = new MemoryStore()
  await store.add(RECORDS)
  const [, middle] = RECORDS
  if (middle === undefined) throw new Error('there is no record')
  const place = cursorOf(middle)
  for (const after of [middle, middle.id, middle.id.slice(0, 8), place, `${place.stamp}-${place.id}`]) {
    expect((await readQuery({ after }, NOW)(store)).after).toEqual(place)
  }
  await expect(readQuery({ after: 'abcd' }, NOW)(store)).rejects.toThrow('no page begins after "abcd"')
  expect((await readQuery({ after: place }, NOW)(new MemoryStore())).after).toEqual(place)
})
