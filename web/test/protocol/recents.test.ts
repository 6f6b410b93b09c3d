import { expect, test } from 'vitest'
import { RECENT_BYTES_MAX, RECENT_RECORDS_MAX } from '../../src/core/limits.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { prefixOf, Recents } from '../../src/protocol/recents.ts'
import { makeRecord, peerId } from './pair.ts'

/** Give *record* under another id: nothing is signed anew here. */
function renamed(record: Record, number: number): Record {
  return { ...record, id: number.toString(16).padStart(16, '0').padEnd(64, '0') as RecordId }
}

test('a record is kept once with all that have it', () => {
  const [recents, record] = [new Recents(), makeRecord(1)]
  recents.add(record).holders.add(peerId(1))
  expect(recents.add(record).holders).toEqual(new Set([peerId(1)]))
  expect(recents.get(prefixOf(record.id))).toBe(recents.add(record))
  expect(recents.get('00'.repeat(8))).toBeUndefined()
})

test.each([
  ['number', 0, RECENT_RECORDS_MAX],
  ['bytes', 60_000, Math.floor(RECENT_BYTES_MAX / makeRecord(1, { size: 60_000 }).wire.length)],
])('what can be pulled is bounded in %s', (_what, size, most) => {
  const [recents, record] = [new Recents(), makeRecord(1, { size })]
  for (let number = 0; number < most + 2; number += 1) recents.add(renamed(record, number))
  const kept = Array.from({ length: most + 2 }, (_, number) => recents.get(prefixOf(renamed(record, number).id)))
  expect(kept.map(recent => recent !== undefined)).toEqual([false, false, ...kept.slice(2).map(() => true)])
})

test('nothing is kept of a record but its author and its wire form', () => {
  const { holders, told, ...kept } = new Recents().add(makeRecord(1))
  expect([holders.size, told.size]).toEqual([0, 0])
  const { id, author, wire } = makeRecord(1)
  expect(kept).toEqual({ prefix: prefixOf(id), author, wire })
})

test('what was purged stays known and takes no bytes', () => {
  const [recents, record] = [new Recents(), makeRecord(1)]
  recents.add(record)
  recents.purge([record.id, makeRecord(2).id])
  expect(recents.get(prefixOf(record.id))?.wire).toHaveLength(0)
})
