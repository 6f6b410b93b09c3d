/** Blobs in an IndexedDB database of their own, beside that of the room's records. */

import { concatBytes } from '@noble/hashes/utils.js'
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb'
import { type BlobName, piecesOf, unclesOf } from '../core/blob.ts'
import { StoreError } from '../errors.ts'
import type { BlobStore, FoundPiece, FreshPiece, HeldBlob } from './blob-store.ts'

const VERSION = 1
/** Comes after every number. */
const LAST: [] = []

interface Schema extends DBSchema {
  /** Which blobs something is here of, and which was used when: a number that grows. */
  blobs: { key: string; value: { readonly name: BlobName; readonly used: number; readonly bytes: number } }
  pieces: { key: [root: string, piece: number]; value: Uint8Array<ArrayBuffer> }
  nodes: { key: [root: string, number: number]; value: Uint8Array }
}

type Part = 'blobs' | 'pieces' | 'nodes'
const PARTS: Part[] = ['blobs', 'pieces', 'nodes']

/** Open the blobs that lie beside the database *name*; refused with a StoreError when the browser refuses. */
export async function openBlobs(name: string): Promise<BlobStore> {
  const opening = openDB<Schema>(blobsOf(name), VERSION, {
    upgrade: database => {
      for (const part of PARTS) database.createObjectStore(part)
    },
    blocking: (_, __, event) => (event.target as IDBDatabase).close(),
  })
  const database = await opening.catch(failed)
  return new DatabaseBlobs(database, Math.max(0, ...(await database.getAll('blobs')).map(({ used }) => used)))
}

/** Name the database of the blobs beside another one. */
export function blobsOf(name: string): string {
  return `${name}/blobs`
}

class DatabaseBlobs implements BlobStore {
  readonly #database: IDBPDatabase<Schema>
  #used: number
  /** What was read since it was opened: it is noted once. */
  readonly #touched = new Set<string>()

  constructor(database: IDBPDatabase<Schema>, used: number) {
    this.#database = database
    this.#used = used
  }

  async held(): Promise<HeldBlob[]> {
    const blobs = await this.#database.getAll('blobs').catch(failed)
    const oldestFirst = blobs.toSorted((one, other) => one.used - other.used)
    return await Promise.all(
      oldestFirst.map(async ({ name, bytes }) => ({ name, bytes, pieces: await this.#pieces(name.root) })),
    )
  }

  async look(root: string, first?: number, last?: number): Promise<HeldBlob | null> {
    const blob = await this.#database.get('blobs', root).catch(failed)
    if (blob === undefined) return null
    return { name: blob.name, bytes: blob.bytes, pieces: await this.#pieces(root, first, last) }
  }

  async write(name: BlobName, fresh: readonly FreshPiece[]): Promise<void> {
    const { root, size } = name
    await this.#change(async ({ blobs, pieces, nodes }) => {
      const [before, ...here] = await Promise.all([
        blobs.get(root),
        ...fresh.map(({ piece }) => pieces.getKey([root, piece])),
      ])
      // Of two records that give a blob other sizes one is wrong: what is asked for now is begun anew.
      const isAnew = before !== undefined && before.name.size !== size
      if (isAnew) await Promise.all([pieces.delete(allOf(root)), nodes.delete(allOf(root))])
      const added = fresh.filter((_, at) => isAnew || here[at] === undefined)
      const bytes = added.reduce((sum, { data }) => sum + data.length, isAnew ? 0 : (before?.bytes ?? 0))
      this.#used += 1
      // Most nodes are shown by several.
      const known = new Map(fresh.flatMap(each => [...each.nodes]))
      await Promise.all([
        blobs.put({ name, used: this.#used, bytes }, root),
        ...fresh.map(({ piece, data }) => pieces.put(data.slice(), [root, piece])),
        ...Array.from(known, ([number, node]) => nodes.put(node, [root, number])),
      ])
    })
  }

  async read(name: BlobName, piece: number): Promise<FoundPiece | null> {
    const { root, size } = name
    const { blobs, pieces, nodes } = partsOf(this.#database.transaction(PARTS))
    const uncles = unclesOf(piece, piecesOf(size))
    const [blob, data, ...found] = await Promise.all([
      blobs.get(root),
      pieces.get([root, piece]),
      ...uncles.map(number => nodes.get([root, number])),
    ]).catch(failed)
    if (blob === undefined || blob.name.size !== size || data === undefined) return null
    await this.#touch(root)
    return { data, proof: concatBytes(...found.map(node => node ?? new Uint8Array())) }
  }

  async lose({ root }: BlobName, piece: number): Promise<void> {
    await this.#change(async ({ blobs, pieces }) => {
      const [blob, data] = [await blobs.get(root), await pieces.get([root, piece])]
      if (blob === undefined || data === undefined) return
      await Promise.all([pieces.delete([root, piece]), blobs.put({ ...blob, bytes: blob.bytes - data.length }, root)])
    })
  }

  async delete(root: string): Promise<void> {
    this.#touched.delete(root)
    await this.#change(async ({ blobs, pieces, nodes }) => {
      await Promise.all([blobs.delete(root), pieces.delete(allOf(root)), nodes.delete(allOf(root))])
    })
  }

  close(): void {
    this.#database.close()
  }

  async #pieces(root: string, first = 0, last = Number.MAX_SAFE_INTEGER): Promise<Set<number>> {
    const span = IDBKeyRange.bound([root, first], [root, last])
    const keys = await this.#database.getAllKeys('pieces', span).catch(failed)
    return new Set(keys.map(([, piece]) => piece))
  }

  /** Note that a blob is in use. */
  async #touch(root: string): Promise<void> {
    if (this.#touched.has(root)) return
    this.#touched.add(root)
    await this.#change(async ({ blobs }) => {
      const blob = await blobs.get(root)
      this.#used += 1
      if (blob !== undefined) await blobs.put({ ...blob, used: this.#used }, root)
    })
  }

  async #change(work: (parts: ReturnType<typeof partsOf<'readwrite'>>) => Promise<void>): Promise<void> {
    try {
      const transaction = this.#database.transaction(PARTS, 'readwrite')
      await Promise.all([work(partsOf(transaction)), transaction.done])
    } catch (error) {
      failed(error)
    }
  }
}

function partsOf<Mode extends IDBTransactionMode>(transaction: IDBPTransaction<Schema, Part[], Mode>) {
  const [blobs, pieces, nodes] = [
    transaction.objectStore('blobs'),
    transaction.objectStore('pieces'),
    transaction.objectStore('nodes'),
  ]
  return { blobs, pieces, nodes }
}

/** All pieces, or all nodes, of one blob. */
function allOf(root: string): IDBKeyRange {
  return IDBKeyRange.bound([root], [root, LAST])
}

function failed(error: unknown): never {
  throw error instanceof StoreError
    ? error
    : new StoreError(`the browser keeps no files: ${String(error)}`, { cause: error })
}
