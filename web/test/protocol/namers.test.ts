/** Who named what lately, and whose names are not believed for a while. */
import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import { DAY_SECONDS, type Monotonic } from '../../src/core/clock.ts'
import {
  DISBELIEF_SECONDS_MAX,
  DISBELIEF_SECONDS_MIN,
  DISBELIEVED_KEYS_MAX,
  NAMES_FRESH_SECONDS,
} from '../../src/core/limits.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { type Namer, Namers } from '../../src/protocol/namers.ts'
import { key, START } from './pair.ts'

const ONE: Namer = { peer: '0000one' as PeerId, key: key(1).publicKey }
const OTHER: Namer = { peer: '0000other' as PeerId, key: key(2).publicKey }

function entry(number: number): Entry {
  return [START, String(number).padStart(64, '0') as RecordId]
}

function named(namer: Namer, numbers: readonly number[], { namers = new Namers(), at = 0 } = {}): Namers {
  const ids = numbers.map(number => entry(number)[1])
  namers.named(namer, ids, at as Monotonic)
  return namers
}

/** Name what nobody can show. */
function lie(namers: Namers, number: number, at: number): void {
  named(ONE, [number], { namers, at })
  namers.disbelieve([entry(number)], [], at as Monotonic)
}

function secondsOfDisbelief(namers: Namers, at: number): number {
  let seconds = 0
  while (!namers.isBelieved(ONE.key, (at + seconds) as Monotonic)) seconds += 60
  return seconds
}

test('who named what nobody can show is not believed for a while', () => {
  const namers = named(OTHER, [4, 5], { namers: named(ONE, [1, 2, 3]) })
  expect([2, 5, 6].map(number => namers.peerOf(entry(number)[1]))).toEqual([ONE.peer, OTHER.peer, undefined])
  const at = 9 as Monotonic
  expect(namers.disbelieve([entry(2)], [entry(1), entry(4), entry(6)], at)).toEqual([entry(1)])
  expect([namers.isBelieved(ONE.key, at), namers.isBelieved(OTHER.key, at)]).toEqual([false, true])
  expect(namers.isBelieved(ONE.key, (at + DISBELIEF_SECONDS_MIN) as Monotonic)).toBe(true)
})

test('each further time it is twice as long', () => {
  const namers = new Namers()
  const waited: number[] = []
  let at = 0
  for (let number = 0; number < 14; number += 1) {
    lie(namers, number, at)
    const seconds = secondsOfDisbelief(namers, at)
    waited.push(seconds)
    at += seconds
  }
  expect(waited.slice(0, 4)).toEqual([120, 240, 480, 960])
  expect(waited.at(-1)).toBe(DISBELIEF_SECONDS_MAX)
})

test('each day of belief halves it again', () => {
  const namers = new Namers()
  for (const at of [0, 200, 600]) lie(namers, at, at)
  const later = 600 + 480 + 2 * DAY_SECONDS
  lie(namers, 9, later)
  expect(secondsOfDisbelief(namers, later)).toBe(240)
  lie(namers, 10, later + 10_000 * DAY_SECONDS)
  expect(secondsOfDisbelief(namers, later + 10_000 * DAY_SECONDS)).toBe(DISBELIEF_SECONDS_MIN)
})

test('what was named before costs once, and what was named long ago nothing', () => {
  const namers = named(ONE, [1, 2])
  namers.disbelieve([entry(1)], [], 1 as Monotonic)
  namers.disbelieve([entry(2)], [], 100 as Monotonic)
  expect(namers.isBelieved(ONE.key, (1 + DISBELIEF_SECONDS_MIN) as Monotonic)).toBe(true)
  const late = named(OTHER, [3], { namers, at: 2 * NAMES_FRESH_SECONDS })
  expect(late.peerOf(entry(1)[1])).toBeUndefined()
  expect(late.disbelieve([entry(1)], [entry(2)], (2 * NAMES_FRESH_SECONDS) as Monotonic)).toEqual([])
  expect(late.disbelieve([entry(3)], [entry(3)], (10 * NAMES_FRESH_SECONDS) as Monotonic)).toEqual([])
  expect(late.isBelieved(OTHER.key, (10 * NAMES_FRESH_SECONDS) as Monotonic)).toBe(true)
})

test('those not believed are few', () => {
  const namers = new Namers()
  for (let number = 0; number <= DISBELIEVED_KEYS_MAX; number += 1) {
    const namer = { peer: `${number}` as PeerId, key: `${number}` as Namer['key'] }
    named(namer, [number], { namers })
    namers.disbelieve([entry(number)], [], 0 as Monotonic)
  }
  const keys = ['0', '1', `${DISBELIEVED_KEYS_MAX}`] as Namer['key'][]
  expect(keys.map(each => namers.isBelieved(each, 0 as Monotonic))).toEqual([true, false, false])
})
