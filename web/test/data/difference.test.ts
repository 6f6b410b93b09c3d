import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/diffs.json'
import { apply, differenceOf, type Place } from '../../src/data/difference.ts'
import type { Doc } from '../../src/data/types.ts'

/** Write a list as words: the letter is the register, the digit its version. */
function places(words: string): Place<null>[] {
  return words.split('').flatMap((identity, at, all) => {
    const version = identity + all[at + 1]
    return at % 2 === 0 ? [{ identity, version, doc: { id: version } as Doc<null> }] : []
  })
}

function ids(all: readonly Doc<null>[]): string {
  return all.map(({ id }) => id).join('')
}

test.each([
  ['', 'a1b1'],
  ['a1b1', ''],
  ['a1b1c1', 'a1b2c1'],
  ['a1b1c1', 'b1c1a2'],
  ['a1b1c1d1', 'e1d2b1a2'],
  ['a1b1c1d1e1', 'e2d2c2b2a2'],
  ['a1b1', 'a2b1a1'],
  ['a2b1a1', 'b1a2'],
])('from %s to %s', (before, after) => {
  const difference = differenceOf(places(before), places(after))
  if (difference === null) throw new Error('they differ')
  const docs = places(before).map(({ doc }) => doc)
  expect(ids(apply(difference, docs))).toBe(after)
})

test('nothing moves where nothing must, and equal lists do not differ', () => {
  expect(differenceOf(places('a1b1'), places('a1b1'))).toBeNull()
  expect(differenceOf(places('a1b1c1'), places('a1b2c1'))).toMatchObject({ moved: [], changed: [[1, { id: 'b2' }]] })
  expect(differenceOf(places('a1b1c1'), places('b1c1a2'))?.moved).toMatchObject([{ before: 0, after: 2 }])
})

test.each(vectors.differences)('$before and $after differ as everywhere', ({ before, after, ...expected }) => {
  const found = differenceOf(places(before), places(after)) ?? { added: [], removed: [], moved: [], changed: [] }
  const indexed = (all: readonly (readonly [number, Doc<null>])[]) => all.map(([at, { id }]) => [at, id])
  expect({
    added: indexed(found.added),
    removed: indexed(found.removed),
    moved: found.moved.map(move => [move.before, move.after, move.doc.id]),
    changed: indexed(found.changed),
  }).toEqual(expected)
  const docs = places(before).map(({ doc }) => doc)
  expect(ids(apply(found, docs))).toBe(after)
})
