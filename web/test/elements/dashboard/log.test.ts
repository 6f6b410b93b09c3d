import { expect, test } from 'vitest'
import { describe, LINES_KEPT, Log, lineText } from '../../../src/elements/dashboard/log.ts'
import type { RoomEvent } from '../../../src/notices.ts'
import { KEY, NOON, written } from './lobby.ts'

const PEER = '0000abcdefgh12345678' as never
const RECORD = written('text')
const added = (peer: typeof PEER | null): RoomEvent => ({ type: 'RecordAdded', record: RECORD, peer })
const rejected: RoomEvent = {
  type: 'RecordRejected',
  id: 'ab'.repeat(32) as never,
  cause: 'age',
  source: 'age',
  reason: 'old',
  peer: PEER,
}

test('a line tells an event by its fields, with short names', () => {
  expect(describe(rejected)).toBe('id abababab · cause age · source age · reason old · peer …345678')
  expect(describe({ type: 'PeerJoined', peer: PEER, key: KEY.publicKey })).toMatch(
    /^peer …345678 · key npub1\w{5}…\w{4}$/,
  )
  expect(describe(added(null))).toBe(`record ${RECORD.id.slice(0, 8)} kind 1078`)
  expect(describe({ type: 'SaveDelayed', reason: 'full', ids: ['a', 'b'] as never })).toBe('reason full · ids 2')
})

test('times and lengths of time are told in the words of people', () => {
  const postponed: RoomEvent = { type: 'RecordPostponed', id: 'ab'.repeat(32) as never, seconds: 83_557, peer: null }
  expect(describe(postponed)).toBe('id abababab · about 23 hours ahead')
  expect(describe({ type: 'ClockSkewed', seconds: -300, peers: 2, isOurs: true })).toBe(
    '5 minutes behind · peers 2 · isOurs true',
  )
  expect(describe({ type: 'RecordsExpired', before: NOON, count: 1_200, kept: new Set([RECORD.id]) })).toBe(
    'before 2026-11-21 12:00:00 · count 1,200 · kept 1',
  )
})

test('the text of strangers is clipped', () => {
  expect(describe({ ...rejected, reason: 'x'.repeat(70_000) } as RoomEvent).length).toBeLessThan(300)
})

test('records that one peer brings in a row share a line', () => {
  const log = new Log()
  for (let number = 0; number < 1_200; number += 1) log.take(added(PEER), NOON + number)
  log.take(added(null), NOON + 1_200)
  log.take(added(null), NOON + 1_201)
  log.take(added(null), NOON + 9_000)
  expect(log.lines().map(({ text, count }) => [text.replace(/^record .*/, 'record'), count])).toEqual([
    ['1,200 records from …345678', 1_200],
    ['2 records', 2],
    ['record', 1],
  ])
})

test('another event between two records parts them', () => {
  const log = new Log()
  log.take(added(PEER), 0)
  log.take(rejected, 1)
  log.take(added(PEER), 2)
  log.note('dashboard', 'warn', 'hello', 3)
  log.take(added(PEER), 4)
  expect(log.lines().map(line => line.severity)).toEqual(['plain', 'warn', 'plain', 'warn', 'plain'])
})

test('the log is bounded, and its numbers go on', () => {
  const log = new Log()
  for (let number = 0; number < LINES_KEPT * 3; number += 1) log.take(rejected, number)
  const lines = log.lines()
  expect([lines.length, lines[0]?.number, lines.at(-1)?.number]).toEqual([
    LINES_KEPT,
    LINES_KEPT * 2,
    LINES_KEPT * 3 - 1,
  ])
  expect(lineText({ number: 1, at: 0, name: 'RecordHidden', severity: 'warn', text: 'id 1', count: 1 })).toBe(
    '00:00:00.000 RecordHidden id 1',
  )
})
