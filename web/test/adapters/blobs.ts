/** What every place for blobs does. */
import { expect, test } from 'vitest'
import type { BlobStore } from '../../src/adapters/blob-store.ts'
import { checkPiece } from '../../src/core/blob.ts'
import { BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import { Blob } from '../protocol/blobs.ts'

/** Write all of *blob*, or the *pieces* that are named. */
export async function keep(store: BlobStore, blob: Blob, pieces = [...blob.pieces.keys()]): Promise<void> {
  const fresh = pieces.map(piece => {
    const { proof, data } = blob.part(piece)
    return { piece, data, nodes: checkPiece(blob.name, piece, data, proof) ?? new Map() }
  })
  await store.write(blob.name, fresh)
}

/** Check a place for blobs that *open* gives, empty each time. */
export function checkBlobs(open: () => Promise<BlobStore>): void {
  test('what is kept is given with its proof', async () => {
    const [store, blob] = [await open(), new Blob(5)]
    await keep(store, blob, [0, 2, 4])
    for (const piece of [0, 2, 4]) {
      const found = await store.read(blob.name, piece)
      expect(found && checkPiece(blob.name, piece, found.data, found.proof)).not.toBeNull()
    }
    expect(await store.read(blob.name, 1)).toBeNull()
    const bytes = 2 * BLOB_PIECE_BYTES + 1
    expect(await store.look(blob.root)).toEqual({ name: blob.name, pieces: new Set([0, 2, 4]), bytes })
    store.close()
  })

  test('some of it is looked at alone', async () => {
    const [store, blob] = [await open(), new Blob(5)]
    await keep(store, blob, [0, 2, 3, 4])
    const bytes = 3 * BLOB_PIECE_BYTES + 1
    expect(await store.look(blob.root, 1, 3)).toEqual({ name: blob.name, pieces: new Set([2, 3]), bytes })
    expect((await store.look(blob.root, 4, 99))?.pieces).toEqual(new Set([4]))
    expect((await store.look(blob.root, 1, 1))?.pieces).toEqual(new Set())
    store.close()
  })

  test('a piece that is written again weighs nothing more, and one that is lost is not here', async () => {
    const [store, blob] = [await open(), new Blob(2)]
    await keep(store, blob)
    await keep(store, blob)
    expect((await store.look(blob.root))?.bytes).toBe(BLOB_PIECE_BYTES + 1)
    await store.lose(blob.name, 0)
    expect(await store.look(blob.root)).toEqual({ name: blob.name, pieces: new Set([1]), bytes: 1 })
    store.close()
  })

  test('what was read last is held last, and what is deleted is not held', async () => {
    const [store, blobs] = [await open(), [1, 2, 3].map(seed => new Blob(1, seed))]
    for (const blob of blobs) await keep(store, blob)
    const [first, second, third] = blobs as [Blob, Blob, Blob]
    await store.read(first.name, 0)
    const roots = async () => (await store.held()).map(({ name }) => name.root)
    expect(await roots()).toEqual([second.root, third.root, first.root])
    await store.delete(third.root)
    expect(await roots()).toEqual([second.root, first.root])
    expect([await store.look(third.root), await store.read(third.name, 0)]).toEqual([null, null])
    store.close()
  })

  test('a blob that is given another size is begun anew', async () => {
    const [store, blob] = [await open(), new Blob(2)]
    await keep(store, blob)
    const other = { root: blob.root, size: blob.name.size - 1 }
    expect(await store.read(other, 0)).toBeNull()
    await store.write(other, [{ piece: 0, data: Uint8Array.of(1), nodes: new Map() }])
    expect(await store.look(blob.root)).toMatchObject({ name: other, pieces: new Set([0]) })
    store.close()
  })
}
