/** A file of ours is kept piece by piece, followed, and given up without a trace. */
import { expect, test } from 'vitest'
import { MemoryBlobs } from '../../src/adapters/blob-memory.ts'
import { BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import { addBlob } from '../../src/drive/adding.ts'
import { Library } from '../../src/drive/library.ts'
import { Names } from '../../src/drive/names.ts'
import { StoreError } from '../../src/errors.ts'
import { Blob as Pieces } from '../protocol/blobs.ts'

function begun() {
  const store = new MemoryBlobs()
  const names = new Names({ get: async () => [], isWithheld: () => false })
  const limits = {
    blobBytes: 8 * BLOB_PIECE_BYTES,
    roomBytes: 9 * BLOB_PIECE_BYTES,
    keep: 'used',
    authorBytes: 0,
  } as const
  const library = new Library({ store, limits, names, key: 'ab'.repeat(32) as never, act: () => {} })
  return { store, library }
}

function blobOf(pieces: Pieces): Blob {
  return new Blob(pieces.pieces.map(piece => new Uint8Array(piece)))
}

test('what is added is there with its proofs, and its writer is told how far it is', async () => {
  const { store, library } = begun()
  const pieces = new Pieces(3)
  const shares: number[] = []
  const name = await addBlob(library, blobOf(pieces), { progress: share => shares.push(share) })
  expect(name).toEqual(pieces.name)
  expect(shares).toEqual([1, 2, 3, 4, 5, 6].map(step => step / 6))
  expect(await store.read(name, 2)).toMatchObject({ data: pieces.part(2).data, proof: pieces.part(2).proof })
  library.close()
})

test.each([1, 3, 4, 5, 6])('who gives it up at step %i leaves nothing of it', async last => {
  const { store, library } = begun()
  const ending = new AbortController()
  let steps = 0
  const progress = () => {
    steps += 1
    if (steps === last) ending.abort()
  }
  // At the last step it is there: then its record is not written.
  const adding = addBlob(library, blobOf(new Pieces(3)), { progress, signal: ending.signal })
  if (last < 6) await expect(adding).rejects.toMatchObject({ name: 'AbortError' })
  else await library.abandon((await adding).root)
  expect(steps).toBe(last)
  expect(await store.held()).toEqual([])
  library.close()
})

test('a disk that fills up at the last piece is said to, and nothing of the file is left', async () => {
  const { store, library } = begun()
  const write = store.write.bind(store)
  let written = 0
  store.write = async (name, fresh) => {
    written += fresh.length
    if (written > 7) throw new StoreError('the disk is full')
    await write(name, fresh)
  }
  await expect(addBlob(library, blobOf(new Pieces(8)))).rejects.toThrow('the disk is full')
  expect(await store.held()).toEqual([])
  store.write = write
  expect(await addBlob(library, blobOf(new Pieces(8)))).toEqual(new Pieces(8).name)
  library.close()
})

test('what is too long, or for which there is no room, is refused before anything is read', async () => {
  const { store, library } = begun()
  const read: string[] = []
  const heavy = (count: number) => {
    const blob = blobOf(new Pieces(count))
    blob.slice = () => {
      read.push('read')
      return blob
    }
    return blob
  }
  await expect(addBlob(library, heavy(9))).rejects.toThrow('that is the limit')
  await addBlob(library, blobOf(new Pieces(8, 5)))
  await expect(addBlob(library, heavy(4))).rejects.toThrow('none of them may go')
  expect(read).toEqual([])
  expect((await store.held()).length).toBe(1)
  library.close()
})
