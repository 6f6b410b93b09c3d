/** What is fetched ahead fits, and no author takes more than one may. */
import { expect, test } from 'vitest'
import type { BlobName } from '../../src/core/blob.ts'
import { Budget } from '../../src/drive/budget.ts'
import type { Names } from '../../src/drive/names.ts'

const [US, ONE, TWO] = ['us', 'one', 'two'] as const
const LIMITS = { blobBytes: 1_000_000, roomBytes: 4_000_000, authorBytes: 1_000_000, keep: 'all' } as const

function blob(root: string, size = 600_000): BlobName {
  return { root, size }
}

function budget(authors: { readonly [root: string]: readonly string[] }, held: readonly [BlobName, number][] = []) {
  const names = { authorsOf: (root: string) => new Set(authors[root]) } as unknown as Names
  const here = held.map(([name, bytes]) => ({ name, bytes, pieces: new Set<number>() }))
  return new Budget(LIMITS, names, US as never, here)
}

test('an author takes as much as one may, and we what we will', () => {
  const found = budget({ a: [ONE], b: [ONE], c: [TWO], d: [US], e: [US] })
  expect([...'abcde'].map(name => found.take(blob(name), 0))).toEqual([true, false, true, true, true])
})

test('what is held counts, and of what was begun only the rest is more', () => {
  const found = budget({ a: [ONE], b: [ONE] }, [[blob('a'), 500_000]])
  expect(found.take(blob('b'), 0)).toBe(false)
  expect(found.take(blob('a'), 500_000)).toBe(true)
  expect(found.take(blob('b', 400_000), 0)).toBe(true)
})

test('what several name fits when it does with any of them', () => {
  const found = budget({ a: [ONE], b: [ONE, TWO], c: [TWO], d: [] })
  expect([...'abcd'].map(name => found.take(blob(name), 0))).toEqual([true, true, false, false])
})

test('nothing is fetched ahead that is too long, or for which others would have to go', () => {
  const found = budget({ a: [US], b: [US] }, [[blob('x'), 3_000_000]])
  expect(found.take(blob('a', 1_000_001), 0)).toBe(false)
  expect(found.take(blob('a'), 0)).toBe(true)
  expect(found.take(blob('b'), 0)).toBe(false)
})
