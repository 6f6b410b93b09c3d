import { expect, test, vi } from 'vitest'
import type { Json } from '../../src/core/action.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { Facts } from '../../src/data/facts.ts'
import { Standing } from '../../src/data/standing.ts'
import { Switchboard } from '../../src/data/switchboard.ts'
import type { Doc } from '../../src/data/types.ts'
import { rowOf } from '../../src/documents/document.ts'
import { ANN, ask, document, PLACES } from '../adapters/placeSamples.ts'

function open(board: Switchboard<Json>, where: Json = {}, limit = 3): Standing<Json> {
  const query = new Standing<Json>(PLACES, ask(where, { limit }))
  query.window.fill([], limit)
  board.add(query)
  return query
}

function come(board: Switchboard<Json>, record: Record): Standing<Json>[] {
  const row = rowOf(PLACES, record)
  if (row === null) throw new Error('it is a document')
  const facts = new Facts(PLACES, record, row)
  const takers = board.takers(facts)
  board.takeCame(takers, facts, { id: record.id } as Doc<Json>)
  return takers
}

function ids(query: Standing<Json>): RecordId[] {
  return query.window.places.map(({ doc }) => doc.id)
}

test('a document goes to the queries that it matches', () => {
  const board = new Switchboard<Json>()
  const queries = [{}, { city: 'Berlin' }, { city: 'Rome' }, { stars: { gt: 3 }, city: 'Berlin' }].map(where =>
    open(board, where),
  )
  const [every, berlin] = queries
  const record = document(ANN, 1, { title: 'x', city: 'Berlin' })
  expect(new Set(come(board, record))).toEqual(new Set([every, berlin]))
  expect(queries.map(ids)).toEqual([[record.id], [record.id], [], []])
  expect(come(board, record)).toEqual([])
  expect(new Set(board.takeGone(record.id))).toEqual(new Set([every, berlin]))
  expect([...board.takeGone(record.id)]).toEqual([])
})

test('what falls out of a window concerns its query no more', () => {
  const board = new Switchboard<Json>()
  const query = open(board, {}, 1)
  const [older, old, young] = [0, 1, 2].map(at => document(ANN, at, { title: 'x' })) as [Record, Record, Record]
  for (const record of [old, young, older]) come(board, record)
  expect(ids(query)).toEqual([young.id])
  expect([...board.takeGone(old.id)]).toEqual([])
  expect([...board.takeGone(young.id)]).toEqual([query])
})

test('a query that is gone is forgotten', () => {
  const board = new Switchboard<Json>()
  const queries = [{}, { city: 'Berlin' }, { city: 'Berlin' }].map(where => open(board, where))
  const record = document(ANN, 1, { title: 'x', city: 'Berlin' })
  come(board, record)
  for (const [at, query] of queries.entries()) {
    board.remove(query)
    expect([...board]).toEqual(queries.slice(at + 1))
  }
  expect([...board.takeGone(record.id)]).toEqual([])
  expect(come(board, record)).toEqual([])
})

test('of a thousand queries that differ by an equality one is asked', () => {
  const board = new Switchboard<Json>()
  const queries = Array.from({ length: 1_000 }, (_, at) => open(board, { city: `city ${at}` }))
  const asked = queries.map(query => vi.spyOn(query, 'takes'))
  expect(come(board, document(ANN, 1, { title: 'x', city: 'city 7' }))).toEqual([queries[7]])
  expect(asked.filter(({ mock }) => mock.calls.length > 0)).toHaveLength(1)
})
