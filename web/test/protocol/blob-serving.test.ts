/** Who asks for blobs is answered, in order, as far as may be asked. */
import { expect, test } from 'vitest'
import { BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX } from '../../src/core/limits.ts'
import { BlobServing } from '../../src/protocol/blob-serving.ts'
import type { PieceRead } from '../../src/protocol/inputs.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { Blob, ONE } from './blobs.ts'

const BLOB = new Blob(3)
const { root } = BLOB
const HAVE = Uint8Array.of(0xe0)

function serving(): BlobServing {
  const machine = new BlobServing()
  machine.join(ONE)
  return machine
}

function want(first: number, count: number) {
  return { type: 'BlobWant', root, first, count } as const
}

function read(piece: number): PieceRead {
  return { type: 'PieceRead', peer: ONE, root, piece, found: BLOB.part(piece) }
}

function readPiece(piece: number) {
  return { type: 'ReadPiece', peer: ONE, root, piece }
}

test('a question is answered by what is found', () => {
  const machine = serving()
  expect(machine.receive(ONE, { type: 'BlobAsk', root })).toEqual([{ type: 'FindBlob', peer: ONE, root }])
  const found = { type: 'BlobFound', peer: ONE, root, pieces: HAVE } as const
  expect(machine.found(found)).toEqual([{ type: 'Send', peer: ONE, message: { type: 'BlobHave', root, pieces: HAVE } }])
  expect(machine.found(found)).toEqual([])
})

test('pieces are read one after the other, and what is not here is said', () => {
  const machine = serving()
  expect(machine.receive(ONE, want(0, 2))).toEqual([readPiece(0)])
  expect(machine.receive(ONE, want(2, 1))).toEqual([])
  expect(machine.read(read(0))).toEqual([{ type: 'Send', peer: ONE, message: BLOB.part(0) }, readPiece(1)])
  const absent = { type: 'BlobAbsent', root, first: 1, count: 1 }
  expect(machine.read({ ...read(1), found: null })).toEqual([
    { type: 'Send', peer: ONE, message: absent },
    readPiece(2),
  ])
  expect(machine.read(read(1))).toEqual([])
  expect(machine.read(read(2))).toEqual([{ type: 'Send', peer: ONE, message: BLOB.part(2) }])
})

test('nothing is read for a channel without room', () => {
  const machine = serving()
  machine.clog(ONE)
  expect(machine.receive(ONE, want(0, 1))).toEqual([])
  expect(machine.drain(ONE)).toEqual([readPiece(0)])
  expect(machine.drain(ONE)).toEqual([])
})

test('more than may be asked is a fault', () => {
  const machine = serving()
  machine.receive(ONE, want(0, BLOB_PIECES_ASKED_MAX))
  expect(machine.receive(ONE, want(0, 1))).toMatchObject([{ type: 'Strike', fault: Fault.FLOOD }])
  const answers = Array.from({ length: BLOB_QUESTIONS_MAX + 1 }, () => machine.receive(ONE, { type: 'BlobAsk', root }))
  expect(answers.flat().map(({ type }) => type)).toEqual([...Array(BLOB_QUESTIONS_MAX).fill('FindBlob'), 'Strike'])
})

test('who left is given nothing', () => {
  const machine = serving()
  machine.receive(ONE, want(0, 2))
  machine.leave(ONE)
  machine.clog(ONE)
  expect(machine.read(read(0))).toEqual([])
  expect(machine.drain(ONE)).toEqual([])
  expect(machine.receive(ONE, want(0, 1))).toEqual([])
  expect(machine.found({ type: 'BlobFound', peer: ONE, root, pieces: HAVE })).toEqual([])
})
