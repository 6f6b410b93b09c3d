/** Records on their way to one peer: loaded as credit allows, cut into messages. */

import { expect, test } from 'vitest'
import {
  CREDIT_WINDOW_BYTES,
  FRAME_BYTES_MAX,
  LOAD_RECORDS_MAX,
  RECORDS_PER_MESSAGE_MAX,
} from '../../src/core/limits.ts'
import type { RecordId } from '../../src/core/record.ts'
import { BLOB_BYTES_GUESSED, sizeOf, Transfer } from '../../src/protocol/transfer.ts'

function ids(count: number): RecordId[] {
  return Array.from({ length: count }, (_, number) => number.toString(16).padStart(64, '0') as RecordId)
}

function blobs(count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(size))
}

test('what is queued is loaded in order and sent', () => {
  const transfer = new Transfer()
  transfer.push(ids(3))
  expect(transfer.nextIds()).toEqual(ids(3))
  const loaded = [1, 2, 3].map(byte => new Uint8Array([byte]))
  transfer.loaded(loaded)
  expect(transfer.nextFrames()).toEqual([loaded])
  expect(transfer.isEmpty).toBe(true)
  expect(transfer.count).toBe(3)
})

test('nothing is loaded while a load is under way', () => {
  const transfer = new Transfer()
  transfer.push(ids(LOAD_RECORDS_MAX + 1))
  expect(transfer.nextIds().length).toBe(LOAD_RECORDS_MAX)
  expect(transfer.nextIds()).toEqual([])
  expect(transfer.isEmpty).toBe(false)
  transfer.loaded(blobs(1, 1))
  expect(transfer.nextIds()).toEqual([])
  transfer.nextFrames()
  expect(transfer.nextIds().length).toBe(1)
})

test('records whose content is gone are named, and not counted', () => {
  const transfer = new Transfer()
  transfer.push(ids(3))
  transfer.nextIds()
  const [blob] = blobs(1, 1)
  expect(transfer.loaded([new Uint8Array(), blob ?? new Uint8Array(), new Uint8Array()])).toEqual([
    ids(3)[0],
    ids(3)[2],
  ])
  expect(transfer.nextFrames()).toEqual([[blob]])
  expect(transfer.count).toBe(1)
})

test('records that could not be loaded are passed over', () => {
  const transfer = new Transfer()
  transfer.push(ids(1))
  transfer.nextIds()
  transfer.loaded([])
  expect(transfer.nextFrames()).toEqual([])
  expect(transfer.isEmpty).toBe(true)
})

test('sending stops when credit is spent and goes on with more', () => {
  const transfer = new Transfer()
  const size = 50_000
  transfer.push(ids(30))
  let sent = 0
  for (let asked = transfer.nextIds(); asked.length > 0; asked = transfer.nextIds()) {
    transfer.loaded(blobs(asked.length, size))
    for (const frame of transfer.nextFrames()) sent += sizeOf(frame)
  }
  expect(sent).toBeGreaterThanOrEqual(CREDIT_WINDOW_BYTES)
  expect(sent).toBeLessThan(CREDIT_WINDOW_BYTES + size)
  expect(transfer.isEmpty).toBe(false)
  expect(transfer.credit(size)).toBe(true)
  transfer.loaded(blobs(transfer.nextIds().length, size))
  expect(transfer.nextFrames().length).toBe(1)
})

test('loads ask for about as much as credit allows', () => {
  const transfer = new Transfer()
  transfer.push(ids(1_000))
  expect(transfer.nextIds().length).toBe(Math.min(CREDIT_WINDOW_BYTES / BLOB_BYTES_GUESSED, LOAD_RECORDS_MAX))
  transfer.loaded(blobs(1, 60_000))
  transfer.nextFrames()
  const average = (60_000 + BLOB_BYTES_GUESSED) / 2
  expect(transfer.nextIds().length).toBe(Math.floor((CREDIT_WINDOW_BYTES - 60_000) / average))
})

test('credit for bytes that were not sent, or taken back, cannot be true', () => {
  const transfer = new Transfer()
  transfer.push(ids(1))
  transfer.nextIds()
  transfer.loaded(blobs(1, 100))
  transfer.nextFrames()
  expect(transfer.credit(101)).toBe(false)
  expect(transfer.credit(100)).toBe(true)
  expect(transfer.credit(99)).toBe(false)
})

test('messages are bounded in bytes and in records', () => {
  const transfer = new Transfer()
  transfer.loaded([...blobs(3, 30_000), ...blobs(RECORDS_PER_MESSAGE_MAX + 1, 1)])
  const frames = transfer.nextFrames()
  expect(frames.map(frame => frame.length)).toEqual([1, 1, RECORDS_PER_MESSAGE_MAX, 2])
  for (const frame of frames) expect(sizeOf(frame) + 5 * frame.length).toBeLessThanOrEqual(FRAME_BYTES_MAX)
})

test('a record larger than a message should be goes alone', () => {
  const transfer = new Transfer()
  transfer.loaded([...blobs(1, FRAME_BYTES_MAX + 1), ...blobs(1, 1)])
  expect(transfer.nextFrames().map(frame => frame.length)).toEqual([1, 1])
})
