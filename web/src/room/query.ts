/** Which records a page asks for, as people say it, and following them as they come. */

import { type Cursor, type Filter, matches } from '../core/filter.ts'
import type { Record } from '../core/record.ts'
import type { AnyId, AnyKey } from '../core/typed.ts'
import type { RoomEvent } from '../notices.ts'
import type { Reading } from './peer.ts'
import type { View } from './reader.ts'

/** Unix seconds, a date, or a text such as "2026-01-31", "2026-01-31T12:00Z" or "2h" (ago). */
export type AnyTime = number | string | Date

/**
 * Which records a reader wants (NIP-01): all given fields match; those left out, or null, match everything.
 *
 * Where several values may stand, one alone will do.
 */
export interface Query {
  /** By id, or by its first digits. */
  readonly ids?: AnyId | Iterable<AnyId> | null | undefined
  /** By npub, by 64 hexadecimal digits or by key. */
  readonly authors?: AnyKey | Iterable<AnyKey> | null | undefined
  readonly kinds?: number | Iterable<number> | null | undefined
  /** Written then or later. */
  readonly since?: AnyTime | null | undefined
  /** Written then or earlier; a day alone means its end. */
  readonly until?: AnyTime | null | undefined
  /** One-letter tag name -> accepted values. */
  readonly tags?:
    | { readonly [name: string]: string | Iterable<string> }
    | ReadonlyMap<string, string | Iterable<string>>
    | null
    | undefined
  /** Short for the tag `c`. */
  readonly collection?: string | null | undefined
  /** Only what comes after this record, newest first: the next page after one that ends with it. */
  readonly after?: AnyId | Cursor | null | undefined
  /** At most so many, the newest. */
  readonly limit?: number | null | undefined
}

/** Looks up in a store what a query names by first digits alone. */
export type Resolve = (store: Reading) => Promise<Filter>

/**
 * Reads a query; *now*, in Unix seconds, is what ages are counted from.
 *
 * Throws a ConfigError for a field that is unknown, or whose value cannot be meant.
 */
export type ReadQuery = (query: unknown, now: number) => Resolve

/** Where a subscription puts what it finds. */
export interface Reader {
  /** What is here, oldest first; called once. */
  stored(records: readonly Record[]): void
  /** One more record, after those. */
  live(record: Record): void
  /** What is here could not be read; called at most once, in place of `stored`. */
  failed(error: Error): void
}

/**
 * Give *reader* what *view* shows of what *resolve* looks up, now and later.
 *
 * *listen* subscribes to the room's events from this moment on. Call what is given back to stop.
 */
export function follow(
  view: View,
  resolve: Resolve,
  reader: Reader,
  listen: (listener: (event: RoomEvent) => void) => () => void,
): () => void {
  const early: Record[] = []
  let isOpen = true
  let pass = (record: Record): void => void early.push(record)
  const stop = listen(event => {
    if (event.type === 'RecordAdded') pass(event.record)
  })
  const goOn = (filter: Filter, stored: readonly Record[]) => {
    const given = new Set(stored.map(record => record.id))
    pass = record => {
      if (matches(filter, record) && !view.isHidden(record)) reader.live(record)
    }
    for (const record of early.splice(0)) if (!given.has(record.id)) pass(record)
  }
  const begin = async () => {
    const filter = await view.resolve(resolve)
    const stored = await view.query(filter).catch((error: Error) => error)
    if (!isOpen) return
    if (stored instanceof Error) reader.failed(stored)
    else reader.stored(stored.toReversed())
    goOn(filter, stored instanceof Error ? [] : stored)
  }
  begin().catch(error => isOpen && reader.failed(error))
  return () => {
    isOpen = false
    stop()
  }
}
