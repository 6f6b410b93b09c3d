import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import { REFUSALS_MAX, Refusals } from '../../src/moderation/refusals.ts'

const NO: Verdict = { type: 'Reject', policy: 'words', reason: 'no', rule: 'swearing', span: [0, 3] }
const YES: Verdict = { type: 'Accept' }

function record(number: number): Record {
  return { id: `${number}`.padStart(64, '0') as RecordId, createdAt: number } as Record
}

test('what was refused last is known, until it is a member or too old', () => {
  const refusals = new Refusals()
  const [one, two, three] = [record(1), record(2), record(3)]
  refusals.add([one, two, three], [NO, YES, NO])
  expect(refusals.get(one.id)).toEqual({ id: one.id, createdAt: 1, policy: 'words', reason: 'no', rule: 'swearing' })
  expect(refusals.get(two.id)).toBeUndefined()
  expect(refusals.entries).toEqual([
    [1, one.id],
    [3, three.id],
  ])
  refusals.take({ type: 'RecordAdded', record: three, peer: null })
  expect(refusals.get(three.id)).toBeUndefined()
  refusals.take({ type: 'RecordsExpired', before: 1 as UnixTime, count: 0, kept: new Set() })
  expect(refusals.get(one.id)).toBeDefined()
  refusals.take({ type: 'RecordsExpired', before: 2 as UnixTime, count: 0, kept: new Set() })
  expect(refusals.entries).toEqual([])
})

test('of a flood the last are known', () => {
  const refusals = new Refusals()
  for (let number = 0; number <= REFUSALS_MAX; number++) refusals.add([record(number)], [NO])
  expect(refusals.entries).toHaveLength(REFUSALS_MAX)
  expect([refusals.get(record(0).id), refusals.get(record(1).id)?.createdAt]).toEqual([undefined, 1])
})
