/** What peers call rooms and each other, what people call them, and what binds a session to its channel. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'

/** The name of a peer's process or page, new for every start; proves nothing. */
export type PeerId = string & { readonly is: 'PeerId' }

/** 16 bytes, in hex, that name a room inside records, hellos and roots. */
export type RoomTag = string & { readonly is: 'RoomTag' }

export const ROOM_TAG_BYTES = 16
/** Characters of a peer id. */
export const ID_LENGTH = 20
export const ROOM_NAME_BYTES_MAX = 1_024

/** The full name of a room: what peers must agree on to meet. Made by `makeRoomName`. */
export interface RoomName {
  /** Keeps rooms of one name apart between applications; Trystero's `appId`. */
  readonly app: string
  /** The room as its users name it; Trystero's `roomId`. */
  readonly room: string
}

/** The SHA-256 DTLS fingerprints (32 bytes each) of the two ends of a channel, as each was verified. */
export interface ChannelBinding {
  readonly local: Uint8Array
  readonly remote: Uint8Array
}

/**
 * Name the room *room* of the application *app*.
 *
 * Throws:
 *   ConfigError: a part is empty, longer than 1,024 bytes of UTF-8, or has control characters or lone surrogates.
 */
export function makeRoomName(app: string, room: string): RoomName {
  checkPart('app', app)
  checkPart('room', room)
  return { app, room }
}

/** Give the tag of the room: the first 16 bytes of SHA-256("peerset/room/1" | 00 | app | 00 | room). */
export function roomTag(name: RoomName): RoomTag {
  const digest = sha256(utf8ToBytes(`peerset/room/1\0${name.app}\0${name.room}`))
  return bytesToHex(digest.subarray(0, ROOM_TAG_BYTES)) as RoomTag
}

/** Write a public or event id as the first characters that people compare. */
export function shortened(id: string | Uint8Array): string {
  return (typeof id === 'string' ? id : bytesToHex(id)).slice(0, 8)
}

// With the flag u, a surrogate in a class matches only where it stands alone.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\0-\x1f\ud800-\udfff]/u

function checkPart(part: string, value: string): void {
  if (typeof value !== 'string') throw new ConfigError(`the ${part} name is a text, not ${String(value)}`)
  if (value === '') {
    throw new ConfigError(`the ${part} name is empty`)
  }
  if (utf8ToBytes(value).length > ROOM_NAME_BYTES_MAX) {
    throw new ConfigError(`the ${part} name is longer than ${ROOM_NAME_BYTES_MAX} bytes`)
  }
  if (FORBIDDEN.test(value)) {
    throw new ConfigError(`the ${part} name ${JSON.stringify(value)} has control characters or lone surrogates`)
  }
}
