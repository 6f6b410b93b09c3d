/** Blobs go to and fro between those that both know of them. */
import { expect, test } from 'vitest'
import { FEATURE_BLOBS } from '../../src/core/message.ts'
import { BlobExchange } from '../../src/protocol/blob-exchange.ts'
import { at, Blob, ONE } from './blobs.ts'

const BLOB = new Blob(1)
const { root, name } = BLOB
const HAVE = Uint8Array.of(0x80)

function exchange(features: number = FEATURE_BLOBS): BlobExchange {
  const machine = new BlobExchange()
  machine.join(ONE, features, at(0))
  return machine
}

function send(message: object) {
  return { type: 'Send', peer: ONE, message }
}

test('a blob is fetched', () => {
  const machine = exchange()
  expect(machine.receive({ type: 'BlobWanted', name, pieces: [0] }, at(0))).toEqual([send({ type: 'BlobAsk', root })])
  expect(machine.deadline).toBe(1)
  const wanted = machine.hear(ONE, { type: 'BlobHave', root, pieces: HAVE }, at(0))
  expect(wanted).toEqual([send({ type: 'BlobWant', root, first: 0, count: 1 })])
  expect(machine.hear(ONE, BLOB.part(0), at(0)).map(({ type }) => type)).toEqual(['KeepPiece'])
  expect(machine.receive({ type: 'PiecesKept', root, pieces: [[ONE, 0]] }, at(0))).toEqual([])
  expect(machine.deadline).toBeNull()
  expect(machine.tick(at(5))).toEqual([])
  expect(machine.receive({ type: 'BlobUnwanted', root }, at(0))).toEqual([])
})

test('a blob is given', () => {
  const machine = exchange()
  expect(machine.hear(ONE, { type: 'BlobAsk', root }, at(0))).toEqual([{ type: 'FindBlob', peer: ONE, root }])
  const have = { type: 'BlobHave', root, pieces: HAVE }
  expect(machine.receive({ type: 'BlobFound', peer: ONE, root, pieces: HAVE }, at(0))).toEqual([send(have)])
  machine.clog(ONE)
  expect(machine.hear(ONE, { type: 'BlobWant', root, first: 0, count: 1 }, at(0))).toEqual([])
  expect(machine.drain(ONE)).toEqual([{ type: 'ReadPieces', peer: ONE, root, first: 0, count: 1 }])
  const part = BLOB.part(0)
  expect(machine.receive({ type: 'PiecesRead', peer: ONE, root, first: 0, found: [part] }, at(0))).toEqual([send(part)])
  expect(machine.leave(ONE, at(0))).toEqual([])
})

test('nothing is said to who does not know of blobs, nor heard of it', () => {
  const machine = exchange(0)
  expect(machine.receive({ type: 'BlobWanted', name, pieces: [0] }, at(0))).toEqual([])
  expect(machine.hear(ONE, { type: 'BlobAsk', root }, at(0))).toEqual([])
})
