/**
 * The messages two peers exchange once a channel is open (docs/protocol.md, "Messages").
 *
 * Each is a plain object that is never changed; `wire.ts` turns them into bytes and back. The number before each
 * description is the message's type on the wire.
 */
import type { UnixTime } from './clock.ts'
import type { PublicKey } from './keys.ts'
import type { RoomTag } from './signal.ts'

export const PROTOCOL_VERSION = 1
/** The bit of `features` that stands for `Lacking`, the one for `Declining`, for introductions, for names, and for blobs. */
export const FEATURE_LACKING = 1
export const FEATURE_DECLINING = 2
export const FEATURE_INTRODUCING = 4
export const FEATURE_NAMING = 8
export const FEATURE_BLOBS = 16

/** A place in the order of records: createdAt and leading bytes of the id, in hex. `[t, '']` comes before every id. */
export type Bound = readonly [createdAt: number, prefix: string]

/** What a peer is in the swarm for. */
export const Role = { MEMBER: 0, SEEDER: 1 } as const
export type Role = (typeof Role)[keyof typeof Role]

/** Why a session ends; later versions may add more. */
export const GoodbyeReason = {
  LEAVING: 0,
  FAULT: 1,
  BANNED: 2,
  FULL: 3,
  EXPIRED: 4,
  WRONG_ROOM: 5,
  WRONG_VERSION: 6,
  SELF: 7,
  DUPLICATE: 8,
  OTHER_RULES: 9,
} as const
export type GoodbyeReason = (typeof GoodbyeReason)[keyof typeof GoodbyeReason]

/** 0: who speaks, of which room, under which rules; both sides send it first. */
export interface Hello {
  readonly type: 'Hello'
  readonly version: number
  readonly roomTag: RoomTag
  /** 32 bytes in hex, x-only secp256k1 (BIP-340); not yet seen to name a point of the curve. */
  readonly publicKey: PublicKey
  /** 32 random bytes, fresh for this channel. */
  readonly nonce: Uint8Array
  /** 32 bytes in hex; equal ids promise equal member sets. */
  readonly rulesId: string
  readonly retentionSeconds: number
  readonly role: Role
  /** A bit set of extensions both sides may use; unknown bits are ignored. */
  readonly features: number
  /** The sender's clock, to measure how far apart clocks are. */
  readonly unix: UnixTime
}

/** 1: the sender's BIP-340 signature (64 bytes) over the session's transcript. */
export interface Proof {
  readonly type: 'Proof'
  readonly signature: Uint8Array
}

/** 2: sent after a quiet time; answered by `Pong` with the same token (a whole number below 2^32). */
export interface Ping {
  readonly type: 'Ping'
  readonly token: number
}

/** 3: the answer to `Ping`. */
export interface Pong {
  readonly type: 'Pong'
  readonly token: number
}

/** 4: the sender ends the session. */
export interface Goodbye {
  readonly type: 'Goodbye'
  readonly reason: GoodbyeReason
  /** For people; at most 256 bytes of UTF-8, often empty. */
  readonly detail: string
}

/** 5: opens a round of sync, or invites the initiator to open one. */
export interface Root {
  readonly type: 'Root'
  readonly round: number
  /** The first UTC day compared, numbered from the Unix epoch, or a step in one (`window.ts`). */
  readonly firstDay: number
  /** Records with createdAt below this are compared. */
  readonly upto: UnixTime
  readonly count: number
  /** The first 16 bytes of the room root, in hex. */
  readonly digest: string
}

/** Count and keyed fingerprint (8 bytes in hex) of a cell; `[0, '']` where the sender has no records. */
export type Cell = readonly [count: number, fingerprint: string]

/** 6: count and keyed fingerprint of each cell of *cellDays* days from *firstDay* up to *upto*. */
export interface Days {
  readonly type: 'Days'
  readonly round: number
  readonly firstDay: number
  readonly upto: UnixTime
  readonly cellDays: number
  readonly cells: readonly Cell[]
}

/** Nothing is said of this range; only moves the lower bound of the next. */
export interface Skip {
  readonly type: 'Skip'
  readonly upper: Bound
}

/** The sender's keyed digest of its records in this range. */
export interface Fingerprint {
  readonly type: 'Fingerprint'
  readonly upper: Bound
  /** 8 bytes in hex. */
  readonly fingerprint: string
}

/** Keyed ids of everything the sender has in this range. */
export interface IdList {
  readonly type: 'IdList'
  readonly upper: Bound
  /** 5 bytes each in hex, in the order of the records. */
  readonly shortIds: readonly string[]
}

export type RangeItem = Skip | Fingerprint | IdList

/**
 * 7: the next step of the comparison: ascending, disjoint ranges, each from the previous upper bound.
 *
 * The first range's lower bound is `firstBound` of the round.
 */
export interface Ranges {
  readonly type: 'Ranges'
  readonly round: number
  readonly items: readonly RangeItem[]
  /** Whether the answer goes on in the next message. */
  readonly more: boolean
}

/** 8: keyed ids, out of the receiver's lists, of records the sender lacks. */
export interface Want {
  readonly type: 'Want'
  readonly round: number
  /** 5 bytes each in hex. */
  readonly shortIds: readonly string[]
}

/** 9: encoded records; *round* 0 means live, outside any round. */
export interface Records {
  readonly type: 'Records'
  readonly round: number
  readonly blobs: readonly Uint8Array[]
}

/** 10: how many bytes of `Records` blobs of this round the sender has dealt with in all. */
export interface Credit {
  readonly type: 'Credit'
  readonly round: number
  readonly totalBytes: number
}

/** 11: the sender has sent all it will in this round; *count* and *digest* are its set now. */
export interface Fin {
  readonly type: 'Fin'
  readonly round: number
  readonly count: number
  /** The first 16 bytes of the room root, in hex. */
  readonly digest: string
}

/** 12: the first 8 bytes, in hex, of the ids of new records the sender can give. */
export interface Announce {
  readonly type: 'Announce'
  readonly prefixes: readonly string[]
}

/** 13: asks for announced records; answered by live `Records` with those still at hand. */
export interface Pull {
  readonly type: 'Pull'
  readonly prefixes: readonly string[]
}

/** 14: the next symbols of a sketch of the *count* records from *firstDay* up to *upto*. */
export interface Sketch {
  readonly type: 'Sketch'
  readonly round: number
  readonly firstDay: number
  readonly upto: UnixTime
  readonly count: number
  /** 13 bytes each (`sketch.ts`); the first ones in the first of a round. */
  readonly symbols: Uint8Array
}

/** 15: asks for the symbols of a sketch up to so many in all, or with 0 for `Days` in place of it. */
export interface More {
  readonly type: 'More'
  readonly round: number
  readonly symbols: number
}

/** 70 to 127: an extension this version does not know; read, ignored, never sent. */
export interface Unknown {
  readonly type: 'Unknown'
  readonly number: number
}

/** 64: keyed ids of records whose content the sender has not got: said in place of `Records`. */
export interface Lacking {
  readonly type: 'Lacking'
  readonly round: number
  readonly shortIds: readonly string[]
}

/** 65: keyed ids of records that the sender's rules refuse: it was given them, and takes none of them. */
export interface Declining {
  readonly type: 'Declining'
  readonly shortIds: readonly string[]
}

/** 66: asks for the content of members created at one second, by the first 8 bytes of their ids. */
export interface Fetch {
  readonly type: 'Fetch'
  readonly createdAt: number
  readonly prefixes: readonly string[]
}

/** 67: asks whom the receiver has as neighbours. */
export interface Seek {
  readonly type: 'Seek'
}

/** 68: some of whom the sender has as neighbours, for a `Seek`: of each its id (20 bytes) and its key (32). */
export interface Neighbours {
  readonly type: 'Neighbours'
  readonly peers: Uint8Array
}

/** 69: a sealed offer or answer, on its way to a neighbour of the receiver, or of the receiver's neighbour to it. */
export interface Introduce {
  readonly type: 'Introduce'
  /** The id of whom it is for, in hex (20 bytes), */
  readonly to: string
  /** and of whom it is from. */
  readonly source: string
  /** Read by nobody but whom it is for. */
  readonly sealed: Uint8Array
}

/** 70: of records dated before *contentFrom* the sender takes no content, but `Named`. */
export interface Light {
  readonly type: 'Light'
  readonly contentFrom: number
}

/** 71: time (4 bytes, big-endian) and id (32) of records that the sender has, to a light member. */
export interface Named {
  readonly type: 'Named'
  readonly round: number
  readonly names: Uint8Array
}

/** 80: asks which pieces of a blob the receiver has. */
export interface BlobAsk {
  readonly type: 'BlobAsk'
  /** The root of the blob's tree, in hex (32 bytes). */
  readonly root: string
}

/** 81: which pieces of a blob the sender has and gives, for a `BlobAsk`. */
export interface BlobHave {
  readonly type: 'BlobHave'
  readonly root: string
  /** One bit a piece, the highest bit of each byte first; zeros at the end may be left out. */
  readonly pieces: Uint8Array
}

/** 82: asks for *count* pieces of a blob from *first* on; each is answered, in order. */
export interface BlobWant {
  readonly type: 'BlobWant'
  readonly root: string
  readonly first: number
  readonly count: number
}

/** 83: one piece of a blob, for a `BlobWant`. */
export interface BlobPart {
  readonly type: 'BlobPart'
  readonly root: string
  readonly piece: number
  /** The hashes beside its way to the root, from the bottom (32 bytes each). */
  readonly proof: Uint8Array
  readonly data: Uint8Array
}

/** 84: said in place of *count* pieces of a blob from *first* on, which the sender does not give. */
export interface BlobAbsent {
  readonly type: 'BlobAbsent'
  readonly root: string
  readonly first: number
  readonly count: number
}

/** What the session itself answers. */
export type SessionMessage = Hello | Proof | Ping | Pong | Goodbye

/** The steps of a round of sync. */
export type SyncMessage = Root | Days | Sketch | More | Ranges | Want | Lacking | Credit | Fin
export const SYNC_TYPES = ['Root', 'Days', 'Sketch', 'More', 'Ranges', 'Want', 'Lacking', 'Credit', 'Fin'] as const

/** How new records go round between rounds. */
export type LiveMessage = Announce | Pull | Fetch
export const LIVE_TYPES = ['Announce', 'Pull', 'Fetch'] as const

/** What light members say, and are told in place of records. */
export type LightMessage = Light | Named
export const LIGHT_TYPES = ['Light', 'Named'] as const

/** How neighbours bring peers together. */
export type IntroductionMessage = Seek | Neighbours | Introduce
export const INTRODUCTION_TYPES = ['Seek', 'Neighbours', 'Introduce'] as const

/** How the pieces of blobs are asked for, and come. */
export type BlobMessage = BlobAsk | BlobHave | BlobWant | BlobPart | BlobAbsent
export const BLOB_TYPES = ['BlobAsk', 'BlobHave', 'BlobWant', 'BlobPart', 'BlobAbsent'] as const

/** The messages this version speaks; `Records` are for a round, or live, and `Declining` answers either. */
export type KnownMessage =
  | SessionMessage
  | SyncMessage
  | LiveMessage
  | LightMessage
  | IntroductionMessage
  | BlobMessage
  | Records
  | Declining

export type Message = KnownMessage | Unknown

/** Say whether *message* is a step of a round. */
export function isSync(message: Message): message is SyncMessage {
  return (SYNC_TYPES as readonly string[]).includes(message.type)
}

/** Say whether *message* is about names. */
export function isOfNames(message: Message): message is LightMessage {
  return (LIGHT_TYPES as readonly string[]).includes(message.type)
}

/** Say whether *message* is about blobs. */
export function isOfBlobs(message: Message): message is BlobMessage {
  return (BLOB_TYPES as readonly string[]).includes(message.type)
}

/** Say whether *message* is about new records. */
export function isLive(message: Message): message is LiveMessage {
  return (LIVE_TYPES as readonly string[]).includes(message.type)
}
