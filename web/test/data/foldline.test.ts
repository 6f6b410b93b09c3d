import { expect, test } from 'vitest'
import { FOLD_STATE_BYTES_MAX } from '../../src/core/limits.ts'
import type { RecordId } from '../../src/core/record.ts'
import { CHECKPOINT_ENTRIES, FoldLine, writeState } from '../../src/data/foldline.ts'
import type { Seat } from '../../src/documents/order.ts'
import { ConfigError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'

/** Give seats of which three share a stamp, and the lowest id comes last. */
function seat(number: number): Seat {
  return { values: [], stamp: Math.floor(number / 3), id: `0${9 - (number % 3)}`.repeat(32) as RecordId }
}

function append(state: number[], doc: number): number[] {
  state.push(doc)
  return state
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at)
}

test('whatever comes late or goes, it is the state over all', () => {
  const rng = seededRng('folds')
  for (let round = 0; round < 20; round++) {
    const line = new FoldLine<number[], number>([], append)
    const here = new Set<number>()
    for (let step = 0; step < 150; step++) {
      const number = rng.uint32() % 120
      if (!here.delete(number)) here.add(number)
      line.undo(seat(number).stamp, seat(number).id)
      const all = [...here].sort((one, other) => one - other)
      const last = line.count === 0 ? -1 : (line.state.at(-1) ?? -1)
      line.fold(all.filter(each => each > last).map(each => [seat(each), each]))
      expect([line.state, line.count]).toEqual([all, all.length])
    }
  }
})

test('a moment without an id takes back its whole stamp', () => {
  const line = new FoldLine<number[], number>([], append)
  line.fold(upTo(12).map(each => [seat(each), each]))
  line.undo(3, null)
  expect([line.state, line.undone]).toEqual([upTo(CHECKPOINT_ENTRIES), 12 - CHECKPOINT_ENTRIES])
  line.undo(9, null)
  expect(line.count).toBe(CHECKPOINT_ENTRIES)
})

test('states are kept at growing distances', () => {
  const line = new FoldLine<number, number>(0, (_, doc) => doc)
  line.fold(upTo(100_000).map(stamp => [{ values: [], stamp, id: '00'.repeat(32) as RecordId }, stamp]))
  const distances = line.checkpoints.map(count => line.count - count)
  expect(distances.length).toBeLessThan(20)
  expect([distances[0], distances.at(-1)]).toEqual([100_000, 0])
  const inner = distances.slice(1, -1)
  for (const [at, far] of inner.slice(0, -1).entries()) expect(far).toBeLessThanOrEqual(4 * (inner[at + 1] ?? 0))
})

test('what is kept is not what the function changes', () => {
  const line = new FoldLine<number[], number>([], append)
  line.fold(upTo(10).map(each => [seat(each), each]))
  line.undo(seat(9).stamp, seat(9).id)
  expect(line.state).toEqual(upTo(8))
  line.undo(0, null)
  expect(line.state).toEqual([])
})

test('a state is JSON of a limited length', () => {
  for (const state of [new Set([1]), Number.NaN, '\ud800', undefined, 's'.repeat(FOLD_STATE_BYTES_MAX - 1)]) {
    expect(() => writeState(state)).toThrow(ConfigError)
  }
  expect(writeState('s'.repeat(FOLD_STATE_BYTES_MAX - 2))).toHaveLength(FOLD_STATE_BYTES_MAX)
})
