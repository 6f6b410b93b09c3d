/** Many rejections become few events. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { RoomEvent } from '../../src/notices.ts'
import type { RecordRejected } from '../../src/protocol/events.ts'
import { Rejections, SUMMED_SECONDS } from '../../src/room/rejections.ts'

const [PEER, OTHER] = ['0000peer' as PeerId, '0000other' as PeerId]

function rejected(number: number, peer: PeerId | null = PEER, source = 'words'): RecordRejected {
  const id = number.toString(16).padStart(64, '0') as RecordId
  return { type: 'RecordRejected', id, cause: 'policy', source, reason: `reason ${number}`, peer }
}

function sum(count: number, reason: string, peer = PEER): RoomEvent {
  return { type: 'RecordsRejected', count, cause: 'policy', source: 'words', reason, peer }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('ten thousand rejections of one policy are one and a count each second', () => {
  const told: RoomEvent[] = []
  const rejections = new Rejections(event => told.push(event))
  const taken = Array.from({ length: 10_000 }, (_, number) => rejections.take(rejected(number)))
  expect([taken[0], taken.filter(Boolean).length, told]).toEqual([false, 9_999, []])
  vi.advanceTimersByTime(SUMMED_SECONDS * 1_000)
  expect(told).toEqual([sum(9_999, 'reason 9999')])
  expect(rejections.take(rejected(10_000))).toBe(true)
  vi.advanceTimersByTime(SUMMED_SECONDS * 1_000)
  expect(told.slice(1)).toEqual([sum(1, 'reason 10000')])
  vi.advanceTimersByTime(SUMMED_SECONDS * 1_000)
  expect([rejections.take(rejected(10_001)), told.length]).toEqual([false, 2])
})

test('each peer and each cause has a sum of its own, and the rest is told at the end', () => {
  const told: RoomEvent[] = []
  const rejections = new Rejections(event => told.push(event))
  expect(rejections.take(rejected(1))).toBe(false)
  expect(rejections.take(rejected(1, OTHER))).toBe(false)
  expect(rejections.take(rejected(1, PEER, 'links'))).toBe(false)
  expect(rejections.take(rejected(2, OTHER))).toBe(true)
  rejections.close()
  expect(told).toEqual([sum(1, 'reason 2', OTHER)])
  expect(vi.getTimerCount()).toBe(0)
})

test('what our own user brought is told one by one', () => {
  const rejections = new Rejections(() => expect.fail('nothing is summed up'))
  for (let number = 0; number < 5; number += 1) expect(rejections.take(rejected(number, null))).toBe(false)
  expect(rejections.take({ type: 'RecordKnown', id: rejected(1).id })).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})
