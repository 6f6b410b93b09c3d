/** What only a page tells its user, beside what happens in every node. */

import type { PeerId } from './core/signal.ts'
import { shown } from './core/typed.ts'
import type { Turnover } from './documents/document.ts'
import { ConfigError } from './errors.ts'
import type { Event } from './protocol/events.ts'

/** The store takes more than it may, or the browser's storage is full: *count* records of *day* lost their content here. */
export interface StorageEvicted {
  readonly type: 'StorageEvicted'
  /** The UTC day, numbered from the Unix epoch. */
  readonly day: number
  readonly count: number
}

/** The browser keeps nothing for this page, so records live in memory until it is closed. */
export interface StorageUnavailable {
  readonly type: 'StorageUnavailable'
  readonly reason: string
}

/** Something in the browser's storage was not what was saved there, and was thrown away. */
export interface StorageDamaged {
  readonly type: 'StorageDamaged'
  readonly reason: string
}

/** What is kept beside the records, such as bans and mutes, could not be read or saved; the room goes on. */
export interface StorageFailed {
  readonly type: 'StorageFailed'
  readonly reason: string
}

/** A peer could not join us, for example because its password differs. */
export interface PeerRefused {
  readonly type: 'PeerRefused'
  readonly peer: PeerId
  readonly reason: string
}

/** A policy broke; the room goes on without its help. */
export interface PolicyFailed {
  readonly type: 'PolicyFailed'
  readonly policy: string
  readonly reason: string
}

/** What readers see of a collection that this page declared may have changed. */
export interface CollectionChanged {
  readonly type: 'CollectionChanged'
  readonly collection: string
  /** What came to be seen, and what is seen no more; null: anything may have changed. */
  readonly turnover: Turnover | null
}

/** What was made of records was forgotten here, by this tab or another one: see `Room.drop`. */
export interface ProjectionDropped {
  readonly type: 'ProjectionDropped'
  readonly what: 'collection' | 'view' | 'fold'
  readonly name: string
}

/** Who is muted here, what is released from quarantine, or which days are over their budget, has changed. */
export interface CurtainChanged {
  readonly type: 'CurtainChanged'
}

/** What only a page tells. */
export type Notice =
  | StorageEvicted
  | StorageUnavailable
  | StorageDamaged
  | StorageFailed
  | PeerRefused
  | PolicyFailed
  | CollectionChanged
  | ProjectionDropped
  | CurtainChanged

/** Everything that happens in a room. */
export type RoomEvent = Event | Notice

const TYPES: readonly RoomEvent['type'][] = [
  'PeerJoined',
  'PeerLeft',
  'ForeignPeerJoined',
  'ForeignPeerLeft',
  'PeerSynced',
  'RecordAdded',
  'RecordRejected',
  'RecordsRejected',
  'RecordKnown',
  'RecordPostponed',
  'RecordDeleted',
  'RecordHidden',
  'RecordsExpired',
  'RecordsIndexed',
  'FetchFailed',
  'StrikeCounted',
  'ActionReceived',
  'ClockSkewed',
  'SaveDelayed',
  'SealUnknown',
  'StorageEvicted',
  'StorageUnavailable',
  'StorageDamaged',
  'StorageFailed',
  'PeerRefused',
  'PolicyFailed',
  'CollectionChanged',
  'ProjectionDropped',
  'CurtainChanged',
]

/** Say whether *event* is of a record that our own user brought: those of others must never cost it. */
export function isOwn(event: RoomEvent): boolean {
  return event.type === 'RecordKnown' || ('peer' in event && event.peer === null)
}

/** Read which types of events are wanted, all when none is named; throws ConfigError for a type that no event has. */
export function readTypes<Type extends RoomEvent['type']>(
  types: readonly Type[],
): (event: RoomEvent) => event is Extract<RoomEvent, { readonly type: Type }> {
  for (const type of types) {
    if (TYPES.includes(type)) continue
    throw new ConfigError(`events are chosen by their types, such as "RecordAdded", not ${shown(type)}`)
  }
  return (event): event is Extract<RoomEvent, { readonly type: Type }> =>
    types.length === 0 || (types as readonly string[]).includes(event.type)
}
