import { expect, test } from 'vitest'
import { apply, differenceOf } from '../../src/data/difference.ts'
import type { Doc } from '../../src/data/types.ts'

/** Write a list as words: the letter is the register, the digit its version. */
function docs(words: string): Doc<null>[] {
  return words
    .split('')
    .flatMap((key, at, all) => (at % 2 === 0 ? [{ id: key + all[at + 1], key, author: 'a' } as Doc<null>] : []))
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
])('from %s to %s', (before, after) => {
  const difference = differenceOf(docs(before), docs(after))
  if (difference === null) throw new Error('they differ')
  expect(ids(apply(difference, docs(before)))).toBe(after)
})

test('nothing moves where nothing must, and equal lists do not differ', () => {
  expect(differenceOf(docs('a1b1'), docs('a1b1'))).toBeNull()
  expect(differenceOf(docs('a1b1c1'), docs('a1b2c1'))).toMatchObject({ moved: [], changed: [[1, { id: 'b2' }]] })
  expect(differenceOf(docs('a1b1c1'), docs('b1c1a2'))?.moved).toMatchObject([{ before: 0, after: 2 }])
})
