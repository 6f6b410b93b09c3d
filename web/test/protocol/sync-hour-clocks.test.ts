/** Rooms that keep records for an hour, and clocks that are wrong, are set, or stood still while a machine slept. */

import { expect, test } from 'vitest'
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../src/core/clock.ts'
import type { Record } from '../../src/core/record.ts'
import { type Member, makeRecord, Net, START } from './pair.ts'

const HOUR = { retentionSeconds: HOUR_SECONDS }
const GONE_SECONDS = 86 * MINUTE_SECONDS

/** Let each of *members* meet all others. */
function met(net: Net, ...members: readonly Member[]): void {
  for (const [at, one] of members.entries()) for (const other of members.slice(at + 1)) net.connect(one, other)
}

function strikes(...members: readonly Member[]): number {
  return members.flatMap(({ events }) => events).filter(({ type }) => type === 'StrikeCounted').length
}

function idsOf(...members: readonly Member[]): string[][] {
  return members.map(({ disk }) => [...disk.keys()])
}

/** Give eight records, of five minutes each. */
function someRecords(): Record[] {
  return Array.from({ length: 8 }, (_, number) => makeRecord(number, { at: START - number * 5 * MINUTE_SECONDS }))
}

test('a record of a clock that is ahead waits until it is due, and lives an hour from then', () => {
  const net = new Net()
  const [one, ahead, other] = [net.add(1, [], HOUR), net.add(2, [], { ...HOUR, ahead: 1_500 }), net.add(3, [], HOUR)]
  met(net, one, ahead, other)
  const record = makeRecord(1, { at: START + 1_500 })
  net.publish(ahead, record)
  expect(one.disk.has(record.id)).toBe(false)
  expect(one.events.map(({ type }) => type)).toContain('RecordPostponed')
  net.passTime(11 * MINUTE_SECONDS)
  expect(one.disk.has(record.id)).toBe(true)
  net.passTime(1_500 - 11 * MINUTE_SECONDS + HOUR_SECONDS)
  expect(one.disk.has(record.id)).toBe(true)
  net.passTime(GONE_SECONDS - HOUR_SECONDS)
  expect(idsOf(one, ahead, other)).toEqual([[], [], []])
  expect(strikes(one, ahead, other)).toBe(0)
})

test('a clock that is set back loses nothing, and once it is right all is as elsewhere', () => {
  const net = new Net()
  const records = someRecords()
  const [one, late, other] = [net.add(1, records, HOUR), net.add(2, records, HOUR), net.add(3, records, HOUR)]
  met(net, one, late, other)
  late.ahead = -2 * HOUR_SECONDS
  net.passTime(HOUR_SECONDS)
  const fresh = makeRecord(100, { at: START + HOUR_SECONDS })
  net.publish(one, fresh)
  net.passTime(30 * MINUTE_SECONDS)
  expect(records.filter(({ id }) => !late.disk.has(id))).toEqual([])
  late.ahead = 0
  net.passTime(12 * MINUTE_SECONDS)
  expect(idsOf(one, late, other)).toEqual([[fresh.id], [fresh.id], [fresh.id]])
  expect(strikes(one, late, other)).toBe(0)
})

test('who slept for a day gives nobody what it had, and has it no more', () => {
  const net = new Net()
  const records = someRecords()
  const [one, other, sleeper] = [net.add(1, records, HOUR), net.add(2, records, HOUR), net.add(3, records, HOUR)]
  net.connect(one, other)
  net.members.delete(sleeper.name)
  net.passTime(DAY_SECONDS + HOUR_SECONDS)
  expect(idsOf(one, other)).toEqual([[], []])
  const fresh = makeRecord(100, { at: START + DAY_SECONDS + HOUR_SECONDS })
  net.publish(one, fresh)
  net.members.set(sleeper.name, sleeper)
  expect(sleeper.disk.size).toBe(records.length)
  met(net, one, sleeper)
  net.connect(other, sleeper)
  net.passTime(2 * MINUTE_SECONDS)
  expect(idsOf(one, other, sleeper)).toEqual([[fresh.id], [fresh.id], [fresh.id]])
  expect(strikes(one, other, sleeper)).toBe(0)
})
