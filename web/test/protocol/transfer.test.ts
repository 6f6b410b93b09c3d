/** Records on their way to one peer: loaded as credit allows, cut into messages. */

import { expect, test } from 'vitest'
import {
  CREDIT_WINDOW_BYTES,
  FRAME_BYTES_MAX,
  LOAD_RECORDS_MAX,
  RECORDS_PER_MESSAGE_MAX,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import { listed, type Share, shortId } from '../../src/core/ranges.ts'
import type { RecordId } from '../../src/core/record.ts'
import { BLOB_BYTES_GUESSED, DRAWN_RECORDS_MAX, sizeOf, Transfer, takeFrame } from '../../src/protocol/transfer.ts'
import { at } from './pair.ts'

const SALT = new Uint8Array(16).fill(115)
const RANGE = { lower: [0, ''] as Bound, upper: [10 ** 6, ''] as Bound }

function indexOf(count: number): Index {
  return Index.bulk(ids(count).map((id, number) => [number, id] as const))
}

/** Share all of a set, or all but *besides*. */
function all(besides: readonly RecordId[] = []): Share {
  return { ...RANGE, shortIds: besides.map(id => listed(shortId(SALT, id))).join(''), isNamed: false }
}

/** Give a transfer of a set of so many records, with all of them queued. */
function holding(count: number): Transfer {
  const transfer = new Transfer(indexOf(count), SALT)
  transfer.push(all())
  return transfer
}

function ids(count: number): RecordId[] {
  return Array.from({ length: count }, (_, number) => number.toString(16).padStart(64, '0') as RecordId)
}

function blobs(count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(size))
}

function framesOf(left: Uint8Array[]): (readonly Uint8Array[])[] {
  const frames = []
  while (left.length > 0) frames.push(takeFrame(left))
  return frames
}

test('what is queued is loaded in order and sent', () => {
  const transfer = holding(3)
  expect(transfer.nextIds(at(0))).toEqual(ids(3))
  const loaded = [1, 2, 3].map(byte => new Uint8Array([byte]))
  transfer.loaded(loaded)
  expect(transfer.nextFrames()).toEqual([loaded])
  expect(transfer.isEmpty).toBe(true)
  expect(transfer.count).toBe(3)
})

test('what is purged while it is loaded is lacking, and what waits for credit is not sent', () => {
  const transfer = holding(4)
  const [, second, third, fourth] = transfer.nextIds(at(0)) as [RecordId, RecordId, RecordId, RecordId]
  const loaded = [1, 2, 3, 4].map(byte => new Uint8Array([byte]))
  transfer.purge([second])
  expect(transfer.loaded(loaded)).toEqual([second])
  transfer.purge([third])
  expect(transfer.nextFrames()).toEqual([[loaded[0], loaded[3]]])
  transfer.purge([fourth])
  expect(transfer.count).toBe(2)
})

test('nothing is loaded while a load is under way', () => {
  const transfer = holding(LOAD_RECORDS_MAX + 1)
  expect(transfer.nextIds(at(0)).length).toBe(LOAD_RECORDS_MAX)
  expect(transfer.nextIds(at(0))).toEqual([])
  expect(transfer.isEmpty).toBe(false)
  transfer.loaded(blobs(1, 1))
  expect(transfer.nextIds(at(0))).toEqual([])
  transfer.nextFrames()
  expect(transfer.nextIds(at(0)).length).toBe(1)
})

test('records whose content is gone are named, and not counted', () => {
  const transfer = holding(3)
  transfer.nextIds(at(0))
  const [blob] = blobs(1, 1)
  expect(transfer.loaded([new Uint8Array(), blob ?? new Uint8Array(), new Uint8Array()])).toEqual([
    ids(3)[0],
    ids(3)[2],
  ])
  expect(transfer.nextFrames()).toEqual([[blob]])
  expect(transfer.count).toBe(1)
})

test('records that could not be loaded are passed over', () => {
  const transfer = holding(1)
  transfer.nextIds(at(0))
  transfer.loaded([])
  expect(transfer.nextFrames()).toEqual([])
  expect(transfer.isEmpty).toBe(true)
})

test('sending stops when credit is spent and goes on with more', () => {
  const transfer = holding(30)
  const size = 50_000
  let sent = 0
  for (let asked = transfer.nextIds(at(0)); asked.length > 0; asked = transfer.nextIds(at(0))) {
    transfer.loaded(blobs(asked.length, size))
    for (const frame of transfer.nextFrames()) sent += sizeOf(frame)
  }
  expect(sent).toBeGreaterThanOrEqual(CREDIT_WINDOW_BYTES)
  expect(sent).toBeLessThan(CREDIT_WINDOW_BYTES + size)
  expect(transfer.isEmpty).toBe(false)
  expect(transfer.credit(size)).toBe(true)
  transfer.loaded(blobs(transfer.nextIds(at(0)).length, size))
  expect(transfer.nextFrames().length).toBe(1)
})

test('loads ask for about as much as credit allows', () => {
  const transfer = holding(1_000)
  expect(transfer.nextIds(at(0)).length).toBe(Math.min(CREDIT_WINDOW_BYTES / BLOB_BYTES_GUESSED, LOAD_RECORDS_MAX))
  transfer.loaded(blobs(1, 60_000))
  transfer.nextFrames()
  const average = (60_000 + BLOB_BYTES_GUESSED) / 2
  expect(transfer.nextIds(at(0)).length).toBe(Math.floor((CREDIT_WINDOW_BYTES - 60_000) / average))
})

test('credit for bytes that were not sent, or taken back, cannot be true', () => {
  const transfer = holding(1)
  transfer.nextIds(at(0))
  transfer.loaded(blobs(1, 100))
  transfer.nextFrames()
  expect(transfer.credit(101)).toBe(false)
  expect(transfer.credit(100)).toBe(true)
  expect(transfer.credit(99)).toBe(false)
})

test('messages are bounded in bytes and in records', () => {
  const frames = framesOf([...blobs(3, 30_000), ...blobs(RECORDS_PER_MESSAGE_MAX + 1, 1)])
  expect(frames.map(frame => frame.length)).toEqual([1, 1, RECORDS_PER_MESSAGE_MAX, 2])
  for (const frame of frames) expect(sizeOf(frame) + 5 * frame.length).toBeLessThanOrEqual(FRAME_BYTES_MAX)
})

test('a record larger than a message should be goes alone', () => {
  expect(framesOf([...blobs(1, FRAME_BYTES_MAX + 1), ...blobs(1, 1)]).map(frame => frame.length)).toEqual([1, 1])
})

test('records are looked up when their turn comes', () => {
  const index = indexOf(3)
  const transfer = new Transfer(index, SALT)
  transfer.push(all())
  index.discard(1, ids(3)[1] as RecordId)
  expect(transfer.nextIds(at(0))).toEqual([ids(3)[0], ids(3)[2]])
  expect(transfer.count).toBe(2)
})

test('what is wanted of one range bit by bit is queued as one share', () => {
  const transfer = new Transfer(indexOf(5), SALT)
  for (const at of [3, 1]) {
    transfer.push({ ...RANGE, shortIds: listed(shortId(SALT, ids(5)[at] as RecordId)), isNamed: true })
  }
  expect(transfer.nextIds(at(0))).toEqual([ids(5)[1], ids(5)[3]])
})

test('shares that hold nothing any more are passed over', () => {
  const transfer = new Transfer(new Index(), SALT)
  transfer.push(all())
  expect(transfer.isEmpty).toBe(false)
  expect(transfer.nextIds(at(0))).toEqual([])
  expect(transfer.isEmpty).toBe(true)
})

test('a load looks at only so many records once it has any', () => {
  const many = ids(3 * DRAWN_RECORDS_MAX)
  const transfer = new Transfer(indexOf(many.length), SALT)
  transfer.push(all(many.slice(0, -1)))
  expect(transfer.nextIds(at(0))).toEqual(many.slice(-1))
  transfer.loaded([])
  transfer.push(all(many.slice(1)))
  expect(transfer.nextIds(at(0))).toEqual(many.slice(0, 1))
  expect(transfer.isEmpty).toBe(false)
})
