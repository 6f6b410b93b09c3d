/** Who asks for blobs is answered, in order, as far as may be asked. */
import { expect, test } from 'vitest'
import { BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX } from '../../src/core/limits.ts'
import { BlobServing } from '../../src/protocol/blob-serving.ts'
import type { PiecesRead } from '../../src/protocol/inputs.ts'
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

function read(...pieces: number[]): PiecesRead {
  return { type: 'PiecesRead', peer: ONE, root, first: pieces[0] ?? 0, found: pieces.map(piece => BLOB.part(piece)) }
}

function readPieces(first: number, count: number) {
  return { type: 'ReadPieces', peer: ONE, root, first, count }
}

test('a question is answered by what is found', () => {
  const machine = serving()
  expect(machine.receive(ONE, { type: 'BlobAsk', root })).toEqual([{ type: 'FindBlob', peer: ONE, root }])
  const found = { type: 'BlobFound', peer: ONE, root, pieces: HAVE } as const
  expect(machine.found(found)).toEqual([{ type: 'Send', peer: ONE, message: { type: 'BlobHave', root, pieces: HAVE } }])
  expect(machine.found(found)).toEqual([])
})

test('pieces that lie together are read at once, and what is not here is said', () => {
  const machine = serving()
  expect(machine.receive(ONE, want(0, 2))).toEqual([readPieces(0, 2)])
  expect(machine.receive(ONE, want(2, 1))).toEqual([])
  expect(machine.receive(ONE, want(0, 1))).toEqual([])
  const absent = { type: 'BlobAbsent', root, first: 1, count: 1 }
  const [there] = read(0).found
  expect(machine.read({ ...read(0), found: [there ?? null, null] })).toEqual([
    { type: 'Send', peer: ONE, message: BLOB.part(0) },
    { type: 'Send', peer: ONE, message: absent },
    readPieces(2, 1),
  ])
  expect(machine.read(read(1))).toEqual([])
  expect(machine.read(read(2))).toEqual([{ type: 'Send', peer: ONE, message: BLOB.part(2) }, readPieces(0, 1)])
})

test('of what is wanted at once half is read at a time, so that the next are read while the first are on their way', () => {
  const [machine, blob] = [serving(), new Blob(BLOB_PIECES_ASKED_MAX)]
  const half = BLOB_PIECES_ASKED_MAX / 2
  const asked = machine.receive(ONE, { ...want(0, BLOB_PIECES_ASKED_MAX), root: blob.root })
  expect(asked).toEqual([{ ...readPieces(0, half), root: blob.root }])
  const found = Array.from({ length: half }, (_, piece) => blob.part(piece))
  const given = machine.read({ type: 'PiecesRead', peer: ONE, root: blob.root, first: 0, found })
  expect(given.map(({ type }) => type)).toEqual([...Array(half).fill('Send'), 'ReadPieces'])
  expect(given.at(-1)).toEqual({ ...readPieces(half, half), root: blob.root })
})

test('nothing is read for a channel without room', () => {
  const machine = serving()
  machine.clog(ONE)
  expect(machine.receive(ONE, want(0, 1))).toEqual([])
  expect(machine.drain(ONE)).toEqual([readPieces(0, 1)])
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
  expect(machine.read(read(0, 1))).toEqual([])
  expect(machine.drain(ONE)).toEqual([])
  expect(machine.receive(ONE, want(0, 1))).toEqual([])
  expect(machine.found({ type: 'BlobFound', peer: ONE, root, pieces: HAVE })).toEqual([])
})
