/**
 * What peerset plugs into: stores, transports, signers and policies.
 *
 * Adapters do not inherit from these; they only have the methods. The store suite in `test/adapters` is what a new
 * store must pass.
 */

import type { Entry } from './core/block.ts'
import type { UnixTime } from './core/clock.ts'
import type { DaySum } from './core/day-sum.ts'
import type { Mark, Name, Outline, Question } from './core/deletion.ts'
import type { Filter } from './core/filter.ts'
import type { PublicKey, SecretKey } from './core/keys.ts'
import type { Record, RecordId } from './core/record.ts'
import type { Manifest } from './core/rules.ts'
import type { PeerId, RoomTag } from './core/signal.ts'
import type { PolicyClass, Verdict } from './core/verdict.ts'
import type { Changes } from './documents/change.ts'
import type { Definition } from './documents/definition.ts'
import type { State, Turnover, Version } from './documents/document.ts'
import type { Explanation, Figure, Link, Plan, Slot } from './documents/plan.ts'
import type { Scalar } from './documents/value.ts'
import type { Dial, Signal } from './protocol/effects.ts'
import type { TransportInput } from './protocol/inputs.ts'
import type { Meeting } from './protocol/meeting.ts'

export type { SetRule, WordedRule } from './core/verdict.ts'

/** Shows what is in the envelopes of a sealed room (docs/protocol.md, "Sealed rooms"). */
export interface Lens {
  /** What tells the secrets apart by which it opens, the newest first. */
  readonly ids: readonly string[]
  /** Give what a record says; or the record as it is, with `unread`, when it does not open. Give what is purged as it is. */
  open(record: Record): Record
  /** Give what may stand outside for the value of a hidden tag, `c` or `d`: that of the newest secret, then the others'. */
  hidden(name: string, value: string): readonly string[]
}

/** Where one room's records rest. Every failure is a promise refused with a `StoreError`. */
export interface Store {
  /**
   * Make this the store of one room, for good; binding it to the same room again does nothing.
   *
   * Refused with a `ConfigError` when it already belongs to another room.
   */
  bind(roomTag: RoomTag): Promise<void>

  /** Add *records* (those already there are left alone), then remove *removed*, in one transaction. */
  add(records: readonly Record[], options?: { readonly removed?: readonly RecordId[] }): Promise<void>

  /** Give those of *ids* that are here, in the order asked. */
  get(ids: readonly RecordId[]): Promise<Record[]>

  /** Give the wire form of each of *ids*, in order: empty where its content is not here. */
  wires(ids: readonly RecordId[]): Promise<Uint8Array[]>

  /** Give [createdAt, id] of every record, in that order. */
  entries(): Promise<Entry[]>

  /** Give the records that match, newest first, ties by lowest id first. */
  query(query: Filter): Promise<Record[]>

  /** Give the author of every deletion (kind 5, NIP-09) that names something. */
  deleters(): Promise<Set<PublicKey>>

  /**
   * Give what is here, purged or not, under *names*: ids, and addresses with all their versions.
   *
   * A store that several share gives the same of what was removed: the set of another may hold it still.
   */
  named(names: readonly Name[]): Promise<Outline[]>

  /** Give the newest deletion by each author of the name beside it, ties by lowest id; nothing where none is. */
  marks(questions: readonly Question[]): Promise<Mark[]>

  /** Give every record that has versions and is here, purged or not. */
  versions(): Promise<Outline[]>

  /** Delete every record with createdAt below *before*, all others than *but*; give how many. */
  expire(before: UnixTime, but?: ReadonlySet<RecordId>): Promise<number>

  /**
   * Give what expires by *until* (`expiresAt`) and is here whole, the first to first, at most *limit*; deletions never.
   *
   * An index finds them: nothing else is read for it, but once for what an older version saved.
   */
  expired(until: UnixTime, limit: number): Promise<RecordId[]>

  /** Say how many bytes all of it takes where it rests, about; told at once, and less after what was purged. */
  weight(): Promise<number>

  /** Give what each author wrote on each UTC day, as far as its content is here, by day and author. */
  sums(): Promise<DaySum[]>

  /**
   * Destroy the content, tags and signature of *ids*; deletions are left alone.
   *
   * What is purged stays among `entries` until it expires or is removed, so that roots stay equal and nobody is
   * asked for it. It is not given by `get`, `wires` or `query`, and adding it does nothing, but for `fill`; all that is
   * left is its `Outline`.
   */
  purge(ids: readonly RecordId[]): Promise<void>

  /**
   * Give back the content of those of *records* that were purged and are still here; the others are left alone.
   *
   * From then on they are as others that were just added.
   */
  fill(records: readonly Record[]): Promise<void>

  /**
   * Remember that *entries* were refused under the rules of the id *rules*; what others refused is forgotten.
   *
   * They are no records: only `refused` gives them, and `expire` forgets them by their age without counting them.
   */
  refuse(entries: readonly Entry[], rules: string): Promise<void>

  /** Give [createdAt, id] of everything refused under *rules*, in that order. */
  refused(rules: string): Promise<Entry[]>

  /** Give every note of *kind*, by key in hex: small facts of this peer alone, which never travel. */
  notes(kind: string): Promise<Map<string, string>>

  /**
   * Keep *text* under *kind* and *key* (hex), in place of what was there; null removes it.
   *
   * Refused with a `ConfigError` when kind, key or text break the limits of `core/note.ts`, and with a `StoreError`
   * when there are too many of this kind already.
   */
  note(kind: string, key: string, text: string | null): Promise<void>

  /**
   * Make of envelopes what *lens* shows, from now on: documents, and what is left of these when they are purged. All else
   * is about envelopes still. Null in a room that is not sealed. Called before anything is asked. A store that finds no
   * documents need not have it.
   */
  unseal?(lens: Lens | null): void

  /** Give what finds these records as documents; what that takes is loaded now. A store need not have it. */
  documents?(): Promise<DocumentStore>

  /** Flush and close; may be called twice. */
  close(): Promise<void>
}

/**
 * What finds a store's records as documents, by fields, keys and links.
 *
 * What it knows of a record is written in the transaction that saves it. A document is seen when its state is 0 (see
 * `documents/document.ts`): what the record alone decides is found by `rowOf`; superseded versions by the store, at every
 * change of what is here; the rest is told by `mark` and `sweep`. `find`, `count` and `aggregate` are about what is seen.
 */
export interface DocumentStore {
  /**
   * Know these collections, in place of those of the same names.
   *
   * What is added from now on is found; what was here before, once `build` has come to its end. What was built for the
   * same `digest` is kept and only caught up; collections that are not named keep what they have.
   */
  define(definitions: readonly Definition[]): Promise<void>

  /** Index the next of what was here before; give how many records are left, 0 at the end. */
  build(): Promise<number>

  /** Forget collections, with their indexes; their records stay. */
  drop(collections: readonly string[]): Promise<void>

  /** Give the documents that match, in the order of *plan*, after its seat, at most its limit. */
  find(plan: Plan): Promise<Record[]>

  /** Give how many match, whatever the seat and the limit. */
  count(plan: Plan): Promise<number>

  /**
   * Compute *figures* over all that match, or one row for each value of the field *by*, in the order of those.
   *
   * A row has each figure by its name, and the value of *by* under that name.
   */
  aggregate(plan: Plan, figures: readonly Figure[], by: string | null): Promise<{ readonly [name: string]: Scalar }[]>

  /** Say how *plan* would be found. */
  explain(plan: Plan): Promise<Explanation>

  /** Give what does not fit the model of the collection, newest first, at most 1,000. */
  misfits(collection: string): Promise<Record[]>

  /** Give every version of each register that is here, whatever its state; a purged one as well. */
  registerVersions(collection: string, slots: readonly Slot[]): Promise<Version[][]>

  /** Give what counts and nothing that counts follows, newest first, tombstones included. */
  heads(collection: string, limit: number): Promise<Record[]>

  /** Give the links of *ids* to what they follow, here or not, or (*ofParents*) those of what follows *ids*. */
  links(ids: readonly RecordId[], options: { readonly ofParents: boolean }): Promise<Link[]>

  /**
   * Let documents have the bits `SHADOWED` and `HIDDEN` that *bitsOf* gives, and no others of these, from now on; null
   * gives none. Called again when it says otherwise.
   */
  heed(bitsOf: ((id: RecordId, author: PublicKey) => State) | null): Promise<void>

  /** Set or clear bits of documents that are here, in one transaction. */
  mark(ids: readonly RecordId[], state: State, options: { readonly isSet: boolean }): Promise<void>

  /** Give what has any of these bits, by id. */
  marked(state: State): Promise<RecordId[]>

  /** Let nobody see what expires by *now* (NIP-40); give what thereby changed. */
  sweep(now: UnixTime): Promise<RecordId[]>

  /** Ask the store's log of changes; what that takes is loaded now, and the log is kept from then on. */
  log<Method extends keyof ChangeStore>(
    method: Method,
    ...given: Parameters<ChangeStore[Method]>
  ): Promise<Awaited<ReturnType<ChangeStore[Method]>>>

  /**
   * Tell *listener* in which collections what readers see has changed, and how, until what is given back is called; null
   * where anything may have.
   */
  watch(listener: (changed: ReadonlyMap<string, Turnover | null>) => void): () => void
}

/** What a store remembers of what its readers see: a log of changes, and views that follow it. */
export interface ChangeStore {
  /**
   * Give what changed since a bookmark, or from the beginning, at most *limit* changes.
   *
   * The changes since a bookmark, applied to what their reader was told before, give what is seen now. The log of what
   * went keeps the newest `CHANGES_KEPT_MAX`, and of these what went in the `CHANGES_KEPT_SECONDS` before the last
   * `sweep`; what came is always told. Records that are purged are shells. *withUntold* gives as well what went without
   * having been told as come, to a reader who may know of it from `find`. Refused with a CursorError when the log no
   * longer reaches back so far, or the bookmark is one of another log.
   */
  changes(
    since: string | null,
    options: { readonly limit: number; readonly withUntold?: boolean | undefined },
  ): Promise<Changes>

  /** Give the bookmark of who knows everything up to now. */
  lastChange(): Promise<string>

  /**
   * Have a view. Of another version than before, it begins anew with nothing, and without its error. Refused with a
   * ConfigError when there are `VIEWS_MAX` others.
   */
  openView(name: string, version: number): Promise<void>

  /** Forget a view, if it is there. */
  dropView(name: string): Promise<void>

  /**
   * Give the next changes that a view is to take. The record of one that went is whole, though it be gone: it is kept
   * until every view has read on. Where that cannot be, the view begins anew.
   */
  viewPage(name: string, limit: number): Promise<ViewPage>

  /** Write what a view makes of a page, with how far it has come; false when it was written meanwhile: read again. */
  commitView(name: string, commit: ViewCommit): Promise<boolean>

  /** Give what is under the keys of a view that begin with *prefix*, in order, as texts of `encodeKey` and JSON. */
  viewRows(
    name: string,
    rows: { readonly prefix: string; readonly limit: number | null; readonly isReversed: boolean },
  ): Promise<[key: string, text: string][]>

  /** Give what is under these keys of a view; null where nothing is. */
  viewValues(name: string, keys: readonly string[]): Promise<(string | null)[]>
}

/** What a view is to take next. */
export interface ViewPage extends Changes {
  /** Tells whether it was written meanwhile. */
  readonly turn: number
  /** Why it stopped for good; null while it goes on. */
  readonly error: string | null
}

/** What a view makes of a page. */
export interface ViewCommit {
  /** Of the page. */
  readonly turn: number
  /** How far it has come. */
  readonly end: string | null
  /** Null removes what is under a key. */
  readonly writes: readonly (readonly [key: string, text: string | null])[]
  readonly error: string | null
}

/** How a room stands with one place where its peers meet; times as `Date.now` gives them. */
export interface SignalingStatus {
  /** The strategy, such as "torrent". */
  readonly strategy: string
  /** The address. */
  readonly place: string
  /** It rests after a failure until the next try; it is closed for good. */
  readonly state: 'connecting' | 'open' | 'resting' | 'closed'
  /** What went wrong last; null when it last answered well. */
  readonly error: string | null
  /** When the state began. */
  readonly since: number
  /** When it last did what it was asked; null when it never has. */
  readonly lastSuccess: number | null
  /** When it is tried again; null while it does not rest. */
  readonly nextTry: number | null
}

/** What finds the peers of one room and carries messages to them. */
export interface Transport {
  /** Our id towards those who bring us together, and on channels; new for every page load. */
  readonly peerId: PeerId

  /** Give what brings neighbours together, for the member that proves *key*; a transport without any leaves it out, */
  meet?(key: SecretKey): Meeting | null

  /** and this, which does what it asks for. */
  signal?(effect: Dial | Signal): void

  /** Begin; everything that happens goes to *listener* until `close`. */
  open(listener: TransportListener): void

  /** Queue one message for *peer*; a peer whose queue is full is closed. Unknown peers are ignored. */
  send(peer: PeerId, data: Uint8Array): void

  /** Flush what is queued for a moment, then close the channel. */
  disconnect(peer: PeerId, reason: string): void

  /** How we stand with each place where peers meet; there is none only where there is to be no network. */
  signaling(): SignalingStatus[]

  /** Leave the room. */
  close(): Promise<void>
}

/** Whom a transport tells what happens. */
export interface TransportListener {
  /** An input for the node. */
  take(input: TransportInput): void
  /** A peer could not join us, for example because its password differs. */
  refused(peer: PeerId, reason: string): void
}

/** Whoever signs what the room's user writes: a key in this page, or an extension of the browser (NIP-07). */
export interface Signer {
  /** The author of what it signs. */
  readonly publicKey: PublicKey
  /** Sign the NIP-01 event that *draft* becomes; refused when the user says no. */
  sign(draft: Draft): Promise<Record>
}

/** A record before it is signed. */
export interface Draft {
  readonly createdAt: UnixTime
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
  readonly content: string
}

/** A moderation rule that judges records one by one: admission, or view. */
export interface Policy {
  /** What a refusal is reported under; lower-case ASCII, like `words`. */
  readonly name: string
  /** What its verdicts depend on: `PolicyClass.ADMISSION` or `PolicyClass.VIEW`. */
  readonly policyClass: PolicyClass
  /** What it is, exactly; it goes into the room's rules id when it decides admission. */
  readonly manifest: Manifest

  /** What it could not judge is accepted, rather than refused, when it breaks. */
  readonly failsOpen?: boolean
  /** It looks at author, time, kind and tags alone: `Room.mayWrite` asks it. In a sealed room, others are set rules. */
  readonly judgesEnvelopes?: boolean
  /** It tells collections apart, and is refused in a sealed room: envelopes do not show them. */
  readonly namesCollections?: boolean

  /** Accept or refuse each of *records*, in order; a promise must settle within a time limit. */
  judge(records: readonly Record[]): readonly Verdict[] | Promise<readonly Verdict[]>
}
