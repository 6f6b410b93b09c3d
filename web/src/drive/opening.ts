/** What a room that has files is begun with. Loaded with it. */

import { openBlobs } from '../adapters/blob-database.ts'
import { MemoryBlobs } from '../adapters/blob-memory.ts'
import type { BlobStore } from '../adapters/blob-store.ts'
import { makeFilter } from '../core/filter.ts'
import { KIND_KEYED } from '../core/record.ts'
import type { Store } from '../ports.ts'
import { BlobExchange } from '../protocol/blob-exchange.ts'
import { Library, type LibraryParts } from './library.ts'
import { type FileLimits, readLimits } from './limits.ts'
import { Names, type Seeing } from './names.ts'

/** What there is for the files of a room before it is put together. */
export interface Shelf {
  readonly exchange: BlobExchange
  /** Give the library of the room, of which *seeing* knows what readers see. */
  open(parts: Pick<LibraryParts, 'key' | 'act'>, seeing: Seeing): Library
  close(): void
}

/** Make room for files beside *store*: in the database next to *database*, or in memory without one. */
export async function openShelf(given: FileLimits, store: Store, database: string | null): Promise<Shelf> {
  const limits = readLimits(given)
  const blobs: BlobStore = database === null ? new MemoryBlobs() : await openBlobs(database)
  const before = await store.query(makeFilter({ kinds: [KIND_KEYED] }))
  return {
    exchange: new BlobExchange(),
    open: (parts, seeing) => {
      const names = new Names(seeing)
      for (const record of before) names.add(record)
      return new Library({ ...parts, store: blobs, limits, names })
    },
    close: () => blobs.close(),
  }
}
