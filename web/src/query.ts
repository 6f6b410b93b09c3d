/** Which records a page asks for, and following them as they come. */

import { type Filter, type FilterFields, makeFilter, matches } from './core/filter.ts'
import type { Record } from './core/record.ts'
import type { RoomEvent } from './notices.ts'
import type { View } from './views.ts'

/** Which records a reader wants (NIP-01): all given fields match; those left out match everything. */
export interface Query extends FilterFields {
  /** Short for the tag `c`. */
  readonly collection?: string
}

/** Where a subscription puts what it finds. */
export interface Reader {
  /** What is here, oldest first; called once. */
  stored(records: readonly Record[]): void
  /** One more record, after those. */
  live(record: Record): void
}

/** Check a query; throws ConfigError as `makeFilter` does. */
export function filterOf({ collection, ...fields }: Query): Filter {
  if (collection === undefined) return makeFilter(fields)
  return makeFilter({ ...fields, tags: { ...fields.tags, c: [collection] } })
}

/**
 * Give *reader* what *view* shows of *filter*, now and later.
 *
 * *listen* subscribes to the room's events from this moment on; what it gives back is given back, to stop.
 */
export function follow(
  view: View,
  filter: Filter,
  reader: Reader,
  listen: (listener: (event: RoomEvent) => void) => () => void,
): () => void {
  let early: Record[] | null = []
  const pass = (record: Record) => {
    if (matches(filter, record) && !view.isHidden(record)) reader.live(record)
  }
  const stop = listen(event => {
    if (event.type !== 'RecordAdded') return
    if (early === null) pass(event.record)
    else early.push(event.record)
  })
  void view.query(filter).then(records => {
    const stored = new Set(records.map(record => record.id))
    reader.stored(records.reverse())
    for (const record of early ?? []) if (!stored.has(record.id)) pass(record)
    early = null
  })
  return stop
}
