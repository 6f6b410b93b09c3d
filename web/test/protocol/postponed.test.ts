/** Records dated ahead of the clock, until they are due. */

import { expect, test } from 'vitest'
import { after } from '../../src/core/clock.ts'
import {
  FUTURE_SECONDS_MAX,
  POSTPONED_BYTES_MAX,
  POSTPONED_BYTES_PER_PEER_MAX,
  POSTPONED_RECORDS_MAX,
  POSTPONED_RECORDS_PER_PEER_MAX,
} from '../../src/core/limits.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { type Arrival, makeArrival } from '../../src/protocol/arrivals.ts'
import { Postponed } from '../../src/protocol/postponed.ts'
import { at, makeRecord, START } from './pair.ts'

const PEER = '0000peer' as PeerId

/** Give the record *number*, dated *seconds* too far ahead. */
function early(number: number, seconds: number): Arrival {
  return makeArrival(makeRecord(number, { at: START + FUTURE_SECONDS_MAX + seconds }), PEER, 7)
}

function released(arrivals: readonly Arrival[]): Record[] {
  return arrivals.map(arrival => arrival.record)
}

test('records leave when they are due, whatever the order they came in', () => {
  const postponed = new Postponed()
  const [late, soon] = [early(1, 60), early(2, 30)]
  postponed.add(late, at(0))
  postponed.add(soon, at(0))
  expect(postponed.deadline).toBe(30)
  expect(postponed.due(at(29))).toEqual([])
  expect(released(postponed.due(at(30)))).toEqual([soon.record])
  expect(postponed.deadline).toBe(60)
  expect(released(postponed.due(at(100)))).toEqual([late.record])
  expect(postponed.deadline).toBe(null)
})

test('records due at the same time leave in the order of their ids', () => {
  const postponed = new Postponed()
  const arrivals = [1, 2, 3, 4, 5].map(number => early(number, 10))
  for (const arrival of arrivals) postponed.add(arrival, at(0))
  const ids = released(postponed.due(at(10))).map(record => record.id)
  expect(ids).toEqual(arrivals.map(arrival => arrival.record.id).sort())
})

test('a clock that is set makes due at once what it says is due, and nothing else', () => {
  const postponed = new Postponed()
  const [soon, late] = [early(1, 7_200), early(2, 86_400)]
  postponed.add(soon, at(0))
  postponed.add(late, at(0))
  expect(released(postponed.due({ ...at(5), unix: after(START, 7_205) }))).toEqual([soon.record])
  expect(postponed.deadline).toBe(5 + 86_400 - 7_205)
  expect(postponed.due({ ...at(86_400), unix: after(START, -3_600) })).toEqual([])
  expect(postponed.deadline).toBe(86_400 + 86_400 + 3_600)
})

test('what leaves is owed to nobody and needs no second look', () => {
  const postponed = new Postponed()
  const { record } = early(1, 1)
  postponed.add(makeArrival(record, PEER, 7), at(0))
  expect(postponed.due(at(1))).toEqual([makeArrival(record, null, 0, { isTrusted: true })])
})

test('a record waits once and is held until it leaves', () => {
  const postponed = new Postponed()
  const arrival = early(1, 10)
  postponed.add(arrival, at(0))
  postponed.add(arrival, at(0))
  expect(postponed.holds(arrival.record.id)).toBe(true)
  expect(postponed.due(at(10)).length).toBe(1)
  expect(postponed.holds(arrival.record.id)).toBe(false)
})

test('a record that is due already leaves at once', () => {
  const postponed = new Postponed()
  const arrival = early(1, -5)
  postponed.add(arrival, at(0))
  expect(released(postponed.due(at(0)))).toEqual([arrival.record])
})

/** Signing a thousand would take a second; only ids, times and sizes matter here. */
function numbered(number: number, { peer = null as PeerId | null, size = 0, seconds = 10 } = {}): Arrival {
  const { record } = early(0, seconds)
  const wire = size > 0 ? new Uint8Array(size) : record.wire
  return makeArrival({ ...record, wire, id: number.toString(16).padStart(64, '0') as RecordId }, peer, 0)
}

test('a full waiting room forgets what comes', () => {
  const postponed = new Postponed()
  for (let number = 0; number < POSTPONED_RECORDS_MAX; number += 1) postponed.add(numbered(number), at(0))
  const last = numbered(POSTPONED_RECORDS_MAX)
  expect([postponed.fits(last, START), postponed.add(last, at(0)), postponed.holds(last.record.id)]).toEqual([
    false,
    false,
    false,
  ])
  expect(postponed.due(at(10)).length).toBe(POSTPONED_RECORDS_MAX)
  expect(postponed.fits(last, START)).toBe(true)
})

test('one peer takes only so many places, and others have theirs', () => {
  const postponed = new Postponed()
  const peer = PEER
  for (let number = 0; number < POSTPONED_RECORDS_PER_PEER_MAX; number += 1) {
    expect(postponed.add(numbered(number, { peer }), at(0))).toBe(true)
  }
  expect(postponed.add(numbered(9_999, { peer }), at(0))).toBe(false)
  expect(postponed.add(numbered(9_999, { peer: '0000other' as PeerId, seconds: 20 }), at(0))).toBe(true)
  expect(postponed.due(at(10)).length).toBe(POSTPONED_RECORDS_PER_PEER_MAX)
  expect(postponed.fits(numbered(9_998, { peer }), START)).toBe(true)
})

test.each<[name: string, peer: PeerId | null, limit: number]>([
  ['one peer', PEER, POSTPONED_BYTES_PER_PEER_MAX],
  ['all together', null, POSTPONED_BYTES_MAX],
])('%s take only so many bytes', (_name, peer, limit) => {
  const postponed = new Postponed()
  const size = 65_536
  for (let number = 0; number < limit / size; number += 1) {
    expect(postponed.add(numbered(number, { peer, size }), at(0))).toBe(true)
  }
  expect(postponed.fits(numbered(9_999, { peer, size: 1 }), START)).toBe(false)
  postponed.due(at(10))
  expect(postponed.fits(numbered(9_999, { peer, size }), START)).toBe(true)
})
