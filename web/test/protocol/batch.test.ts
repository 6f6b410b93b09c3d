/** Records that travel together: who brought them, and where they stand. */

import { expect, test } from 'vitest'
import type { PeerId } from '../../src/core/signal.ts'
import { makeArrival } from '../../src/protocol/arrivals.ts'
import { Batch, State, TRANSITIONS } from '../../src/protocol/batch.ts'
import { makeRecord, peerId } from './pair.ts'

const [PEER, OTHER] = [peerId(1), peerId(2)]
const [ONE, TWO, THREE] = [makeRecord(1), makeRecord(2), makeRecord(3)]

function makeBatch(): Batch {
  return new Batch(7, [makeArrival(ONE, PEER, 0), makeArrival(TWO, null, 0), makeArrival(THREE, PEER, 4)])
}

test('a batch knows how many records each brought and how many of them were bad', () => {
  const batch = makeBatch()
  expect(batch.brought).toEqual(
    new Map<PeerId | null, number>([
      [PEER, 2],
      [null, 1],
    ]),
  )
  expect(batch.bad.size).toBe(0)
  batch.countBad(PEER)
  batch.countBad(PEER)
  expect(batch.bad).toEqual(new Map([[PEER, 2]]))
})

test('a batch gives its records in the order they came in', () => {
  expect(makeBatch().records).toEqual([ONE, TWO, THREE])
})

test('what is noted of a peer holds for all it brought and nobody else', () => {
  const batch = makeBatch()
  batch.mark(PEER, { isOwed: false })
  batch.mark(OTHER, { isBanned: true })
  expect(batch.arrivals.map(arrival => arrival.isOwed)).toEqual([false, true, false])
  expect(batch.arrivals.map(arrival => arrival.isBanned)).toEqual([false, false, false])
})

test('a fresh batch waits to be verified, and every state but one for some answer', () => {
  expect(makeBatch().state).toBe(State.VERIFYING)
  const idle = Object.values(State).filter(state => Object.keys(TRANSITIONS[state]).length === 0)
  expect(idle).toEqual([State.VERIFIED])
})

test('a batch is over once it is saved or could not be', () => {
  const ends = Object.values(State).flatMap(state =>
    Object.entries(TRANSITIONS[state]).flatMap(([answer, next]) => (next === null ? `${state} ${answer}` : [])),
  )
  expect(ends).toEqual(['resolving SaveFailed', 'saving Saved', 'saving SaveFailed'])
})
