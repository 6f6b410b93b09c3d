/** What the store could not take, and what happens when it works again. */

import { expect, test } from 'vitest'
import { ROUND_BACKOFF_MAX_SECONDS, SAVE_RETRY_SECONDS } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { type Arrival, makeArrival } from '../../src/protocol/arrivals.ts'
import { Delayed } from '../../src/protocol/delayed.ts'
import { at, makeRecord, Net, START } from './pair.ts'

const PEER = '0000peer' as PeerId

function brought(number: number, { size = 0, peer = PEER as PeerId | null } = {}): Arrival {
  return makeArrival(makeRecord(number, { size }), peer, 7)
}

test('the largest record is tried again and costs its sender nothing', () => {
  const delayed = new Delayed()
  const large = brought(2, { size: 500 })
  delayed.failed([brought(1), large, brought(3)], at(0))
  expect(delayed.deadline).toBe(SAVE_RETRY_SECONDS)
  expect(delayed.due(at(SAVE_RETRY_SECONDS - 1))).toEqual([])
  const tried = { ...large, round: 0, isTrusted: true, isOwed: false }
  expect(delayed.due(at(SAVE_RETRY_SECONDS))).toEqual([tried])
  expect(delayed.deadline).toBeNull()
  expect(delayed.due(at(SAVE_RETRY_SECONDS))).toEqual([])
})

test('a store that works again is caught up with once in a while', () => {
  const delayed = new Delayed()
  expect(delayed.saved(at(0))).toEqual([])
  delayed.failed([brought(1)], at(0))
  delayed.failed([brought(2)], at(1))
  expect(delayed.saved(at(2))).toEqual([{ type: 'CatchUp' }])
  expect(delayed.deadline).toBeNull()
  delayed.failed([brought(1)], at(3))
  expect(delayed.saved(at(1 + ROUND_BACKOFF_MAX_SECONDS))).toEqual([])
  delayed.failed([brought(1)], at(2 + ROUND_BACKOFF_MAX_SECONDS))
  expect(delayed.saved(at(2 + ROUND_BACKOFF_MAX_SECONDS))).toEqual([{ type: 'CatchUp' }])
})

test('what our own user brought is left to our user', () => {
  const delayed = new Delayed()
  delayed.failed([brought(1, { peer: null })], at(0))
  expect(delayed.deadline).toBeNull()
  expect(delayed.saved(at(1))).toEqual([])
})

test.each([1, 2])('a disk that filled and was emptied has all records within a minute', first => {
  const net = new Net()
  const giver = net.add(
    first,
    Array.from({ length: 200 }, (_, number) => makeRecord(number, { at: START - 7_200 })),
  )
  const full = net.add(3 - first)
  full.isFull = true
  net.connect(giver, full)
  net.passTime(1_500)
  expect(full.node.count).toBe(0)
  expect(full.events.some(event => event.type === 'SaveDelayed')).toBe(true)
  full.isFull = false
  net.passTime(45)
  expect(full.node.count).toBe(200)
  expect(giver.node.root(net.now)).toBe(full.node.root(net.now))
})
