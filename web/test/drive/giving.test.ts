/** Neighbours are given what readers may see, and told of all else that it is not here. */
import { expect, test } from 'vitest'
import { MemoryBlobs } from '../../src/adapters/blob-memory.ts'
import type { Record } from '../../src/core/record.ts'
import { answerTo, readPiece } from '../../src/drive/giving.ts'
import { Names } from '../../src/drive/names.ts'
import { keep } from '../adapters/blobs.ts'
import { Blob, ONE } from '../protocol/blobs.ts'

function shelves(blob: Blob, { isSeen = true }: { isSeen?: boolean } = {}) {
  const record = { id: 'a', author: 'b', tags: [['blob', blob.root, String(blob.name.size)]] } as unknown as Record
  const names = new Names({ get: async () => [record], isWithheld: () => !isSeen })
  names.add(record)
  return { store: new MemoryBlobs(), names }
}

test('what is here and seen is given, and of all else it is said that it is not here', async () => {
  const blob = new Blob(3)
  const find = { type: 'FindBlob', peer: ONE, root: blob.root } as const
  const read = { type: 'ReadPieces', peer: ONE, root: blob.root, first: 1, count: 2 } as const
  const seen = shelves(blob)
  await keep(seen.store, blob, [0, 2])
  expect(await answerTo(find, seen)).toMatchObject({ type: 'BlobFound', pieces: Uint8Array.of(0xa0) })
  expect(await answerTo(read, seen)).toMatchObject({ first: 1, found: [null, { data: blob.pieces[2] }] })
  const broken = { ...seen, store: Object.assign(new MemoryBlobs(), { look: () => Promise.reject(new Error('disk')) }) }
  for (const each of [{ ...shelves(blob, { isSeen: false }), store: seen.store }, shelves(blob), broken]) {
    expect(await answerTo(find, each)).toMatchObject({ type: 'BlobFound', pieces: new Uint8Array() })
    expect(await answerTo(read, each)).toMatchObject({ type: 'PiecesRead', first: 1, found: [null, null] })
  }
})

test('a piece that is not what it was is forgotten', async () => {
  const [store, blob] = [new MemoryBlobs(), new Blob(2)]
  await keep(store, blob)
  await store.write(blob.name, [{ piece: 0, data: Uint8Array.of(9), nodes: new Map() }])
  expect([await readPiece(store, blob.name, 0), await readPiece(store, blob.name, 0)]).toEqual([null, null])
  expect((await readPiece(store, blob.name, 1))?.data).toEqual(blob.pieces[1])
  expect((await store.look(blob.root))?.pieces).toEqual(new Set([1]))
})
