/** What waits for intake, and who may fill how much of a batch. */

import { expect, test } from 'vitest'
import {
  INTAKE_BATCH_RECORDS_MAX,
  INTAKE_QUEUE_BYTES_PER_PEER_MAX,
  INTAKE_QUEUES_BYTES_MAX,
  INTAKE_SHARE_RECORDS_FIRST,
  INTAKE_SHARE_RECORDS_MAX,
  INTAKE_SHARE_RECORDS_MIN,
  LIVE_RECORD_BYTES_MIN,
} from '../../src/core/limits.ts'
import { KIND_COMMIT, type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import {
  BYTES_PER_WORK,
  dealtWith,
  LISTED_BYTES_PER_WORK,
  makeArrival,
  TAGS_PER_WORK,
  workOf,
} from '../../src/protocol/arrivals.ts'
import { BAD_PART, Queues } from '../../src/protocol/queues.ts'
import { key, makeRecord, peerId, START } from './pair.ts'

const [PEER, OTHER] = [peerId(1), peerId(2)]
const TEMPLATE = makeRecord()

/** Give records that differ in their ids; nothing here looks at their signatures. */
function records(count: number): Record[] {
  return Array.from({ length: count }, (_, number) => ({ ...TEMPLATE, id: idOf(number) }))
}

function idOf(number: number): RecordId {
  return number.toString(16).padStart(64, '0') as RecordId
}

/** Sign a record with many tags and much content. */
function heavy(number: number): Record {
  const tags = Array.from({ length: 63 }, (_, each) => ['e', each.toString(16).padStart(64, '0')])
  const content = String(number).padEnd(2 * LIVE_RECORD_BYTES_MIN, '.')
  return signRecord(key(1), { createdAt: START, kind: TEMPLATE.kind, tags, content })
}

function fill(queues: Queues, peer: PeerId | null, count: number): void {
  for (const record of records(count)) expect(queues.put(makeArrival(record, peer, 0))).toBe(true)
}

function taken(queues: Queues, peer: PeerId | null): number {
  return queues.take().filter(arrival => arrival.peer === peer).length
}

test('a peer begins with a small share and our own user has all', () => {
  const queues = new Queues()
  fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
  expect(taken(queues, PEER)).toBe(INTAKE_SHARE_RECORDS_FIRST)
  const ours = new Queues()
  fill(ours, null, INTAKE_BATCH_RECORDS_MAX + 1)
  expect(taken(ours, null)).toBe(INTAKE_BATCH_RECORDS_MAX)
})

test('the authors that a peer passes on take turns and what it wrote goes first', () => {
  const queues = new Queues()
  fill(queues, PEER, 200)
  const [late, own] = [makeRecord(0, { author: 2 }), makeRecord(0, { author: 3 })]
  queues.put(makeArrival(late, PEER, 0))
  queues.put(makeArrival(own, PEER, 0, { isOwn: true }))
  const first = queues.take().map(({ record }) => record.id)
  expect(first.length).toBe(INTAKE_SHARE_RECORDS_FIRST)
  expect(first.slice(0, 4)).toEqual([own.id, idOf(0), late.id, idOf(1)])
})

test('a commit is the more work the more ids it lists, which makes the next credit come later', () => {
  const content = JSON.stringify(Array.from({ length: 500 }, (_, number) => idOf(number)))
  const commit = signRecord(key(1), { createdAt: START, kind: KIND_COMMIT, tags: [], content })
  expect(workOf(commit)).toBe(1 + Math.floor(commit.wire.length / LISTED_BYTES_PER_WORK))
  expect(workOf(commit)).toBeGreaterThan(500 / 8)
  const tolls = [0, 1].flatMap(round => dealtWith([makeArrival(commit, PEER, round)], { added: 1 }))
  const beyond = workOf(commit) * LIVE_RECORD_BYTES_MIN - commit.wire.length
  expect(tolls.map(({ toll }) => toll)).toEqual([beyond, undefined])
})

test('what is much work counts for more of a share', () => {
  const queues = new Queues()
  for (let number = 0; number < 20; number++) {
    const record = heavy(number)
    expect(workOf(record)).toBe(1 + Math.floor(63 / TAGS_PER_WORK) + Math.floor(record.wire.length / BYTES_PER_WORK))
    queues.put(makeArrival(record, PEER, 0))
  }
  expect(taken(queues, PEER)).toBe(5)
})

test('the share of who keeps the rules doubles, but leaves a batch short', () => {
  const queues = new Queues()
  fill(queues, PEER, 4 * INTAKE_BATCH_RECORDS_MAX)
  const shares = Array.from({ length: 6 }, () => {
    const share = taken(queues, PEER)
    queues.weigh(
      new Map([
        [PEER, share],
        [null, 5],
      ]),
      new Map(),
    )
    return share
  })
  expect(shares).toEqual([64, ...Array(5).fill(INTAKE_SHARE_RECORDS_MAX)])
})

test('the share of who breaks them halves down to a few', () => {
  const queues = new Queues()
  fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
  const shares = Array.from({ length: 4 }, () => {
    const share = new Map([[PEER, taken(queues, PEER)]])
    queues.weigh(share, share)
    return share.get(PEER)
  })
  expect(shares).toEqual([64, 32, 16, INTAKE_SHARE_RECORDS_MIN])
})

test('a few bad records are forgiven', () => {
  const queues = new Queues()
  fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
  queues.weigh(new Map([[PEER, 3 * BAD_PART]]), new Map([[PEER, 3]]))
  expect(taken(queues, PEER)).toBe(2 * INTAKE_SHARE_RECORDS_FIRST)
})

test('many peers share a batch evenly and take turns', () => {
  const queues = new Queues()
  const crowd = Array.from({ length: INTAKE_BATCH_RECORDS_MAX }, (_, number) => peerId(number))
  for (const peer of crowd) fill(queues, peer, 2)
  expect(queues.take().map(arrival => arrival.peer)).toEqual(crowd)
  expect(queues.take().map(arrival => arrival.peer)).toEqual(crowd)
  expect(queues.isEmpty).toBe(true)
})

test('a queue holds so many bytes and takes more once some are taken', () => {
  const queues = new Queues()
  fill(queues, PEER, Math.floor(INTAKE_QUEUE_BYTES_PER_PEER_MAX / TEMPLATE.wire.length))
  const late = makeArrival(TEMPLATE, PEER, 0)
  expect(queues.put(late)).toBe(false)
  expect(queues.put(makeArrival(TEMPLATE, OTHER, 0))).toBe(true)
  queues.take()
  expect(queues.put(late)).toBe(true)
})

test('who is gone is owed nothing and begins anew', () => {
  const queues = new Queues()
  fill(queues, PEER, 1)
  queues.weigh(new Map([[PEER, 1]]), new Map([[PEER, 1]]))
  queues.disown(PEER)
  queues.disown(OTHER)
  expect(queues.take().map(arrival => arrival.isOwed)).toEqual([false])
  fill(queues, PEER, INTAKE_BATCH_RECORDS_MAX)
  expect(taken(queues, PEER)).toBe(INTAKE_SHARE_RECORDS_FIRST)
})

test('what a peer has waiting can be dropped but for some', () => {
  const queues = new Queues()
  fill(queues, PEER, 4)
  fill(queues, OTHER, 1)
  const dropped = queues.drop(PEER, arrival => arrival.record.id === idOf(1))
  expect(dropped.map(arrival => arrival.record.id)).toEqual([0, 2, 3].map(idOf))
  expect(queues.drop(peerId(9), () => true)).toEqual([])
  const left = queues.take().map(arrival => [arrival.peer, arrival.record.id])
  expect(left).toEqual([
    [OTHER, idOf(0)],
    [PEER, idOf(1)],
  ])
  expect(queues.isEmpty).toBe(true)
})

test('what belongs together is taken together though others wait', () => {
  const queues = new Queues()
  const group = idOf(10)
  for (const [number, record] of records(600).entries()) {
    expect(queues.put(makeArrival(record, null, 0, number >= 10 && number < 510 ? { group } : {}))).toBe(true)
  }
  for (let number = 0; number < 64; number++) fill(queues, peerId(number), 1)
  const groups = () => queues.take().flatMap(arrival => (arrival.peer === null ? [arrival.group] : []))
  const first = groups()
  expect(first.filter(each => each === group)).toHaveLength(500)
  expect(first.at(-1)).toBe(group)
  expect(groups()).toEqual(Array(90).fill(null))
})

test('what is heavy once read waits as the bytes in which it came', () => {
  const [queues, record] = [new Queues(), heavy(0)]
  queues.put(makeArrival(record, PEER, 0))
  const [waiting] = queues.drop(PEER, () => false)
  expect(Object.keys(waiting?.record ?? {})).not.toContain('tags')
  if (waiting !== undefined) queues.put(waiting)
  expect(queues.take().map(arrival => arrival.record)).toEqual([record])
})

test('many peers, each under its own limit, hold no more than all may, and who has most makes room for who has less', () => {
  const queues = new Queues()
  const large = makeRecord(0, { size: 60_000 })
  const bring = (peer: PeerId, count: number) =>
    Array.from({ length: count }, () => {
      const arrival = makeArrival(large, peer, 0)
      return [...queues.makeRoom(arrival, START), ...(queues.put(arrival, START) ? [] : [arrival])]
    }).flat()
  const crowd = Array.from({ length: 24 }, (_, number) => peerId(number + 10))
  const gone = crowd.flatMap(peer => bring(peer, 20))
  const [, budget] = queues.budgets
  expect(budget).toMatchObject({ name: 'queues', limit: INTAKE_QUEUES_BYTES_MAX, since: START })
  expect(budget?.used).toBeLessThanOrEqual(INTAKE_QUEUES_BYTES_MAX)
  expect(budget?.used).toBeGreaterThan(INTAKE_QUEUES_BYTES_MAX - 2 * large.wire.length)
  expect(budget?.count).toBe(gone.length)

  const [first, ...more] = bring(PEER, 1)
  expect(first?.peer).not.toBe(PEER)
  expect(more).toEqual([])
  for (const peer of [PEER, ...crowd]) queues.disown(peer)
  expect(queues.budgets[1]?.used).toBeLessThanOrEqual(INTAKE_QUEUES_BYTES_MAX)
  for (const peer of [PEER, ...crowd]) queues.drop(peer, () => false)
  expect(queues.budgets[1]?.used).toBe(0)
  expect(queues.isEmpty).toBe(true)
})
