/** Which records their authors deleted. */

import { expect, test } from 'vitest'
import { doesCover, Tombstones } from '../../src/protocol/tombstones.ts'
import { deletionOf, makeRecord, START } from './pair.ts'

test('deletions that are on disk count from the start', () => {
  const record = makeRecord(1)
  const deletion = deletionOf([record])
  const tombstones = new Tombstones([deletion])
  expect(tombstones.size).toBe(1)
  expect(tombstones.covering(record)).toBe(deletion.id)
})

test('what nobody named is not covered', () => {
  expect(new Tombstones([deletionOf([makeRecord(1)])]).covering(makeRecord(2))).toBe(null)
})

test('a deletion by another author covers nothing', () => {
  const record = makeRecord(1)
  expect(new Tombstones([deletionOf([record], { author: 2 })]).covering(record)).toBe(null)
})

test('a deletion covers what is as old as itself but nothing younger', () => {
  const record = makeRecord(1)
  expect(doesCover(deletionOf([record]), record)).toBe(true)
  expect(doesCover(deletionOf([record], { at: START - 1 }), record)).toBe(false)
})

test('a deletion is never covered', () => {
  const deletion = deletionOf([makeRecord(1)])
  const other = deletionOf([deletion], { at: START + 1 })
  expect(new Tombstones([other]).covering(deletion)).toBe(null)
  expect(doesCover(other, deletion)).toBe(false)
})

test('of several deletions the lowest id is named', () => {
  const record = makeRecord(1)
  const deletions = [0, 1, 2, 3].map(number => deletionOf([record], { at: START + number }))
  const [lowest] = deletions.map(deletion => deletion.id).sort()
  expect(new Tombstones(deletions).covering(record)).toBe(lowest)
})

test('a deletion that was not saved is forgotten', () => {
  const [record, other] = [makeRecord(1), makeRecord(2)]
  const [kept, lost] = [deletionOf([record]), deletionOf([record, other], { at: START + 1 })]
  const tombstones = new Tombstones([kept, lost])
  tombstones.remove(lost)
  expect(tombstones.covering(record)).toBe(kept.id)
  expect(tombstones.covering(other)).toBe(null)
  tombstones.remove(lost)
  expect(tombstones.size).toBe(1)
})

test('old deletions are forgotten with what they cover', () => {
  const [record, other] = [makeRecord(1, { at: START - 20 }), makeRecord(2, { at: START - 20 })]
  const [old, young] = [deletionOf([record, other], { at: START - 10 }), deletionOf([record])]
  const tombstones = new Tombstones([old, young])
  tombstones.forgetBefore(START - 5)
  expect(tombstones.covering(record)).toBe(young.id)
  expect(tombstones.covering(other)).toBe(null)
  expect(tombstones.size).toBe(1)
})
