import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { EXPIRATIONS_AWAITED_MAX } from '../../src/core/limits.ts'
import { type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { EXPIRATION, Expirations } from '../../src/room/expirations.ts'
import { key, START } from '../protocol/pair.ts'

beforeEach(() => void vi.useFakeTimers({ now: START * 1_000 }))
afterEach(() => void vi.useRealTimers())

function reading() {
  const told: [at: number, id: RecordId][] = []
  const now = () => Math.floor(Date.now() / 1_000) as UnixTime
  const expirations = new Expirations(now, event => {
    if (event.type === 'RecordHidden' && event.policy === EXPIRATION) told.push([now() - START, event.id])
  })
  return { told, expirations }
}

function expiring(at: number): Record {
  const tags = [['expiration', String(START + at)]]
  return signRecord(key(1), { createdAt: (START - 9) as UnixTime, kind: 1, tags, content: `${at}` })
}

function added(record: Record): RoomEvent {
  return { type: 'RecordAdded', record, peer: null }
}

test('each is told when it is due, whatever came first', () => {
  const { told, expirations } = reading()
  const [later, soon, over] = [expiring(500), expiring(5), expiring(-3)]
  expirations.take(added(later))
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([])
  expirations.expect([soon, soon, later])
  expirations.take(added(over))
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([[1, over.id]])
  vi.advanceTimersByTime(600_000)
  expect(told).toEqual([
    [1, over.id],
    [5, soon.id],
    [500, later.id],
  ])
})

test('what was deleted is not told of, nor anything once it is closed', () => {
  const { told, expirations } = reading()
  const [gone, left, last] = [expiring(5), expiring(6), expiring(60)]
  expirations.expect([gone, left, last])
  expirations.take({ type: 'RecordDeleted', id: gone.id, by: left.id })
  vi.advanceTimersByTime(9_000)
  expect(told).toEqual([[6, left.id]])
  expirations.close()
  expirations.expect([expiring(10)])
  vi.advanceTimersByTime(99_000)
  expect(told).toHaveLength(1)
})

test('a clock that is set ahead is noticed within a minute', () => {
  const { told, expirations } = reading()
  const record = expiring(86_400)
  expirations.expect([record])
  vi.advanceTimersByTime(1_000)
  expect(expirations.hides(record)).toBe(false)
  vi.setSystemTime((START + 86_400) * 1_000)
  expect(expirations.hides(record)).toBe(true)
  vi.advanceTimersByTime(60_000)
  expect(told.map(([, id]) => id)).toEqual([record.id])
})

test('of too many the first to expire are awaited', () => {
  const { told, expirations } = reading()
  const sample = expiring(0)
  const made = (at: number): Record => {
    return { ...sample, id: `${at}` as RecordId, tags: [['expiration', String(START + at)]] }
  }
  const many = Array.from({ length: EXPIRATIONS_AWAITED_MAX }, (_, place) => made(10 + place))
  expirations.expect(many)
  expirations.expect([made(9)])
  vi.setSystemTime((START + EXPIRATIONS_AWAITED_MAX + 60) * 1_000)
  vi.advanceTimersByTime(60_000)
  expect(told).toHaveLength(EXPIRATIONS_AWAITED_MAX)
  expect(told[0]?.[1]).toBe('9')
  expect(told.at(-1)?.[1]).toBe(String(9 + EXPIRATIONS_AWAITED_MAX - 1))
})
