import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_KEYED, KIND_RECORD, type RecordId, signRecord, type Tags } from '../../src/core/record.ts'
import { define } from '../../src/documents/definition.ts'
import { columnsOf, fieldOfRow, HIDDEN, MISFIT, readDocumentKey, rowOf, VOID } from '../../src/documents/document.ts'
import { headsOf, tagsOf } from '../../src/documents/linking.ts'
import { ConfigError } from '../../src/errors.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const schema = { type: 'object', properties: { stars: { type: 'number', default: 3 }, tags: {} } }
const upgrade = (value: unknown) => ({ stars: Number(value) })
const PLACES = define('places', schema, { also: [{ name: 'spots', upgrade }] })

function record(kind: number, tags: Tags, content: string) {
  return signRecord(KEY, { createdAt: 9 as UnixTime, kind, tags, content })
}

test('a record of the collection is read, with its defaults', () => {
  const id = 'ab'.repeat(32) as RecordId
  const tags = [...tagsOf(PLACES, 'a', [id, id], 99), ['us', '7'], ['batch', '00']]
  const row = rowOf(PLACES, record(KIND_KEYED, tags, '{"tags":[]}'))
  const facts = { key: 'a', stamp: 9_000_007, state: 0, expiresAt: 99, parents: [id], batch: '00' }
  expect(row).toMatchObject({ collection: 'places', ...facts, value: { tags: [], stars: 3 } })
  if (row === null) throw new Error('it is one')
  expect(columnsOf(PLACES, row)).toEqual([3])
  expect(['key', 'author', 'time', 'stars'].map(name => fieldOfRow(row, name))).toEqual([
    'a',
    KEY.publicKey,
    9_000_007,
    3,
  ])
})

test.each([
  [KIND_RECORD, [['c', 'other']], '{}', null],
  [1, [['c', 'places']], '{}', null],
  [KIND_RECORD, [['c', 'places']], '{"stars":"many"}', MISFIT],
  [KIND_RECORD, [['c', 'places']], '{', MISFIT],
  [KIND_RECORD, [['c', 'places'], ['void']], '{}', MISFIT],
  [
    KIND_KEYED,
    [
      ['c', 'places'],
      ['d', 'a'],
    ],
    '{}',
    MISFIT,
  ],
  [KIND_KEYED, [['c', 'places'], ['d', 'places/a'], ['void']], '', VOID],
  [
    KIND_KEYED,
    [
      ['c', 'spots'],
      ['d', 'spots/a'],
    ],
    '4',
    0,
  ],
])('a record of kind %i with %j and %j has the state %j', (kind, tags, content, state) => {
  expect(rowOf(PLACES, record(kind, tags, content))?.state ?? null).toBe(state)
})

test('what nobody follows are the heads; links to what is not here, or is later, mean nothing', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'] as RecordId[]
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('there are four')
  const version = (id: RecordId, stamp: number, parents: RecordId[] = [], state = 0) => {
    return { id, author: KEY.publicKey, stamp, state, parents }
  }
  const versions = [version(a, 1, [c]), version(b, 2, [a]), version(c, 2), version(d, 3, [b], HIDDEN)]
  expect(headsOf(versions).map(({ id }) => id)).toEqual([b, c])
})

test.each(['', 5, 'é'.repeat(257), '\ud800', null])('%s is no key', key => {
  expect(() => readDocumentKey(key)).toThrow(ConfigError)
})

test('an upgrade that gives what JSON cannot say makes a misfit', () => {
  const given = [new Date(), () => 1, undefined, { a: Number.NaN }, '\ud800']
  for (const each of given) {
    const places = define('places', null, { also: [{ name: 'spots', upgrade: () => each as never }] })
    expect(rowOf(places, record(KIND_RECORD, [['c', 'spots']], '{}'))?.state).toBe(MISFIT)
  }
})
