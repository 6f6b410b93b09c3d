/** The bytes of a Trystero data channel, as far as it must be told which of them are safe to read. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { PROTOCOL_ACTION } from '../core/action.ts'
import { FRAME_PAYLOAD_BYTES } from '../core/limits.ts'
import type { RoomName } from '../core/signal.ts'

const ROOM_FRAME = 1
const PRESENCE_FRAME = 2
const TOKEN_CHARACTERS = 64

const NAME_BYTES = 32
const TAG_AT = 34
const HEADER_BYTES = 36

const LAST = 0x01
const METADATA = 0x02
const BINARY = 0x04
const NOT_TEXT = 0x08

/** What one message of a channel is for. */
export type FrameKind =
  /** It says that the peer is in a room, or is not. */
  | 'presence'
  /** Its part in the proof that both know the password. */
  | 'handshake'
  /** A short word of Trystero's own: ready, leave, ping, pong. */
  | 'signal'
  /** A slice of a message of ours. */
  | 'protocol'

/** Name *room* on a data channel: hex of SHA-256("Trystero:" app ":" room). */
export function roomToken({ app, room }: RoomName): string {
  return bytesToHex(sha256(utf8ToBytes(`Trystero:${app}:${room}`)))
}

/**
 * Say what *data* is, in one of the rooms *tokens*; null when trystero had better not see it.
 *
 * It fails on JSON that is none, and keeps messages of actions and rooms that nobody asked for, without end; it would
 * also take media from any peer, of which we have no use.
 */
export function frameKind(data: unknown, tokens: ReadonlySet<string>): FrameKind | null {
  if (!(data instanceof ArrayBuffer)) return null
  const bytes = new Uint8Array(data)
  if (bytes[0] === PRESENCE_FRAME) return readToken(bytes, 2) === null ? null : 'presence'
  const token = bytes[0] === ROOM_FRAME ? readToken(bytes, 1) : null
  return token !== null && tokens.has(token) ? actionKind(bytes.subarray(3 + TOKEN_CHARACTERS)) : null
}

/** Give the token whose length stands at *start*; null unless it can be that of a room. */
function readToken(bytes: Uint8Array, start: number): string | null {
  const [high, low] = bytes.subarray(start, start + 2)
  if (high !== 0 || low !== TOKEN_CHARACTERS) return null
  const token = latin(bytes.subarray(start + 2, start + 2 + TOKEN_CHARACTERS))
  return TOKEN.test(token) ? token : null
}

const TOKEN = /^[0-9a-f]{64}$/

function actionKind(frame: Uint8Array): FrameKind | null {
  const tag = frame[TAG_AT] ?? METADATA
  if (frame.length > HEADER_BYTES + FRAME_PAYLOAD_BYTES || (tag & METADATA) !== 0) return null
  const isJson = (tag & (BINARY | NOT_TEXT)) === NOT_TEXT
  const isWhole = (tag & LAST) !== 0
  switch (latin(frame.subarray(0, NAME_BYTES)).replaceAll('\0', '')) {
    case PROTOCOL_ACTION:
      return isJson ? null : 'protocol'
    case '@_hsdata':
      return isWhole && isJson && holdsJson(frame.subarray(HEADER_BYTES)) ? 'handshake' : null
    case '@_hsready':
    case '@_leave':
    case '@_ping':
    case '@_pong':
      return isWhole && !isJson ? 'signal' : null
    default:
      return null
  }
}

function holdsJson(payload: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(payload))
    return true
  } catch {
    return false
  }
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
