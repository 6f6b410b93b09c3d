/** What a collection asks of its room. */

import type { FreshPiece } from '../adapters/blob-store.ts'
import type { BlobName } from '../core/blob.ts'
import type { Moment, UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId, Tags } from '../core/record.ts'
import type { RoomName } from '../core/signal.ts'
import type { Definition } from '../documents/definition.ts'
import type { Moderation } from '../moderation/moderator.ts'
import type { RoomEvent } from '../notices.ts'
import type { DocumentStore, Store } from '../ports.ts'
import type { Agreement } from './agreement.ts'
import { Statistics } from './statistics.ts'

/** What a record is to say, but for its date and room. */
export interface Draft {
  readonly kind: number
  readonly tags: Tags
  readonly content: string
  /** The latest stamp that it follows. */
  readonly after: number
  /** It speaks for who granted us its collection, if anybody did. */
  readonly isOnBehalf?: boolean | undefined
}

/** Sign and save records, all at once or none, dated after what they follow; *closing* makes one more of them. */
export type Write = (
  drafts: readonly Draft[],
  closing?: (records: readonly Record[]) => Draft,
) => Promise<readonly Record[]>

/** The bytes of a room's files, which may lie with another tab. */
export interface Bytes {
  /** Know of *record*, which is here, before it is told. */
  note(record: Record): Promise<void>
  /** Look whether a blob of so many bytes may be kept. */
  admit(size: number): Promise<void>
  /** Keep a piece of a blob of ours, which a record is to name. */
  put(name: BlobName, fresh: FreshPiece): Promise<void>
  /** Forget a blob of ours that no record is going to name. */
  abandon(root: string): Promise<void>
  /** Give a piece, fetched where it is not here; up to piece *last* others are to follow. */
  piece(name: BlobName, piece: number, last: number): Promise<Uint8Array<ArrayBuffer>>
  /** Want no more of it for one who reads no further. */
  letGo(name: BlobName): Promise<void>
  /** Bring here what is missing. */
  fetch(name: BlobName): Promise<void>
  /** Forget what is here; false when there was nothing. */
  forget(root: string): Promise<boolean>
}

/** A room, as its collections see it. */
export interface Desk {
  /** Tells rooms apart. */
  readonly room: object
  /** Of the room, with its application. */
  readonly name: string
  readonly key: PublicKey
  /** Say whose documents we write in a collection: ours, or those of who let us speak in their place. */
  readonly speaksFor: (definition: Definition) => PublicKey
  /** For how many seconds records are kept here. */
  readonly keptSeconds: number
  readonly now: () => UnixTime
  readonly checkOpen: () => void
  /** Of a collection's desk: that was dropped. */
  readonly isDropped?: boolean
  readonly write: Write
  /** Tell everybody in the room, in all tabs, what happened; done once they know. */
  readonly tell: (event: RoomEvent) => Promise<unknown>
  /** Delete a record of ours everywhere. */
  readonly delete: (id: RecordId) => Promise<Record>
  readonly get: (ids: readonly RecordId[]) => Promise<Record[]>
  /** The notes of the store (see `Store`). */
  readonly notes: Store['notes']
  readonly note: Store['note']
  readonly hides: (record: Record) => boolean
  /** Set rules say which records count, anew with each that comes. */
  readonly hasRules: () => boolean
  /** Up to which time all peers that are present hold what we hold. */
  readonly agreement: Pick<Agreement, 'settled'>
  /** Call *listener* with all that happens, until what is given back is called. */
  readonly on: (listener: (event: RoomEvent) => void) => () => void
  readonly keep: (end: () => void) => () => void
  readonly complain: (error: unknown) => void
  readonly documents: DocumentStore
  /** The bytes of files; null in a room that was joined without any. */
  readonly bytes: Bytes | null
  /** What tells the secrets apart that seal the room, the newest first; null where it is not sealed. */
  readonly seals: readonly string[] | null
  /** How long the queries of the room take. */
  readonly statistics: Statistics
}

/** What a room gives of itself. */
export interface Host {
  readonly name: RoomName
  readonly key: PublicKey
  readonly moderation: Pick<Moderation, 'hides' | 'shadows'>
  checkOpen(): void
  delete(id: RecordId): Promise<Record>
  on(listener: (event: RoomEvent) => void): () => void
  take(event: RoomEvent): void
}

const statistics = new WeakMap<object, Statistics>()

function statisticsOf(room: object): Statistics {
  const known = statistics.get(room) ?? new Statistics()
  statistics.set(room, known)
  return known
}

/** What a room is made of. */
export interface Parts {
  readonly agreement: Desk['agreement']
  readonly keptSeconds: number
  readonly driver: { now(): Moment }
  readonly store: Pick<Store, 'get' | 'notes' | 'note'>
  /** Our grants. */
  readonly wallet: { speaksFor(collection: string, now: UnixTime): PublicKey } | null
  readonly documents: () => Promise<DocumentStore>
  readonly tell: Desk['tell']
  readonly bytes: Bytes | null
  readonly sealing: { readonly ids: readonly string[] } | null
  readonly write: Write
  readonly keep: Desk['keep']
}

/** Let collections work in *room*. */
export async function deskOf(
  room: Host,
  { agreement, driver, store, wallet, documents, keptSeconds, tell, bytes, sealing, write, keep }: Parts,
): Promise<Desk> {
  const { moderation } = room
  return {
    room,
    name: JSON.stringify(room.name),
    key: room.key,
    speaksFor: ({ name, speaker }) => (speaker && wallet?.speaksFor(name, driver.now().unix)) ?? room.key,
    keptSeconds,
    now: () => driver.now().unix,
    checkOpen: () => room.checkOpen(),
    write,
    tell,
    delete: id => room.delete(id),
    get: ids => store.get(ids),
    notes: kind => store.notes(kind),
    note: (...note) => store.note(...note),
    agreement,
    hasRules: () => !moderation.shadows.isEmpty,
    hides: record => moderation.hides(record) || moderation.shadows.isRuledOut(record.id),
    on: listener => room.on(listener),
    keep,
    complain: error => room.take({ type: 'StorageFailed', reason: String(error) }),
    documents: await documents(),
    bytes,
    seals: sealing?.ids ?? null,
    statistics: statisticsOf(room),
  }
}
