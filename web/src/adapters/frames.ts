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

const READY = '@_hsready'
const LEAVE = '@_leave'

/** What one message of a channel is for. */
export type FrameKind =
  /** Its sender has joined a room. */
  | 'here'
  /** Its sender is in a room no more. */
  | 'gone'
  /** A part of the proof that both know the password. */
  | 'handshake'
  /** Its sender is ready to talk in a room. */
  | 'ready'
  /** Its sender talks in a room no more. */
  | 'leave'
  /** Another short word of Trystero's own: ping, pong. */
  | 'signal'
  /** A slice of a message of ours. */
  | 'protocol'

/** One message of a channel, as far as it must be understood. */
export interface Frame {
  readonly kind: FrameKind
  readonly token: string
}

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
export function readFrame(data: unknown, tokens: ReadonlySet<string>): Frame | null {
  if (!(data instanceof ArrayBuffer)) return null
  const bytes = new Uint8Array(data)
  const isRoom = bytes[0] === ROOM_FRAME
  if (!isRoom && bytes[0] !== PRESENCE_FRAME) return null
  const token = readToken(bytes, isRoom ? 1 : 2)
  if (token === null || (isRoom && !tokens.has(token))) return null
  const kind = isRoom ? actionKind(bytes.subarray(3 + TOKEN_CHARACTERS)) : bytes[1] === 1 ? 'here' : 'gone'
  return kind === null ? null : { kind, token }
}

/** Write that its sender joined the room *token*. */
export function hereFrame(token: string): ArrayBuffer {
  return new Uint8Array([PRESENCE_FRAME, 1, 0, TOKEN_CHARACTERS, ...utf8ToBytes(token)]).buffer
}

/** Write that its sender talks in the room *token* no more. */
export function leaveFrame(token: string): ArrayBuffer {
  const name = LEAVE.padEnd(NAME_BYTES, '\0')
  return new Uint8Array([ROOM_FRAME, 0, TOKEN_CHARACTERS, ...utf8ToBytes(token + name), 255, 255, LAST, 255]).buffer
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
  const isWord = isWhole && !isJson
  switch (latin(frame.subarray(0, NAME_BYTES)).replaceAll('\0', '')) {
    case PROTOCOL_ACTION:
      return isJson ? null : 'protocol'
    case '@_hsdata':
      return isWhole && isJson && holdsJson(frame.subarray(HEADER_BYTES)) ? 'handshake' : null
    case READY:
      return isWord ? 'ready' : null
    case LEAVE:
      return isWord ? 'leave' : null
    case '@_ping':
    case '@_pong':
      return isWord ? 'signal' : null
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
