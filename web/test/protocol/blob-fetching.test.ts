/** Blobs are fetched of several neighbours at once, whatever some of these do. */
import { expect, test } from 'vitest'
import { allOf, writeBits } from '../../src/core/blob-bits.ts'
import {
  BLOB_LATE_SECONDS,
  BLOB_PATIENCE_SECONDS,
  BLOB_PIECE_BYTES,
  BLOB_PIECES_ASKED_MAX,
  BLOB_TIMEOUT_SECONDS,
  BLOBS_WANTED_MAX,
} from '../../src/core/limits.ts'
import type { BlobMessage } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { BlobFetching, LOOK_SECONDS } from '../../src/protocol/blob-fetching.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { at, Blob, ONE, THREE, TWO } from './blobs.ts'

/** Give the numbers from *first* up to *stop*. */
function range(first: number, stop: number): number[] {
  return Array.from({ length: stop - first }, (_, step) => first + step)
}

/** Give which pieces *peer* is asked for. */
function wants(requests: readonly Request[], peer: PeerId): number[] {
  return requests.flatMap(request => {
    if (request.type !== 'Send' || request.peer !== peer || request.message.type !== 'BlobWant') return []
    const { first, count } = request.message
    return range(first, first + count)
  })
}

function kinds(requests: readonly Request[]): string[] {
  return requests.map(({ type }) => type)
}

function have(blob: Blob, pieces: Set<number> = allOf(blob.pieces.length)) {
  return { type: 'BlobHave', root: blob.root, pieces: writeBits(pieces) } as const
}

/** Want all of *blob*, of which all *peers* have *has*; give what each is asked for at first. */
function begin(blob: Blob, peers: readonly PeerId[], has?: Set<number>) {
  const fetching = new BlobFetching()
  for (const peer of peers) fetching.join(peer, at(0))
  const pieces = range(0, blob.pieces.length)
  const asked = fetching.want({ type: 'BlobWanted', name: blob.name, pieces }, at(0))
  expect(asked).toEqual(peers.map(peer => ({ type: 'Send', peer, message: { type: 'BlobAsk', root: blob.root } })))
  const heard = peers.flatMap(peer => fetching.receive(peer, have(blob, has), at(0)))
  return { fetching, asked: new Map(peers.map(peer => [peer, wants(heard, peer)])) }
}

/** Let a piece come and be kept. */
function bring(fetching: BlobFetching, blob: Blob, peer: PeerId, piece: number, seconds = 0): Request[] {
  const requests = fetching.receive(peer, blob.part(piece), at(seconds))
  const kept = requests.filter(({ type }) => type === 'KeepPiece')
  const { root } = blob
  return [
    ...requests,
    ...kept.flatMap(() => fetching.kept({ type: 'PiecesKept', root, pieces: [[peer, piece]] }, at(seconds))),
  ]
}

test('each is asked for what the others are not', () => {
  const { asked } = begin(new Blob(20), [ONE, TWO])
  expect([asked.get(ONE), asked.get(TWO)]).toEqual([range(0, 8), range(8, 16)])
})

test('all comes, however it is mixed', () => {
  const blob = new Blob(30)
  const { fetching, asked } = begin(blob, [ONE, TWO])
  const came: number[] = []
  while ([...asked.values()].some(pieces => pieces.length > 0)) {
    for (const peer of [TWO, ONE]) {
      const piece = asked.get(peer)?.shift()
      if (piece === undefined) continue
      const requests = bring(fetching, blob, peer, piece)
      came.push(...requests.flatMap(request => (request.type === 'KeepPiece' ? [request.piece] : [])))
      for (const each of [ONE, TWO]) asked.get(each)?.push(...wants(requests, each))
    }
  }
  expect(came.toSorted((one, other) => one - other)).toEqual(range(0, 30))
  expect(fetching.deadline).toBeNull()
})

test('no more is on its way than may be, until it is kept', () => {
  const blob = new Blob(40)
  const { fetching, asked } = begin(blob, [ONE])
  expect(asked.get(ONE)).toHaveLength(BLOB_PIECES_ASKED_MAX)
  for (const piece of asked.get(ONE) ?? []) {
    expect(kinds(fetching.receive(ONE, blob.part(piece), at(0)))).toEqual(['KeepPiece'])
  }
  expect(wants(fetching.kept({ type: 'PiecesKept', root: blob.root, pieces: [[ONE, 0]] }, at(0)), ONE)).toEqual([8])
})

test('what came and is not kept yet is not asked for again', () => {
  const blob = new Blob(3)
  const { root, name } = blob
  const { fetching } = begin(blob, [ONE])
  for (const piece of [0, 1]) fetching.receive(ONE, blob.part(piece), at(0))
  // Whoever reads does not see it yet.
  expect(wants(fetching.want({ type: 'BlobWanted', name, pieces: range(0, 3) }, at(0)), ONE)).toEqual([])
  fetching.receive(ONE, blob.part(2), at(0))
  fetching.kept({ type: 'PiecesKept', root, pieces: [[ONE, 0]] }, at(0))
  // This one was lost on its way to the disk.
  expect(wants(fetching.want({ type: 'BlobWanted', name, pieces: [0] }, at(0)), ONE)).toEqual([0])
})

test('a wrong piece is a fault, and is asked of another', () => {
  const blob = new Blob(4)
  const { fetching, asked } = begin(blob, [ONE, TWO])
  expect([asked.get(ONE), asked.get(TWO)]).toEqual([range(0, 4), []])
  const good = blob.part(0)
  const data = good.data.slice()
  data[0] = 0
  const requests = fetching.receive(ONE, { ...good, data }, at(0))
  expect(requests).toMatchObject([{ type: 'Strike', fault: Fault.LYING }, { type: 'Send' }])
  expect([wants(requests, TWO), wants(requests, ONE)]).toEqual([[0], []])
  // What it was asked for before, and is right, is taken.
  expect(kinds(fetching.receive(ONE, blob.part(1), at(0)))).toContain('KeepPiece')
})

test.each([-1, 1])('who gives what a record says a wrong size of is no liar: %i', more => {
  const blob = new Blob(3)
  const name = { root: blob.root, size: blob.name.size + (more < 0 ? more : BLOB_PIECE_BYTES * 3) }
  const fetching = new BlobFetching()
  fetching.join(ONE, at(0))
  fetching.want({ type: 'BlobWanted', name, pieces: [0, 1, 2] }, at(0))
  fetching.receive(ONE, { type: 'BlobHave', root: blob.root, pieces: writeBits(new Set([0, 1, 2])) }, at(0))
  const part = more < 0 ? blob.part(0) : blob.part(2)
  const requests = fetching.receive(ONE, part, at(0))
  expect(requests).toMatchObject([
    { type: 'GiveUpBlob', reason: expect.stringContaining('another size'), refuted: name.size },
  ])
})

test('what one does not give is asked of another, and nobody is blamed', () => {
  const blob = new Blob(4)
  const { fetching } = begin(blob, [ONE, TWO])
  const requests = fetching.receive(ONE, { type: 'BlobAbsent', root: blob.root, first: 0, count: 4 }, at(0))
  expect(wants(requests, TWO)).toEqual(range(0, 4))
  expect(kinds(requests)).not.toContain('Strike')
})

test('who leaves is replaced', () => {
  const blob = new Blob(4)
  const { fetching } = begin(blob, [ONE, TWO])
  expect(wants(fetching.leave(ONE, at(0)), TWO)).toEqual(range(0, 4))
  expect(fetching.leave(THREE, at(0))).toEqual([])
})

test('a slow one does not hold up a fast one', () => {
  const blob = new Blob(10)
  const { fetching, asked } = begin(blob, [ONE, TWO])
  expect([asked.get(ONE), asked.get(TWO)]).toEqual([range(0, 8), [8, 9]])
  for (const piece of [8, 9]) bring(fetching, blob, TWO, piece, 0.5)
  expect(wants(fetching.tick(at(LOOK_SECONDS)), TWO)).toEqual([])
  expect(wants(fetching.tick(at(LOOK_SECONDS + BLOB_LATE_SECONDS)), TWO)).toEqual(range(0, 8))
  for (const piece of range(0, 8)) bring(fetching, blob, TWO, piece, 3)
  expect(fetching.deadline).toBeNull()
  // What comes too late is no fault, and its credit is free again.
  for (const piece of range(0, 8)) expect(bring(fetching, blob, ONE, piece, 9)).toEqual([])
})

test.each<BlobMessage & { type: 'BlobPart' | 'BlobAbsent' | 'BlobHave' }>([
  new Blob(4).part(0),
  { type: 'BlobAbsent', root: new Blob(4).root, first: 2, count: 1 },
  have(new Blob(4)),
])('an answer to nothing is a fault: $type', answer => {
  const fetching = new BlobFetching()
  fetching.join(ONE, at(0))
  expect(fetching.receive(ONE, answer, at(0))).toMatchObject([{ type: 'Strike', fault: Fault.FLOOD }])
})

test('each second answer is a fault', () => {
  const blob = new Blob(4)
  const { fetching } = begin(blob, [ONE])
  bring(fetching, blob, ONE, 0)
  expect(kinds(fetching.receive(ONE, blob.part(0), at(0)))).toEqual(['Strike'])
})

test('who lacks something is asked again later', () => {
  const blob = new Blob(4)
  const { fetching, asked } = begin(blob, [ONE], new Set([0]))
  expect(asked.get(ONE)).toEqual([0])
  bring(fetching, blob, ONE, 0, 1)
  const seconds = range(1, 20).find(each => fetching.tick(at(each)).length > 0)
  expect(seconds).toBeGreaterThanOrEqual(BLOB_TIMEOUT_SECONDS)
  expect(seconds).toBeLessThan(BLOB_TIMEOUT_SECONDS + 2 * LOOK_SECONDS)
  expect(wants(fetching.receive(ONE, have(blob), at(15)), ONE)).toEqual([1, 2, 3])
})

test('a newcomer is asked, too', () => {
  const blob = new Blob(2)
  const { fetching } = begin(blob, [])
  const message = { type: 'BlobAsk', root: blob.root }
  expect(fetching.join(ONE, at(1))).toEqual([{ type: 'Send', peer: ONE, message }])
})

test('what nobody has is given up', () => {
  const blob = new Blob(2)
  const { fetching } = begin(blob, [ONE], new Set())
  const requests = range(1, BLOB_PATIENCE_SECONDS + 1).flatMap(second => fetching.tick(at(second)))
  expect(requests.filter(({ type }) => type === 'GiveUpBlob')).toMatchObject([{ root: blob.root }])
  expect(fetching.deadline).toBeNull()
})

test('what is not wanted any more is passed over', () => {
  const blob = new Blob(2)
  const { fetching } = begin(blob, [ONE])
  fetching.unwant({ type: 'BlobUnwanted', root: blob.root })
  expect(fetching.receive(ONE, blob.part(0), at(0))).toEqual([])
  expect(fetching.deadline).toBeNull()
})

test('what is still on its way when it is wanted anew is not asked for again', () => {
  const blob = new Blob(30)
  const { fetching, asked } = begin(blob, [ONE])
  const { name, root } = blob
  fetching.unwant({ type: 'BlobUnwanted', root })
  const again = fetching.want({ type: 'BlobWanted', name, pieces: range(0, 30) }, at(0))
  expect(again).toEqual([{ type: 'Send', peer: ONE, message: { type: 'BlobAsk', root } }])
  fetching.receive(ONE, have(blob), at(0))
  const came = [...(asked.get(ONE) ?? [])]
  for (const piece of came) {
    const requests = bring(fetching, blob, ONE, piece)
    expect(kinds(requests)).not.toContain('Strike')
    came.push(...wants(requests, ONE))
  }
  expect(came.toSorted((first, second) => first - second)).toEqual(range(0, 30))
})

test('what is read now comes first', () => {
  const blob = new Blob(40)
  const { fetching, asked } = begin(blob, [ONE])
  fetching.want({ type: 'BlobWanted', name: blob.name, pieces: [30, 31] }, at(0))
  const more = (asked.get(ONE) ?? []).slice(0, 4).flatMap(piece => wants(bring(fetching, blob, ONE, piece), ONE))
  expect(more.slice(0, 2)).toEqual([30, 31])
})

test('no more blobs are looked for than the limit says', () => {
  const fetching = new BlobFetching()
  for (const number of range(0, BLOBS_WANTED_MAX)) {
    fetching.want({ type: 'BlobWanted', name: { root: String(number), size: 1 }, pieces: [0] }, at(0))
  }
  const { name } = new Blob(1)
  expect(kinds(fetching.want({ type: 'BlobWanted', name, pieces: [0] }, at(0)))).toEqual(['GiveUpBlob'])
})
