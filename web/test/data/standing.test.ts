import { expect, test } from 'vitest'
import type { Json } from '../../src/core/action.ts'
import type { Record } from '../../src/core/record.ts'
import { Facts } from '../../src/data/facts.ts'
import { Standing } from '../../src/data/standing.ts'
import type { Doc } from '../../src/data/types.ts'
import type { Definition } from '../../src/documents/definition.ts'
import { rowOf } from '../../src/documents/document.ts'
import { ANN, ask, BOB, document, PLACES, WIKI } from '../adapters/placeSamples.ts'

function factsOf(record: Record, definition: Definition = PLACES): Facts {
  const row = rowOf(definition, record)
  if (row === null) throw new Error('it is a document')
  return new Facts(definition, record, row)
}

function docOf({ id }: Record): Doc<Json> {
  return { id } as Doc<Json>
}

test('what falls out of a full window is said', () => {
  const query = new Standing<Json>(PLACES, ask({}, { order: 'title', limit: 2 }))
  const [a, b, c] = ['a', 'b', 'c'].map((title, at) => document(ANN, at, { title })) as [Record, Record, Record]
  const entries = [b, c].map(record => query.entry(factsOf(record), docOf(record)))
  query.window.fill(entries, 2)
  expect(query.takes(factsOf(a))).toBe(true)
  expect(query.take(factsOf(a), docOf(a))).toBe(c.id)
  expect(query.takes(factsOf(c))).toBe(false)
  expect(query.window.places.map(({ version }) => version)).toEqual([a.id, b.id])
})

test('versions of one register have one identity', () => {
  const query = new Standing<Json>(PLACES, ask({}))
  const versions = [1, 2].map(at => document(ANN, at, { title: 'x' }, { key: 'k' }))
  const others = [document(BOB, 3, { title: 'x' }, { key: 'k' }), document(ANN, 4, { title: 'x' })]
  const names = [...versions, ...others].map(each => query.entry(factsOf(each), docOf(each)).place.identity)
  expect([names[0] === names[1], new Set(names).size]).toEqual([true, 3])
  const shared = new Standing<Json>(WIKI, ask({}, {}, WIKI))
  const pages = [ANN, BOB].map(author => document(author, 1, { text: 'x' }, { key: 'k', collection: WIKI }))
  expect(new Set(pages.map(each => shared.entry(factsOf(each, WIKI), docOf(each)).place.identity)).size).toBe(1)
})

test('it is found by an equality', () => {
  expect(new Standing<Json>(PLACES, ask({ city: 'B' })).equality).toEqual(['city', 'B'])
  expect(new Standing<Json>(PLACES, ask({ stars: { gt: 1 } })).equality).toBeNull()
})
