/** What the room's subscribers see, in the past tense. */

import type { Action } from '../core/action.ts'
import type { Cause } from '../core/cause.ts'
import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { StrikeStateName } from './strikes.ts'

/** A session with *peer* is established; *key* is proven. */
export interface PeerJoined {
  readonly type: 'PeerJoined'
  readonly peer: PeerId
  readonly key: PublicKey
}

/** An established session ended. */
export interface PeerLeft {
  readonly type: 'PeerLeft'
  readonly peer: PeerId
  readonly key: PublicKey
  readonly reason: string
}

/** *peer* shares the channel but not our protocol: an application such as a plain Trystero page. */
export interface ForeignPeerJoined {
  readonly type: 'ForeignPeerJoined'
  readonly peer: PeerId
}

/** A peer without our protocol is gone. */
export interface ForeignPeerLeft {
  readonly type: 'ForeignPeerLeft'
  readonly peer: PeerId
  readonly reason: string
}

/**
 * Our set and *peer*'s had equal roots a moment ago.
 *
 * *gained* and *given* count the records that crossed since it joined.
 */
export interface PeerSynced {
  readonly type: 'PeerSynced'
  readonly peer: PeerId
  readonly gained: number
  readonly given: number
}

/** *record* is a new member, on disk. An ephemeral record is only passed on. */
export interface RecordAdded {
  readonly type: 'RecordAdded'
  readonly record: Record
  /** Who sent it; null for our own. */
  readonly peer: PeerId | null
  /** It is no member, but older than those, and shown by a pin. */
  readonly isGuest?: true
}

/** A record was refused for *cause*; *source* is what people read for it: a policy's name, or the cause's. */
export interface RecordRejected {
  readonly type: 'RecordRejected'
  readonly id: RecordId
  readonly cause: Cause
  readonly source: string
  readonly reason: string
  readonly peer: PeerId | null
}

/** Within a second of one that was told of, *count* more records that *peer* brought were refused for *cause*. */
export interface RecordsRejected {
  readonly type: 'RecordsRejected'
  readonly count: number
  readonly cause: Cause
  readonly source: string
  /** Why the last of them was. */
  readonly reason: string
  readonly peer: PeerId
}

/** Our user brought a record that is here already. */
export interface RecordKnown {
  readonly type: 'RecordKnown'
  readonly id: RecordId
}

/** A record is dated *seconds* too far ahead; it is kept in memory, and added when due. */
export interface RecordPostponed {
  readonly type: 'RecordPostponed'
  readonly id: RecordId
  readonly seconds: number
  readonly peer: PeerId | null
}

/** The author of *id* deleted it, by the deletion record *by*. */
export interface RecordDeleted {
  readonly type: 'RecordDeleted'
  readonly id: RecordId
  readonly by: RecordId
}

/** The view *policy* hides a member from readers here; it stays in the set. */
export interface RecordHidden {
  readonly type: 'RecordHidden'
  readonly id: RecordId
  readonly policy: string
  readonly reason: string
}

/** *count* records older than *before* were collected. */
export interface RecordsExpired {
  readonly type: 'RecordsExpired'
  readonly before: UnixTime
  readonly count: number
  /** What is as old, and which pins show still: it is a member no more. */
  readonly kept: ReadonlySet<RecordId>
}

/** The indexes of collections that were declared have read on: *left* records are to be looked at, 0 at the end. */
export interface RecordsIndexed {
  readonly type: 'RecordsIndexed'
  readonly left: number
}

/** *peer*, which may be a plain Trystero page, sent an application action on the shared channel. */
export interface ActionReceived {
  readonly type: 'ActionReceived'
  readonly peer: PeerId
  readonly action: Action
}

/** *peer* did something illegal; *key* is null before its proof. */
export interface StrikeCounted {
  readonly type: 'StrikeCounted'
  readonly peer: PeerId
  readonly key: PublicKey | null
  readonly reason: string
  /** How the peer stands after this strike. */
  readonly state: StrikeStateName
  /** Its network address, when that is known and counted too; else empty. */
  readonly address: string
}

/** Our clock is *seconds* ahead of (negative: behind) the median of the clocks of *peers* peers. */
export interface ClockSkewed {
  readonly type: 'ClockSkewed'
  readonly seconds: number
  readonly peers: number
  /** Most peers agree among themselves, so the wrong clock is ours; otherwise nobody can tell. */
  readonly isOurs: boolean
}

/** The store refused a batch for *reason*; its records were not added and will be asked for again. */
export interface SaveDelayed {
  readonly type: 'SaveDelayed'
  readonly reason: string
  readonly ids: readonly RecordId[]
}

/** No neighbour gave the content of *ids*, which was asked for again. */
export interface FetchFailed {
  readonly type: 'FetchFailed'
  readonly ids: readonly RecordId[]
}

/** In a sealed room, *id* is the first record here that is sealed by the secret *seal*, which we have not. */
export interface SealUnknown {
  readonly type: 'SealUnknown'
  /** What tells it from others. */
  readonly seal: string
  readonly id: RecordId
}

/** Everything a subscriber may be told. */
export type Event =
  | PeerJoined
  | PeerLeft
  | ForeignPeerJoined
  | ForeignPeerLeft
  | PeerSynced
  | RecordAdded
  | RecordRejected
  | RecordsRejected
  | RecordKnown
  | RecordPostponed
  | RecordDeleted
  | RecordHidden
  | RecordsExpired
  | RecordsIndexed
  | FetchFailed
  | StrikeCounted
  | ActionReceived
  | ClockSkewed
  | SaveDelayed
  | SealUnknown
