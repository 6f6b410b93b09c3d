/** Which records a page asks for, and following them as they come. */

import { type Filter, type FilterFields, makeFilter, matches } from '../core/filter.ts'
import { KIND_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { View } from './reader.ts'

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
  /** What is here could not be read; called at most once, in place of `stored`. */
  failed(error: Error): void
}

/** Check a query; throws ConfigError as `makeFilter` does, and for a kind that no record has. */
export function filterOf({ collection, ...fields }: Query): Filter {
  const filter = makeFilter(
    collection === undefined ? fields : { ...fields, tags: { ...fields.tags, c: [collection] } },
  )
  for (const kind of filter.kinds ?? []) {
    if (!(Number.isInteger(kind) && kind >= 0 && kind <= KIND_MAX)) {
      throw new ConfigError(`a kind is a whole number from 0 to ${KIND_MAX}, which ${shown(kind)} is not`)
    }
  }
  return filter
}

/**
 * Give *reader* what *view* shows of *filter*, now and later.
 *
 * *listen* subscribes to the room's events from this moment on. Call what is given back to stop.
 */
export function follow(
  view: View,
  filter: Filter,
  reader: Reader,
  listen: (listener: (event: RoomEvent) => void) => () => void,
): () => void {
  let early: Record[] | null = []
  let isOpen = true
  const pass = (record: Record) => {
    if (matches(filter, record) && !view.isHidden(record)) reader.live(record)
  }
  const stop = listen(event => {
    if (event.type !== 'RecordAdded') return
    if (early === null) pass(event.record)
    else early.push(event.record)
  })
  const goOn = (stored: ReadonlySet<RecordId>) => {
    for (const record of early ?? []) if (!stored.has(record.id)) pass(record)
    early = null
  }
  view.query(filter).then(
    records => {
      if (!isOpen) return
      reader.stored(records.toReversed())
      goOn(new Set(records.map(record => record.id)))
    },
    error => {
      if (!isOpen) return
      reader.failed(error)
      goOn(new Set())
    },
  )
  return () => {
    isOpen = false
    stop()
  }
}
