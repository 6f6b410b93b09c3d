import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/deletions.json'
import type { UnixTime } from '../../src/core/clock.ts'
import {
  addressOf,
  addressText,
  doesCover,
  keyOf,
  marksOf,
  namesDeleted,
  namesOf,
  newestOf,
  outlineOf,
} from '../../src/core/deletion.ts'
import { type RecordId, recordOf, signRecord } from '../../src/core/record.ts'
import { key, START } from '../protocol/pair.ts'

const AUTHOR = key(1).publicKey

function record(kind: number, tags: string[][], { at = START as number, author = 1 } = {}) {
  return signRecord(key(author), { createdAt: at as UnixTime, kind, tags, content: '' })
}

test.each(vectors.addresses)('the address of $event.kind $event.tags', ({ event, address }) => {
  const keyed = recordOf(event)
  expect(addressOf(keyed)).toBe(address)
  expect(namesOf(outlineOf(keyed))).toEqual(address === null ? [keyed.id] : [keyed.id, address])
})

test.each(vectors.deletions)('what $event.kind $event.tags deletes', ({ event, names }) => {
  expect(namesDeleted(recordOf(event))).toEqual(names)
})

test('a mark covers what it names of its author up to its time', () => {
  const [mark] = marksOf([record(5, [['a', addressText(30_078, AUTHOR, 'x')]])])
  const covers = (...[tags, options]: [string[][], object?]) =>
    mark !== undefined && doesCover(mark, outlineOf(record(30_078, tags, options)))
  expect(covers([['d', 'x']])).toBe(true)
  expect(covers([['d', 'x']], { at: START - 9 })).toBe(true)
  expect(covers([['d', 'x']], { at: START + 1 })).toBe(false)
  expect(covers([['d', 'y']])).toBe(false)
  expect(covers([['d', 'x']], { author: 2 })).toBe(false)
  expect(keyOf({ kind: 30_078, tags: [['d'], ['d', 'a'], ['d', 'b']] })).toBe('a')
  expect(keyOf({ kind: 10_002, tags: [['d', 'a']] })).toBe('')
})

test('the newest mark counts and of equal ones the lowest id', () => {
  const mark = (createdAt: number, id: string) => ({
    name: 'n',
    author: AUTHOR,
    createdAt: createdAt as UnixTime,
    deletion: id as RecordId,
  })
  expect(newestOf([mark(1, 'a'), mark(2, 'c'), mark(2, 'b')])).toEqual(mark(2, 'b'))
  expect(newestOf([])).toBe(null)
})
