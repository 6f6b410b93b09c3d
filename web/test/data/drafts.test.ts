import { expect, test } from 'vitest'
import type { Json } from '../../src/core/action.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { DOCUMENT_LINKS_MAX } from '../../src/core/limits.ts'
import { KIND_KEYED, KIND_RECORD } from '../../src/core/record.ts'
import { stampOf } from '../../src/core/stamp.ts'
import { draftDocument, draftVersion, expiryOf, withUnknown } from '../../src/data/drafts.ts'
import { Schema } from '../../src/documents/schema.ts'
import { ConfigError } from '../../src/errors.ts'
import { ANN, BOB, document, PLACES } from '../adapters/placeSamples.ts'

const NOW = 1_790_000_000 as UnixTime

test('a document is dated after what it follows, of which there is a limit', () => {
  const [one, two] = [document(ANN, 5, { title: '1' }), document(BOB, 9, { title: '2' })]
  const draft = draftDocument(PLACES, '{}', [two, one], NOW)
  expect([draft.kind, draft.after]).toEqual([KIND_RECORD, stampOf(two)])
  expect(draft.tags.filter(([name]) => name === 'e').map(([, id]) => id)).toEqual([two.id, one.id])
  expect(draftDocument(PLACES, '{}', [], null).after).toBe(0)
  const many = Array(DOCUMENT_LINKS_MAX + 1).fill(one)
  expect(() => draftDocument(PLACES, '{}', many, null)).toThrow('follows at most 32 others, not 33')
})

test('a version follows the heads, and is dated after these and all versions of ours', () => {
  const version = (id: string, author: string, stamp: number, parents: string[] = []) =>
    ({ id, author, stamp, state: 0, parents }) as unknown as Parameters<typeof draftVersion>[3][number]
  const versions = [version('a', 'ours', 10), version('b', 'theirs', 20, ['a']), version('c', 'ours', 30, ['b'])]
  const whose = { author: 'ours' as typeof ANN.publicKey, expiresAt: null }
  const draft = draftVersion(PLACES, 'k', null, versions, whose)
  expect([draft.kind, draft.content, draft.after]).toEqual([KIND_KEYED, '', 30])
  expect(draft.tags).toEqual([['c', 'places'], ['d', 'places/k'], ['e', 'c', '', 'prev'], ['void']])
  expect(draftVersion(PLACES, 'k', '{}', [], whose).after).toBe(0)
})

test('a time to live is a number of seconds above 0, and at least one', () => {
  expect([null, undefined, 60, 0.5, 1.5].map(ttl => expiryOf(ttl, NOW))).toEqual([
    null,
    null,
    NOW + 60,
    NOW + 1,
    NOW + 1,
  ])
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
    expect(() => expiryOf(wrong, NOW)).toThrow(ConfigError)
  }
})

const OLD: Json = { a: 1, new: true, in: { b: 1, c: 2 }, list: [1] }
const KEPT = { a: 2, in: { b: 3, c: 2 }, new: true, list: [1] }

test('what a later schema has is kept', () => {
  const inner = { properties: { b: {} } }
  const schema = new Schema({ properties: { a: {}, in: inner } })
  expect(withUnknown({ a: 2, in: { b: 3 } }, OLD, schema, null)).toEqual(KEPT)
  expect(withUnknown([1], OLD, schema, null)).toEqual([1])
  expect(withUnknown({ a: 2 }, null, schema, null)).toEqual({ a: 2 })
  const maybe = new Schema({ properties: { in: { anyOf: [{ type: 'null' }, inner] } } })
  expect(withUnknown({ a: 2, in: { b: 3 } }, OLD, maybe, null)).toEqual(KEPT)
})

test('what a validator leaves out is kept', () => {
  expect(withUnknown({ a: 2, in: { b: 3 } }, OLD, null, { a: 1, in: { b: 1 } })).toEqual(KEPT)
  expect(withUnknown({ a: 2 }, OLD, null, OLD)).toEqual({ a: 2 })
})

test.each([
  { type: 'object' },
  { additionalProperties: { type: 'number' } },
  { properties: { b: {} }, additionalProperties: { type: 'number' } },
])('what is taken out of a table of names is gone: %j', schema => {
  expect(withUnknown({ b: 1 }, { a: 1, b: 1 }, new Schema(schema), null)).toEqual({ b: 1 })
})
