/** The checks that need nothing but a record and the clock, and reading blobs. */

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import {
  EPHEMERAL_AGE_MAX_SECONDS,
  FUTURE_SECONDS_MAX,
  POSTPONED_SECONDS_MAX,
  RETENTION_SECONDS,
} from '../../src/core/limits.ts'
import { type Record, signRecord } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { makeArrival, readBlobs, Screen } from '../../src/protocol/arrivals.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { window } from '../../src/protocol/retention.ts'
import { at, key, makeRecord, ROOM_TAG, START } from './pair.ts'

const PEER = '0000peer' as PeerId

function refuse(record: Record, peer: PeerId | null = PEER): Request[] {
  return new Screen(ROOM_TAG, now => window(now)).refuse(makeArrival(record, peer, 0), at(0))
}

test.each([
  ['oldest', -RETENTION_SECONDS, 1078],
  ['newest', FUTURE_SECONDS_MAX, 1078],
  ['postponed', POSTPONED_SECONDS_MAX, 1078],
  ['ephemeral of the past', -EPHEMERAL_AGE_MAX_SECONDS, 20_000],
  ['ephemeral of the future', EPHEMERAL_AGE_MAX_SECONDS, 29_999],
])('the edges themselves are inside: %s', (_name, seconds, kind) => {
  expect(refuse(makeRecord(1, { at: START + seconds, kind }))).toEqual([])
})

test.each([
  ['older', -RETENTION_SECONDS - 1, 1078, []],
  ['a day older', -RETENTION_SECONDS - DAY_SECONDS, 1078, []],
  ['more than a day older', -RETENTION_SECONDS - DAY_SECONDS - 1, 1078, []],
  ['ahead', POSTPONED_SECONDS_MAX + 1, 1078, []],
  ['ephemeral of the past', -EPHEMERAL_AGE_MAX_SECONDS - 1, 20_000, []],
  ['ephemeral of the future', EPHEMERAL_AGE_MAX_SECONDS + 1, 20_000, []],
])('a second past the edge is refused, and only a day past it is a fault: %s', (_name, seconds, kind, faults) => {
  const record = makeRecord(1, { at: START + seconds, kind })
  const [emit, ...strikes] = refuse(record)
  expect(emit).toMatchObject({
    event: { type: 'RecordRejected', id: record.id, cause: 'age', source: 'age', peer: PEER },
  })
  expect(strikes.flatMap(effect => (effect.type === 'Strike' ? effect.fault : []))).toEqual(faults)
})

test('our own user is never struck', () => {
  const tags = [['h', '00'.repeat(16)]]
  const elsewhere = signRecord(key(1), { createdAt: START, kind: 1, tags, content: '' })
  expect(refuse(elsewhere, null).map(effect => effect.type)).toEqual(['Emit'])
  expect(refuse(elsewhere).map(effect => effect.type)).toEqual(['Emit', 'Strike'])
})

test('blobs are read one by one and bad ones spoil nothing', () => {
  const [one, two] = [makeRecord(1), makeRecord(2)]
  const [nonsense, tailed] = [utf8ToBytes('nonsense'), concatBytes(two.wire, new Uint8Array(1))]
  const [records, malformed] = readBlobs([one.wire, nonsense, two.wire, tailed])
  expect(records).toEqual([one, two])
  expect(malformed.map(({ blob }) => blob)).toEqual([nonsense, tailed])
  for (const { reason } of malformed) expect(reason).not.toBe('')
})

test('a small part of a message does not keep all of it', () => {
  const { wire } = makeRecord(1)
  const message = new Uint8Array(100_000)
  message.set(wire, 5_000)
  const [records] = readBlobs([message.subarray(5_000, 5_000 + wire.length), wire])
  expect(records.map(each => each.wire)).toEqual([wire, wire])
  expect(records.map(each => each.wire.buffer.byteLength < 2 * wire.length + 1)).toEqual([true, true])
  expect(records[0]?.signature.buffer.byteLength).toBeLessThan(100_000)
})
