/** What is known of one giver of blobs. */
import { expect, test } from 'vitest'
import { allOf } from '../../src/core/blob-bits.ts'
import { BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX } from '../../src/core/limits.ts'
import { Giver } from '../../src/protocol/blob-givers.ts'
import { at, Blob, ONE } from './blobs.ts'

const { root } = new Blob(1)

test('it has room for a window of pieces until they are kept', () => {
  const giver = new Giver(ONE)
  expect([giver.room, giver.least]).toEqual([BLOB_PIECES_ASKED_MAX, 1])
  giver.ask(root, [0, 1, 2, 3, 4, 5], at(0))
  giver.keeping = 1
  expect([giver.room, giver.least]).toEqual([1, BLOB_PIECES_ASKED_MAX / 2])
  giver.letGo(root, 3)
  expect(giver.asked.map(({ piece }) => piece)).toEqual([0, 1, 2, 4, 5])
})

test('it is asked about a blob once at a time, and not after a lie', () => {
  const giver = new Giver(ONE)
  expect(giver.mayAsk(root, at(0), 10)).toBe(true)
  expect(giver.question(root, at(0))).toBe(true)
  expect(giver.question(root, at(1))).toBe(false)
  giver.questions.clear()
  expect([9, 10].map(seconds => giver.mayAsk(root, at(seconds), 10))).toEqual([false, true])
  giver.lied(root)
  expect(giver.question(root, at(20))).toBe(false)
})

test('questions have a limit', () => {
  const giver = new Giver(ONE)
  const roots = Array.from({ length: BLOB_QUESTIONS_MAX + 1 }, (_, number) => String(number))
  expect(roots.filter(each => giver.question(each, at(0)))).toHaveLength(BLOB_QUESTIONS_MAX)
})

test('what it lacks it cannot bring', () => {
  const giver = new Giver(ONE)
  giver.told(root, allOf(2))
  expect(giver.canBring(root, 1)).toBe(true)
  giver.lacks(root, [1])
  expect(giver.canBring(root, 1)).toBe(false)
  giver.ask(root, [0], at(0))
  expect(giver.canBring(root, 0)).toBe(false)
  giver.forget(root)
  expect(giver.has(root).size).toBe(0)
})
