/** What a log of changes and its views are written into, within one transaction. */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Came, Went } from '../documents/change.ts'
import type { State } from '../documents/document.ts'

/** How far a log has come. */
export interface Head {
  /** Tells it from others. */
  readonly log: number
  /** The number of the last thing that happened. */
  readonly last: number
  /** The number of the last entry of those that went which is kept no longer. */
  readonly forgotten: number
  /** The last sweep, and the first. */
  readonly now: UnixTime
  readonly began: UnixTime
}

/** What a log says of a record, whatever became of that. */
interface Known {
  readonly id: RecordId
  readonly author: PublicKey
  readonly createdAt: UnixTime
  readonly kind: number
}

/** A record that is seen, since *at*; or one that is no document, and is hidden. */
export interface Seen extends Known {
  readonly at?: number
  readonly why?: Came
  readonly hidden?: 1
}

/** A record that was seen since *cameAt*, and no more since *at*. */
export interface Past extends Known {
  readonly at: number
  readonly cameAt: number
  readonly why: Went
  readonly time: UnixTime
}

/** The content of what is gone, until every view has seen it go. */
export interface Kept {
  readonly id: RecordId
  readonly at: number
  readonly wire: Uint8Array
}

/** A record as it is here. */
export interface Look extends Known {
  /** Readers see those of 0. */
  readonly state: State
  /** It is no document: what moderation says of it is not in its state. */
  readonly isPlain: boolean
}

/** A view, but for its rows. */
export interface ViewState {
  readonly name: string
  readonly version: number
  /** How far it has come; null at the beginning. */
  readonly since: string | null
  readonly error: string | null
  /** How often it was written: whoever read it before writes nothing. */
  readonly turn: number
}

/** Which rows of a view are wanted. */
export interface Rows {
  readonly prefix: string
  readonly limit: number | null
  readonly isReversed: boolean
}

/** A log, its views and the records beside it, in one transaction. */
export interface Journal {
  /** Null where no log was begun. */
  head(): Promise<Head | null>
  keepHead(head: Head): void
  seen(id: RecordId): Promise<Seen | undefined>
  putSeen(seen: Seen): void
  deleteSeen(id: RecordId): void
  /** Give what is seen, or only hidden. */
  everythingSeen(isHiddenOnly: boolean): Promise<Seen[]>
  /** Give what came after a number, in order. */
  came(after: number, count: number): Promise<Seen[]>
  /** Give what went after a number, in order. */
  went(after: number, count: number): Promise<Past[]>
  countGone(): Promise<number>
  putGone(gone: Past): void
  /** Let go of what went up to a number. */
  forget(upTo: number): void
  kept(id: RecordId): Promise<Kept | undefined>
  keep(kept: Kept): void
  release(upTo: number): Promise<void>
  /** Give those that are here with their content. */
  look(ids: readonly RecordId[]): Promise<Look[]>
  records(ids: readonly RecordId[]): Promise<Record[]>
  /** Give all that is here, a slice at a time. */
  ids(): AsyncIterable<RecordId[]>
  view(name: string): Promise<ViewState | undefined>
  views(): Promise<ViewState[]>
  putView(view: ViewState): void
  /** Forget a view with its rows. */
  deleteView(name: string): void
  clearRows(name: string): void
  rows(name: string, rows: Rows): Promise<[key: string, text: string][]>
  row(name: string, key: string): Promise<string | undefined>
  /** Null removes it. */
  putRow(name: string, key: string, text: string | null): void
}
