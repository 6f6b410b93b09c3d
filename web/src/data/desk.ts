/** What a collection asks of its room. */

import type { Moment, UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId, Tags } from '../core/record.ts'
import type { Moderation } from '../moderation/moderator.ts'
import type { RoomEvent } from '../notices.ts'
import type { DocumentStore } from '../ports.ts'

/** What a record is to say, but for its date and room. */
export interface Draft {
  readonly kind: number
  readonly tags: Tags
  readonly content: string
  /** The latest stamp that it follows. */
  readonly after: number
}

/** Sign and save records, all at once or none, dated after what they follow; *closing* makes one more of them. */
export type Write = (
  drafts: readonly Draft[],
  closing?: (records: readonly Record[]) => Draft,
) => Promise<readonly Record[]>

/** A room, as its collections see it. */
export interface Desk {
  /** Tells rooms apart. */
  readonly room: object
  readonly key: PublicKey
  readonly now: () => UnixTime
  readonly checkOpen: () => void
  readonly write: Write
  /** Delete a record of ours everywhere. */
  readonly delete: (id: RecordId) => Promise<Record>
  readonly get: (ids: readonly RecordId[]) => Promise<Record[]>
  readonly hides: (record: Record) => boolean
  /** Call *listener* with all that happens, until what is given back is called. */
  readonly on: (listener: (event: RoomEvent) => void) => () => void
  readonly keep: (end: () => void) => () => void
  readonly complain: (error: unknown) => void
  readonly documents: DocumentStore
}

/** What a room gives of itself. */
export interface Host {
  readonly key: PublicKey
  readonly moderation: Pick<Moderation, 'hides' | 'shadows'>
  checkOpen(): void
  delete(id: RecordId): Promise<Record>
  on(listener: (event: RoomEvent) => void): () => void
  take(event: RoomEvent): void
}

/** What a room is made of. */
export interface Parts {
  readonly driver: { now(): Moment }
  readonly store: { get(ids: readonly RecordId[]): Promise<Record[]> }
  readonly documents: () => Promise<DocumentStore>
  readonly write: Write
  readonly keep: Desk['keep']
}

/** Let collections work in *room*. */
export async function deskOf(room: Host, { driver, store, documents, write, keep }: Parts): Promise<Desk> {
  const { moderation } = room
  return {
    room,
    key: room.key,
    now: () => driver.now().unix,
    checkOpen: () => room.checkOpen(),
    write,
    delete: id => room.delete(id),
    get: ids => store.get(ids),
    hides: record => moderation.hides(record) || moderation.shadows.isRuledOut(record.id),
    on: listener => room.on(listener),
    keep,
    complain: error => room.take({ type: 'StorageFailed', reason: String(error) }),
    documents: await documents(),
  }
}
