/** Which records a reader wants, with the names of NIP-01 filters. */
import type { PublicKey } from './keys.ts'
import { type Record, type RecordId, tagValues } from './record.ts'
import { stampOf } from './stamp.ts'

/** A place in what readers see, newest first; it stands when its record is gone. */
export interface Cursor {
  /** When the record there was written, in microseconds since 1970-01-01 UTC. */
  readonly stamp: number
  readonly id: RecordId
}

/** A record matches when every given field does (NIP-01); fields that are null match all, empty ones none. */
export interface Filter {
  readonly ids: ReadonlySet<RecordId> | null
  readonly authors: ReadonlySet<PublicKey> | null
  readonly kinds: ReadonlySet<number> | null
  /** createdAt at or after this, in Unix seconds. */
  readonly since: number | null
  /** createdAt at or before this, in Unix seconds. */
  readonly until: number | null
  /** One-letter tag name -> accepted first values. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>
  /** Only what comes after this place, newest first, ties by lowest id first: the next page. */
  readonly after: Cursor | null
  /** At most this many, newest first, ties by lowest id first. */
  readonly limit: number | null
}

/** What a filter is made of; fields left out match all. */
export interface FilterFields {
  readonly ids?: Iterable<RecordId> | null
  readonly authors?: Iterable<PublicKey> | null
  readonly kinds?: Iterable<number> | null
  readonly since?: number | null
  readonly until?: number | null
  readonly tags?: { readonly [name: string]: Iterable<string> }
  readonly after?: Cursor | null
  readonly limit?: number | null
}

/** Make a filter of what was checked before: `room/query.ts` reads what people type. */
export function makeFilter({
  ids = null,
  authors = null,
  kinds = null,
  tags = {},
  ...rest
}: FilterFields = {}): Filter {
  return {
    since: null,
    until: null,
    after: null,
    limit: null,
    ...rest,
    ids: ids && new Set(ids),
    authors: authors && new Set(authors),
    kinds: kinds && new Set(kinds),
    tags: new Map(Object.entries(tags).map(([name, values]) => [name, new Set(values)])),
  }
}

/** Give the place of *record*. */
export function cursorOf(record: Record): Cursor {
  return { stamp: stampOf(record), id: record.id }
}

/** Say whether *record* passes every field of *filter* but its limit. */
export function matches(filter: Filter, record: Record): boolean {
  return (
    (filter.ids === null || filter.ids.has(record.id)) &&
    (filter.authors === null || filter.authors.has(record.author)) &&
    (filter.kinds === null || filter.kinds.has(record.kind)) &&
    (filter.since === null || record.createdAt >= filter.since) &&
    (filter.until === null || record.createdAt <= filter.until) &&
    (filter.after === null || isBefore(filter.after, record)) &&
    [...filter.tags].every(([name, values]) => tagValues(record, name).some(value => values.has(value)))
  )
}

/** Say whether *record* comes after the place *cursor*, newest first. */
function isBefore({ stamp, id }: Cursor, record: Record): boolean {
  const later = stamp - stampOf(record)
  return later > 0 || (later === 0 && id < record.id)
}
