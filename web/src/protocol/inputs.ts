/**
 * What happened: every input of the node, in the past tense.
 *
 * Dialing is not among them: in a page the trystero package finds peers and opens channels.
 */

import type { BlobName } from '../core/blob.ts'
import type { Entry } from '../core/block.ts'
import type { Mark, Outline } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { ChannelBinding, PeerId } from '../core/signal.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Description } from './effects.ts'
import type { ActionReceived } from './events.ts'
import type { Wanting } from './wanting.ts'

/** A channel to *peer* is open and both ends are ready for messages of this room. */
export interface Opened {
  readonly type: 'Opened'
  readonly peer: PeerId
  readonly binding: ChannelBinding
  /** How bytes travel: "direct", "relayed" or "unknown". */
  readonly route: string
  /** The remote network address, for limits by network; empty when unknown. */
  readonly address: string
}

/** The channel to *peer* is gone. */
export interface Closed {
  readonly type: 'Closed'
  readonly peer: PeerId
  readonly reason: string
}

/** One whole message arrived from *peer*; not yet decoded. */
export interface Received {
  readonly type: 'Received'
  readonly peer: PeerId
  readonly data: Uint8Array
}

/** The transport saw *peer* break its rules (framing, sizes). */
export interface Faulted {
  readonly type: 'Faulted'
  readonly peer: PeerId
  readonly reason: string
}

/** So much waits to be sent to *peer* that nothing should be added which can wait. */
export interface Clogged {
  readonly type: 'Clogged'
  readonly peer: PeerId
}

/** Most of what waited to be sent to *peer* has left. */
export interface Drained {
  readonly type: 'Drained'
  readonly peer: PeerId
}

/** The room's user made *records*, signed by its own key. */
export interface Published {
  readonly type: 'Published'
  readonly records: readonly Record[]
  /** They become members all at once or not at all, as the group of this name; left out where they are none. */
  readonly group?: RecordId | undefined
}

/** The room's user brought *records* signed by anyone; their signatures are not checked yet. */
export interface Imported {
  readonly type: 'Imported'
  readonly records: readonly Record[]
}

/** `Verify` is done; one flag a record, in order. */
export interface Verified {
  readonly type: 'Verified'
  readonly batch: number
  readonly areValid: readonly boolean[]
}

/** `Judge` is done; one verdict a record, in order. */
export interface Judged {
  readonly type: 'Judged'
  readonly batch: number
  readonly verdicts: readonly Verdict[]
}

/** `Resolve` is done. */
export interface Resolved {
  readonly type: 'Resolved'
  readonly batch: number
  /** What the store has of the targets, purged records included. */
  readonly outlines: readonly Outline[]
  /** The newest deletion for each question that any answers. */
  readonly marks: readonly Mark[]
}

/** `Save` is on disk. */
export interface Saved {
  readonly type: 'Saved'
  readonly batch: number
}

/** `Save` did not happen; nothing of the batch is on disk. */
export interface SaveFailed {
  readonly type: 'SaveFailed'
  readonly batch: number
  readonly reason: string
}

/** `Load` is done: the wire form of each record, empty where its content is gone; none at all when it failed. */
export interface Loaded {
  readonly type: 'Loaded'
  readonly peer: PeerId
  readonly round: number
  readonly blobs: readonly Uint8Array[]
}

/** `Expire` is done; *count* records are gone from disk. */
export interface Expired {
  readonly type: 'Expired'
  readonly count: number
  /** What is there still, since pins show it: the set of the last time, unless that is another. Left out, it is that. */
  readonly kept?: ReadonlySet<RecordId>
  /** More may have expired than has lost its content. */
  readonly isPartial?: boolean
}

/** Somebody waits until peers have what was written: compare with those who may not. */
export interface Compare {
  readonly type: 'Compare'
}

/** The user wants the content of shells again. */
export interface Wanted {
  readonly type: 'Wanted'
  readonly entries: readonly Entry[]
  /** What asks for it, which few pages load. */
  readonly Machine: typeof Wanting
}

/** The user bans *key*, or a network address, for *seconds*, or lifts its ban with 0. */
export interface KeyBanned {
  readonly type: 'KeyBanned'
  readonly key: PublicKey | string
  readonly seconds: number
}

/** The content of *ids* is gone from disk, for good; nobody is given it any more. */
export interface Purged {
  readonly type: 'Purged'
  readonly ids: readonly RecordId[]
}

/** The browser took *entries* away: they are no members until somebody gives them again. */
export interface Lost {
  readonly type: 'Lost'
  readonly entries: readonly Entry[]
}

/** Somebody here reads these *pieces* of a blob. */
export interface BlobWanted {
  readonly type: 'BlobWanted'
  readonly name: BlobName
  readonly pieces: readonly number[]
}

/** Nobody here reads a blob any more, or may. */
export interface BlobUnwanted {
  readonly type: 'BlobUnwanted'
  readonly root: string
}

/** `FindBlob` is done: *pieces* are here and may be given, as `BlobHave` says them. */
export interface BlobFound {
  readonly type: 'BlobFound'
  readonly peer: PeerId
  readonly root: string
  readonly pieces: Uint8Array
}

/** `ReadPieces` is done: of each piece its proof and data; null where it is not here, or is not given. */
export interface PiecesRead {
  readonly type: 'PiecesRead'
  readonly peer: PeerId
  readonly root: string
  readonly first: number
  readonly found: readonly ({ readonly proof: Uint8Array; readonly data: Uint8Array } | null)[]
}

/** What `KeepPiece` asked for is done with some pieces of a blob, whether they could be kept or not. */
export interface PiecesKept {
  readonly type: 'PiecesKept'
  readonly root: string
  /** Each with who brought it. */
  readonly pieces: readonly (readonly [peer: PeerId, piece: number])[]
}

/** What happens to blobs here. */
export type BlobInput = BlobWanted | BlobUnwanted | BlobFound | PiecesRead | PiecesKept

/** The room's user leaves; say goodbye to everyone. */
export interface Left {
  readonly type: 'Left'
}

/** There is an offer or answer of ours for *peer*, which a neighbour is to pass on. */
export interface Described {
  readonly type: 'Described'
  readonly peer: PeerId
  readonly description: Description
}

/** What channels tell the node. */
export type TransportInput = Opened | Closed | Received | Faulted | Clogged | Drained | ActionReceived | Described

/** Everything that may happen to a node. */
export type Input =
  | TransportInput
  | Published
  | Imported
  | Verified
  | Judged
  | Resolved
  | Saved
  | SaveFailed
  | Loaded
  | Expired
  | Compare
  | KeyBanned
  | Purged
  | Wanted
  | Lost
  | BlobInput
  | Left
