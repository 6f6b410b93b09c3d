/** What a room that has files is begun with. Loaded with it. */

import { openBlobs } from '../adapters/blob-database.ts'
import { MemoryBlobs } from '../adapters/blob-memory.ts'
import type { BlobStore } from '../adapters/blob-store.ts'
import { databaseName } from '../adapters/storage.ts'
import { readBlobTag } from '../core/blob.ts'
import type { UnixTime } from '../core/clock.ts'
import { hasExpired } from '../core/expiration.ts'
import { type Cursor, cursorOf, makeFilter } from '../core/filter.ts'
import { KIND_KEYED, type Record } from '../core/record.ts'
import type { RoomName } from '../core/signal.ts'
import { type Court, isWithheld } from '../moderation/withheld.ts'
import type { Signer, Store } from '../ports.ts'
import { BlobExchange } from '../protocol/blob-exchange.ts'
import { Library, type LibraryParts } from './library.ts'
import { type FileLimits, readLimits } from './limits.ts'
import { Names } from './names.ts'

/** So many are read at a time when it is looked for what blobs they name. */
const RECORDS_AT_ONCE = 1_000

/** Whose files these are, and where the records lie that name them. */
export interface Found {
  readonly store: Pick<Store, 'get'>
  readonly signer: Pick<Signer, 'publicKey'>
}

/** What of a room decides about files. */
export interface Ground {
  readonly moderation: Court
  readonly now: () => UnixTime
  /** Gives the node what happens. */
  readonly act: LibraryParts['act']
}

/** What room is joined, and how. */
export interface Wish {
  readonly name: RoomName
  readonly options: { readonly files?: FileLimits | null | undefined; readonly store?: unknown }
}

/** What there is for the files of a room before it is put together. */
export interface Shelf {
  readonly exchange: BlobExchange
  /** Give the library of the room. */
  open(found: Found, ground: Ground): Library
  close(): void
}

/** Make room for files beside *store*: in the database next to its own, or in memory. */
export async function openShelf({ name, options }: Wish, store: Store): Promise<Shelf> {
  const limits = readLimits(options.files ?? {})
  const isLasting = (options.store ?? 'indexeddb') === 'indexeddb'
  const blobs: BlobStore = isLasting ? await openBlobs(databaseName(name)) : new MemoryBlobs()
  const before = await namersIn(store)
  return {
    exchange: new BlobExchange(),
    open: ({ store: records, signer }, { moderation, now, act }) => {
      const names = new Names({
        get: ids => records.get(ids),
        isWithheld: record => isWithheld(record, moderation, { hides: each => hasExpired(each, now()) }),
      })
      for (const record of before) names.add(record)
      return new Library({ store: blobs, limits, names, key: signer.publicKey, act })
    },
    close: () => blobs.close(),
  }
}

/** Give the records that name blobs. */
async function namersIn(store: Pick<Store, 'query'>): Promise<Record[]> {
  const found: Record[] = []
  let after: Cursor | null = null
  do {
    const page: Record[] = await store.query(makeFilter({ kinds: [KIND_KEYED], after, limit: RECORDS_AT_ONCE }))
    found.push(...page.filter(({ tags }) => readBlobTag(tags) !== null))
    const last = page.at(-1)
    after = page.length < RECORDS_AT_ONCE || last === undefined ? null : cursorOf(last)
  } while (after !== null)
  return found
}
