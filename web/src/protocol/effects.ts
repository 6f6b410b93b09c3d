/**
 * What to do: every effect the node asks for, in the imperative. The driver performs them one by one, in order.
 *
 * In a page the trystero package opens channels; it is told of those alone whom neighbours bring.
 */

import type { BlobName } from '../core/blob.ts'
import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import type { Name, Question } from '../core/deletion.ts'
import type { Message } from '../core/message.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { Acquaintance } from './acquaintances.ts'
import type { Event } from './events.ts'
import type { Fault } from './strikes.ts'

/** Send one message to *peer*, after all sent before. */
export interface Send {
  readonly type: 'Send'
  readonly peer: PeerId
  readonly message: Message
}

/** Flush what was sent to *peer* and close the channel; `Closed` follows. */
export interface Disconnect {
  readonly type: 'Disconnect'
  readonly peer: PeerId
  readonly reason: string
}

/** Check the signatures of *records*; answered by `Verified`. Batches may overlap. */
export interface Verify {
  readonly type: 'Verify'
  readonly batch: number
  readonly records: readonly Record[]
}

/** Ask the policies, in order, of each record; answered by `Judged`. */
export interface Judge {
  readonly type: 'Judge'
  readonly batch: number
  readonly records: readonly Record[]
}

/** Look up what is here of *targets*, and which deletions name what comes; answered by `Resolved`. */
export interface Resolve {
  readonly type: 'Resolve'
  readonly batch: number
  /** What deletions of the batch name. */
  readonly targets: readonly Name[]
  /** What records of the batch are named by, with their authors. */
  readonly questions: readonly Question[]
}

/** Add *records* and remove *removed* in one transaction; answered by `Saved` or `SaveFailed`. */
export interface Save {
  readonly type: 'Save'
  readonly batch: number
  readonly records: readonly Record[]
  readonly removed: readonly RecordId[]
  /** Which of *records* are here as shells, and get their content back. */
  readonly filled: readonly RecordId[]
}

/** Read the wire forms of *ids* for *peer*, in a round or (0) that it fetches; answered by `Loaded`. */
export interface Load {
  readonly type: 'Load'
  readonly peer: PeerId
  readonly round: number
  readonly ids: readonly RecordId[]
}

/** Delete every record with createdAt below *before*, and the content of what expires; answered by `Expired`. */
export interface Expire {
  readonly type: 'Expire'
  readonly before: UnixTime
  /** What our clock says, which is believed: to be kept for the next life. */
  readonly seen: UnixTime
  /** What expires by then loses its content (docs/protocol.md, "Expiration"): a part of it, if it is much. */
  readonly until: UnixTime
}

/** Keep on disk whose keys were useful for long; nothing answers. */
export interface KeepAcquaintances {
  readonly type: 'KeepAcquaintances'
  readonly acquaintances: readonly Acquaintance[]
}

/** Keep on disk that *refused* were refused under *rules*; nothing answers. */
export interface KeepRefused {
  readonly type: 'KeepRefused'
  readonly refused: readonly Entry[]
  readonly rules: string
}

/** Tell the room's subscribers. */
export interface Emit {
  readonly type: 'Emit'
  readonly event: Event
}

/** A session description on its way to another peer. */
export interface Description {
  readonly kind: 'offer' | 'answer'
  /** Names the offer; 1 to 32 letters and digits. */
  readonly offerId: string
  readonly sdp: string
}

/** Have an offer made for *peer*, which a neighbour named; answered by `Described`. */
export interface Dial {
  readonly type: 'Dial'
  readonly peer: PeerId
}

/** Take *description* of *peer* as if a tracker had passed it on; an offer is answered by `Described`. */
export interface Signal {
  readonly type: 'Signal'
  readonly peer: PeerId
  readonly description: Description
}

/** Look which pieces of a blob may be given to *peer*; answered by `BlobFound`. */
export interface FindBlob {
  readonly type: 'FindBlob'
  readonly peer: PeerId
  readonly root: string
}

/** Read *count* pieces of a blob, from *first* on, for *peer*; answered by `PiecesRead`. */
export interface ReadPieces {
  readonly type: 'ReadPieces'
  readonly peer: PeerId
  readonly root: string
  readonly first: number
  readonly count: number
}

/** Keep a piece, which *peer* brought and which was checked; answered by `PiecesKept`. */
export interface KeepPiece {
  readonly type: 'KeepPiece'
  readonly peer: PeerId
  readonly name: BlobName
  readonly piece: number
  readonly data: Uint8Array
  /** What is known of the blob's tree by it: nodes by their numbers. */
  readonly nodes: ReadonlyMap<number, Uint8Array>
}

/** Tell whoever waits for a blob that it does not come; nothing answers. */
export interface GiveUpBlob {
  readonly type: 'GiveUpBlob'
  readonly root: string
  readonly reason: string
  /** The size by which it was looked for, when a piece has shown that it has another one. */
  readonly refuted?: number
}

/** What blobs need of the outside. */
export type BlobEffect = FindBlob | ReadPieces | KeepPiece | GiveUpBlob

/** What the node may ask of the driver. */
export type Effect =
  | Send
  | Disconnect
  | Verify
  | Judge
  | Resolve
  | Save
  | Load
  | Expire
  | KeepRefused
  | KeepAcquaintances
  | Dial
  | Signal
  | BlobEffect
  | Emit

/** Count *fault* against *peer*; machines ask it of the node, which keeps it from the driver. */
export interface Strike {
  readonly type: 'Strike'
  readonly peer: PeerId
  readonly fault: Fault
  readonly reason: string
  /** How often it happened; once when absent. */
  readonly times?: number
}

/** Intake is done with *size* bytes of blobs that *peer* sent in *round*; *added* records of them are new. */
export interface Dealt {
  readonly type: 'Dealt'
  readonly peer: PeerId
  readonly round: number
  readonly size: number
  readonly added: number
  /** How many of the bytes were refused. */
  readonly refused: number
  /** What they count beyond *size* in how much comes in a second: some take more work than others. None when absent. */
  readonly toll?: number
}

/** Our rules refuse for good what *peer* brought under *ids*: tell it that we take none of these. */
export interface Decline {
  readonly type: 'Decline'
  readonly peer: PeerId
  readonly ids: readonly RecordId[]
}

/** What *peer* lacks, or we of its records, cannot be told or asked for one by one: compare with it soon. */
export interface LeaveToSync {
  readonly type: 'LeaveToSync'
  readonly peer: PeerId
}

/** A record that is new here, and who sent it: null for our own user. */
export type News = readonly [record: Record, peer: PeerId | null]

/** Records that are new here, each with who sent it: pass them on to whoever may lack them. */
export interface Relay {
  readonly type: 'Relay'
  readonly news: readonly News[]
}

/** Compare with all soon: the store works again, and did not take what came meanwhile. */
export interface CatchUp {
  readonly type: 'CatchUp'
}

/** What a machine below the node may ask for; the last six stay inside the node. */
export type Request = Effect | Strike | Dealt | Decline | LeaveToSync | Relay | CatchUp
