/** Which records of a batch, and which that are here, their authors deleted. */

import { expect, test } from 'vitest'
import { marksOf, outlineOf } from '../../src/core/deletion.ts'
import type { Record } from '../../src/core/record.ts'
import { questionsAbout, Tombstones } from '../../src/protocol/tombstones.ts'
import { deletionOf, key, makeRecord, START } from './pair.ts'

function covering(record: Record, ...deletions: Record[]) {
  const found = new Tombstones(deletions).covering(outlineOf(record))
  const onDisk = new Tombstones()
  onDisk.learn(marksOf(deletions))
  expect(onDisk.covering(outlineOf(record))).toBe(found)
  return found
}

test('deletions of the batch and of the disk count alike', () => {
  const record = makeRecord(1)
  const deletion = deletionOf([record])
  expect(covering(record, deletion)).toBe(deletion.id)
  expect(new Tombstones([deletion]).targets).toEqual([record.id])
  expect([new Tombstones([deletion]).isEmpty, new Tombstones().isEmpty]).toEqual([false, true])
})

test('what nobody, or only another author, named is not covered', () => {
  const record = makeRecord(1)
  expect(covering(makeRecord(2), deletionOf([record]))).toBe(null)
  expect(covering(record, deletionOf([record], { author: 2 }))).toBe(null)
})

test('a deletion covers what is as old as itself but nothing younger, and no deletion', () => {
  const record = makeRecord(1)
  const deletion = deletionOf([record])
  expect(covering(record, deletion)).toBe(deletion.id)
  expect(covering(record, deletionOf([record], { at: START - 1 }))).toBe(null)
  expect(covering(deletion, deletionOf([deletion], { at: START + 1 }))).toBe(null)
})

test('of several deletions the newest is named and of equal ones the lowest id', () => {
  const [record, ...others] = [1, 2, 3, 4].map(number => makeRecord(number)) as [Record, ...Record[]]
  const newest = others.map(other => deletionOf([record, other], { at: START + 4 }))
  const older = [0, 1, 2, 3].map(number => deletionOf([record], { at: START + number }))
  expect(covering(record, ...newest, ...older)).toBe(newest.map(deletion => deletion.id).sort()[0])
})

test('each name is asked for once with its author, and deletions are not', () => {
  const records = [makeRecord(2), makeRecord(1), makeRecord(2), deletionOf([makeRecord(1)])]
  const asked = [makeRecord(1).id, makeRecord(2).id].sort().map(id => [id, key(1).publicKey])
  expect(questionsAbout(records)).toEqual(asked)
})
