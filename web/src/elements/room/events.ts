/** The DOM events of `<peerset-room>`; all of them bubble, and cross shadow roots. */

import type { PeerRefused, RoomEvent } from '../../notices.ts'
import type {
  ForeignPeerJoined,
  ForeignPeerLeft,
  PeerJoined,
  PeerLeft,
  PeerSynced,
  RecordAdded,
  RecordRejected,
  RecordsRejected,
  StrikeCounted,
} from '../../protocol/events.ts'

/** Something is wrong that a page or its visitor should know. */
export interface Failure {
  /** What happened, as a sentence for people. */
  readonly message: string
  /** The attribute that is missing or wrong; null when it is about something else. */
  readonly attribute: string | null
  /** What was thrown, if anything. */
  readonly error: Error | null
  /** What the room told, if it was the room. */
  readonly event: RoomEvent | null
}

/** What `detail` holds, by the name of the event. */
export interface RoomEventDetails {
  /** A record came in, ours or another's; it is stored. */
  'peerset-record': RecordAdded
  /** A record was refused, or so many more for the same cause. */
  'peerset-rejected': RecordRejected | RecordsRejected
  /** A peer came, went, was refused or did something illegal. */
  'peerset-peer': PeerJoined | PeerLeft | PeerRefused | ForeignPeerJoined | ForeignPeerLeft | StrikeCounted
  /** A peer's set and ours are equal. */
  'peerset-sync': PeerSynced
  /** An attribute is wrong, the room cannot be joined, or the browser's storage fails. */
  'peerset-error': Failure
}

/** The name of an event of `<peerset-room>`. */
export type RoomEventName = keyof RoomEventDetails

const NAMES: { readonly [type in RoomEvent['type']]?: RoomEventName } = {
  RecordAdded: 'peerset-record',
  RecordRejected: 'peerset-rejected',
  RecordsRejected: 'peerset-rejected',
  PeerJoined: 'peerset-peer',
  PeerLeft: 'peerset-peer',
  PeerRefused: 'peerset-peer',
  ForeignPeerJoined: 'peerset-peer',
  ForeignPeerLeft: 'peerset-peer',
  StrikeCounted: 'peerset-peer',
  PeerSynced: 'peerset-sync',
  StorageEvicted: 'peerset-error',
  StorageUnavailable: 'peerset-error',
  StorageDamaged: 'peerset-error',
  StorageFailed: 'peerset-error',
  SaveDelayed: 'peerset-error',
  PolicyFailed: 'peerset-error',
}

/** Make the DOM event that tells of *event*; null for what pages hear from `peer.on` alone. */
export function domEventOf(event: RoomEvent): CustomEvent | null {
  const name = NAMES[event.type]
  if (name === undefined) return null
  if (name !== 'peerset-error') return makeEvent(name, event)
  const reason = 'reason' in event ? event.reason : 'the storage is full: the oldest day was given up'
  return makeEvent(name, { message: `${event.type}: ${reason}`, attribute: null, error: null, event })
}

/** Make the DOM event that tells of *error*. */
export function errorEvent(message: string, { attribute = null, error = null }: Partial<Failure>): CustomEvent {
  return makeEvent('peerset-error', { message, attribute, error, event: null })
}

function makeEvent(name: RoomEventName, detail: RoomEvent | Failure): CustomEvent {
  return new CustomEvent(name, { detail, bubbles: true, composed: true })
}

declare global {
  interface HTMLElementEventMap {
    'peerset-record': CustomEvent<RoomEventDetails['peerset-record']>
    'peerset-rejected': CustomEvent<RoomEventDetails['peerset-rejected']>
    'peerset-peer': CustomEvent<RoomEventDetails['peerset-peer']>
    'peerset-sync': CustomEvent<RoomEventDetails['peerset-sync']>
    'peerset-error': CustomEvent<RoomEventDetails['peerset-error']>
  }
}
