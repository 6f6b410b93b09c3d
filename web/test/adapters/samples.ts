/** What the checks of stores share: signed records, and a word when something is not as promised. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { newestFirst as inOrder } from '../../src/adapters/order.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import {
  KIND_DELETION,
  KIND_KEYED,
  KIND_RECORD,
  type Record,
  type RecordId,
  signRecord,
} from '../../src/core/record.ts'
import type { RoomTag } from '../../src/core/signal.ts'

/** The time around which the suite's records were made. */
export const NOON: number = 20_000 * DAY_SECONDS + DAY_SECONDS / 2

const ROOM = '00'.repeat(16) as RoomTag

/** Give 24 signed records: 2 authors, 3 kinds, 4 days, tags, and pairs that were made in one second. */
export function sampleRecords(): Record[] {
  samples ??= makeSamples()
  return [...samples]
}

let samples: Record[] | null = null

function makeSamples(): Record[] {
  const keys = [7, 8].map(byte => new SecretKey(new Uint8Array(32).fill(byte)))
  const times = [0, 1, 2, 3].flatMap(day => [0, 0, 1, 30, 30, 3_600].map(second => NOON + day * DAY_SECONDS + second))
  return times.map((time, place) => {
    const tags = [
      ['h', ROOM],
      ['c', ['places', 'péople', ''][place % 3] ?? ''],
      ['d', `${place % 4}`],
      ['long', 'x'],
    ]
    if (place % 5 === 0) tags.push(['c', 'both'], ['c', 'both'], ['e', 'ab'.repeat(32)], ['m'])
    if (place % 6 === 1 || place % 6 === 3) tags.push(['us', `${10 + place}`])
    return signRecord(keys[place % 2] ?? fail('there are two keys'), {
      createdAt: time as UnixTime,
      kind: [KIND_RECORD, KIND_KEYED, KIND_DELETION][(place % 7) % 3] ?? KIND_RECORD,
      tags,
      content: `record ${place}: \u2028 \u{1f30d}`,
    })
  })
}

export function same(actual: unknown, expected: unknown, promise: string): void {
  if (show(actual) !== show(expected)) fail(`${promise}\n  expected ${show(expected)}\n  but got  ${show(actual)}`)
}

export function fail(message: string): never {
  throw new Error(message)
}

export function absent(number: number): RecordId {
  return bytesToHex(sha256(new TextEncoder().encode(`absent ${number}`))) as RecordId
}

export function at(records: readonly Record[], place: number): Record {
  return records[place] ?? fail(`there is no record ${place}`)
}

export function show(value: unknown): string {
  return JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? bytesToHex(each) : each)) ?? 'undefined'
}

/** Give *records* as a query does. */
export function newestFirst(records: readonly Record[]): Record[] {
  return records.toSorted(inOrder)
}

/** Give what `Store.entries` gives of *records*. */
export function entriesOf(records: readonly Record[]): [number, RecordId][] {
  const sorted = [...records].sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
  return sorted.map(({ createdAt, id }) => [createdAt, id])
}

/** Give the ids of *records*. */
export function idsOf(records: readonly Record[]): RecordId[] {
  return records.map(record => record.id)
}
