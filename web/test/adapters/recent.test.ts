import { expect, test } from 'vitest'
import { RECENT_BYTES_MAX, Recent } from '../../src/adapters/recent.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import type { Record } from '../../src/core/record.ts'
import { sampleRecords } from './samples.ts'

test('what was added last stays when there is no more room', () => {
  const recent = new Recent()
  const [first, second, third] = sampleRecords() as [Record, Record, Record]
  const large = { ...second, wire: new Uint8Array(RECENT_BYTES_MAX - Math.max(first.wire.length, third.wire.length)) }
  const ids = () => recent.records.map(({ id }) => id)
  recent.add([first, large])
  expect(ids()).toEqual([first.id, large.id])
  recent.add([third, third])
  expect(ids()).toEqual([large.id, third.id])
  recent.remove([large.id, first.id])
  recent.add([first])
  expect(ids()).toEqual([third.id, first.id])
})

test('what grew old, and a note that was removed, is let go', () => {
  const recent = new Recent()
  const records = sampleRecords()
  recent.add(records)
  const times = records.map(({ createdAt }) => createdAt).sort((one, other) => one - other)
  recent.expire((times[1] ?? 0) as UnixTime)
  expect(recent.records.every(({ createdAt }) => createdAt >= (times[1] ?? 0))).toBe(true)
  recent.note('muted', 'ab', 'text')
  recent.note('muted', 'cd', '')
  recent.note('muted', 'ab', null)
  expect(recent.notes).toEqual([['muted', 'cd', '']])
})
