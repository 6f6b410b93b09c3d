import { expect, test } from 'vitest'
import { Counters } from '../../../src/elements/dashboard/counters.ts'
import type { RoomEvent } from '../../../src/notices.ts'

test('every kind of event is counted under its own name, and refusals by their rule', () => {
  const counters = new Counters()
  const events = [
    { type: 'RecordAdded' },
    { type: 'RecordAdded' },
    { type: 'RecordKnown' },
    { type: 'RecordPostponed' },
    { type: 'RecordDeleted' },
    { type: 'RecordHidden' },
    { type: 'RecordsExpired', count: 40 },
    { type: 'RecordRejected', source: 'age' },
    { type: 'RecordRejected', source: 'words' },
    { type: 'RecordRejected', source: 'age' },
    { type: 'RecordsRejected', source: 'words', count: 30 },
    { type: 'StrikeCounted' },
    { type: 'PeerJoined' },
  ]
  for (const event of events) counters.take(event as RoomEvent)
  const { added, known, postponed, deleted, hidden, expired, strikes } = counters
  expect([added, known, postponed, deleted, hidden, expired, strikes]).toEqual([2, 1, 1, 1, 1, 40, 1])
  expect([...counters.refused]).toEqual([
    ['age', 2],
    ['words', 31],
  ])
})

test('messages are counted by their direction', () => {
  const counters = new Counters()
  const message = { peer: 'a' as never, message: 'Ping', at: 0 }
  counters.see({ ...message, direction: 'in', bytes: 7 })
  counters.see({ ...message, direction: 'out', bytes: 100 })
  counters.see({ ...message, direction: 'out', bytes: 50 })
  expect([counters.in, counters.out]).toEqual([
    { messages: 1, bytes: 7 },
    { messages: 2, bytes: 150 },
  ])
})
