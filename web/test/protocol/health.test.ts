/** Which budgets bite, and since when. */
import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import {
  INTAKE_QUEUE_BYTES_PER_PEER_MAX,
  LIVE_BURST_SECONDS,
  LIVE_BYTES_PER_SECOND,
  POSTPONED_RECORDS_MAX,
  REFUSED_IDS_MAX,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { makeArrival } from '../../src/protocol/arrivals.ts'
import { Delayed } from '../../src/protocol/delayed.ts'
import { Bite } from '../../src/protocol/health.ts'
import { Mesh } from '../../src/protocol/mesh.ts'
import { Node } from '../../src/protocol/node.ts'
import { Postponed } from '../../src/protocol/postponed.ts'
import { Queues } from '../../src/protocol/queues.ts'
import { Refused } from '../../src/protocol/refused.ts'
import { ClockComparison } from '../../src/protocol/skew.ts'
import { seededRng } from '../seeded.ts'
import { at, key, makeRecord, ROOM, START } from './pair.ts'
import { relayOf } from './relays.ts'

const [ONE, TWO] = ['one' as PeerId, 'two' as PeerId]

test('a bite has a beginning, and how often it was', () => {
  const bite = new Bite()
  expect(bite.budget('disk', 1, 2)).toEqual({ name: 'disk', used: 1, limit: 2, since: null, count: 0 })
  bite.bite(5 as UnixTime)
  bite.bite(6 as UnixTime, 3)
  expect(bite.budget('disk', 1, 2)).toEqual({ name: 'disk', used: 1, limit: 2, since: 5, count: 4 })
  bite.ease()
  expect(bite.budget('disk', 1, 2)).toMatchObject({ since: null, count: 4 })
})

test('a store that refuses to save bites until it saves', () => {
  const delayed = new Delayed()
  delayed.failed([makeArrival(makeRecord(), ONE, 0)], at(3))
  expect(delayed.budget).toEqual({ name: 'store', used: 1, limit: 0, since: START + 3, count: 1 })
  delayed.saved(at(4))
  expect(delayed.budget).toEqual({ name: 'store', used: 0, limit: 0, since: null, count: 1 })
})

test('a queue without room bites until all is taken', () => {
  const queues = new Queues()
  const arrivals = Array.from({ length: 40 }, (_, number) => makeArrival(makeRecord(number, { size: 60_000 }), ONE, 0))
  const areQueued = arrivals.map(arrival => queues.put(arrival, START))
  const lost = areQueued.filter(isQueued => !isQueued).length
  const budget = () => queues.budgets[0]
  expect(budget()).toMatchObject({ name: 'intake', limit: INTAKE_QUEUE_BYTES_PER_PEER_MAX, count: lost })
  expect(budget()?.since).toBe(START)
  expect(budget()?.used).toBeGreaterThan(INTAKE_QUEUE_BYTES_PER_PEER_MAX - 61_000)
  while (!queues.isEmpty) queues.take()
  expect(budget()).toMatchObject({ used: 0, since: null, count: lost })
})

test('records dated ahead that find no room bite until some are due', () => {
  const postponed = new Postponed()
  const ahead = (number: number) => makeArrival(makeRecord(number, { at: START + 2_000 }), null, 0)
  for (let number = 0; number < POSTPONED_RECORDS_MAX; number += 1) postponed.add(ahead(number), at(0))
  expect(postponed.budget).toMatchObject({ name: 'postponed', used: POSTPONED_RECORDS_MAX, since: null, count: 0 })
  expect(postponed.add(ahead(9_999), at(1))).toBe(false)
  expect(postponed.budget).toMatchObject({ since: START + 1, count: 1 })
  postponed.due(at(5_000))
  expect(postponed.budget).toMatchObject({ used: 0, since: null, count: 1 })
})

test('refused records that cannot be remembered bite while there are any', () => {
  const entries = Array.from({ length: REFUSED_IDS_MAX - 1 }, (_, number): [number, never] => [
    START,
    number.toString(16).padStart(64, '0') as never,
  ])
  const refused = new Refused('rules', new Index(), entries)
  refused.keep([makeRecord(1), makeRecord(2)], START)
  expect(refused.budget).toEqual({
    name: 'refused',
    used: REFUSED_IDS_MAX,
    limit: REFUSED_IDS_MAX,
    since: START,
    count: 1,
  })
})

test('a clock that differs bites while it does', () => {
  const clocks = new ClockComparison()
  clocks.compare(ONE, START + 500, at(0))
  clocks.compare(TWO, START + 502, at(0))
  expect(clocks.budget(at(0))).toMatchObject({ name: 'clock', used: 501, since: START, count: 1 })
  clocks.forget(TWO)
  expect(clocks.budget(at(0))).toMatchObject({ used: 0, since: null, count: 1 })
})

test('who writes faster than we take bites until it is slow again', () => {
  const relay = relayOf('health')
  relay.join(ONE)
  relay.join(TWO)
  for (let number = 0; number < LIVE_BURST_SECONDS; number += 1) {
    relay.dealt(ONE, LIVE_BYTES_PER_SECOND, 0, at(0))
    expect(relay.budget).toEqual({ name: 'rate', used: 0, limit: 2, since: null, count: 0 })
  }
  relay.dealt(ONE, LIVE_BYTES_PER_SECOND, 0, at(0))
  relay.dealt(ONE, 1, 0, at(0))
  expect(relay.budget).toEqual({ name: 'rate', used: 1, limit: 2, since: START, count: 1 })
  let seconds = 0
  for (let due = relay.deadline; due !== null; due = relay.deadline) {
    seconds = due - at(0).monotonic
    relay.tick(at(seconds))
  }
  expect(relay.budget).toEqual({ name: 'rate', used: 0, limit: 2, since: null, count: 1 })
  expect(seconds).toBeGreaterThan(0.9)
  expect(seconds).toBeLessThan(1.2)
})

test('a node shows all of its budgets, and others first', () => {
  const node = new Node({ key: key(1), room: ROOM, rng: seededRng('health'), index: new Index(), mesh: new Mesh() })
  const other = { name: 'disk', used: 3, limit: 2, since: START, count: 1 }
  const { at: time, budgets, biting, skewSeconds } = node.health(at(7), [other])
  expect([time, biting, skewSeconds]).toEqual([START + 7, [other], null])
  expect(budgets.map(({ name }) => name)).toEqual([
    'disk',
    'store',
    'intake',
    'queues',
    'postponed',
    'refused',
    'send',
    'given',
    'rate',
    'clock',
  ])
})
