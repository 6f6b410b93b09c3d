/**
 * Pins: whole records inside records of others, which outlast the window by them (docs/protocol.md, "Pins").
 *
 * A pin is a record of kind 1081 whose first tag `pin` has the id of what it holds, and whose content is the wire form of
 * that in base64 (RFC 4648, section 4, padded). It expires when that does, so that nobody keeps it for longer than its
 * author lets them.
 */

import { MalformedError } from '../errors.ts'
import { EXPIRATION_TAG, expiresAt } from './expiration.ts'
import { PIN_BYTES_MAX } from './limits.ts'
import {
  decodeRecord,
  hasValidSignature,
  isEphemeralKind,
  KIND_DELETION,
  KIND_PIN,
  type Record,
  roomTagOf,
  type Tags,
  tagValues,
} from './record.ts'

/** The name of the tag that says what is pinned. */
const PIN = 'pin'

/** Give the tags of a pin of *record*, but for those of every record of the room. */
export function pinTags(record: Record): Tags {
  const at = expiresAt(record)
  return [[PIN, record.id], ...(at === null ? [] : [[EXPIRATION_TAG, String(at)]])]
}

/** Give the content of a pin of *record*; throws MalformedError when it cannot be pinned. */
export function pinContent(record: Record): string {
  check(record)
  return encode(record.wire)
}

/**
 * Give the record inside *pin*, whose signature is not checked.
 *
 * Throws MalformedError when it is no pin, or holds nothing that can be pinned in its room.
 */
export function pinnedIn(pin: Record): Record {
  if (pin.kind !== KIND_PIN) throw new MalformedError(`a pin has kind ${KIND_PIN}, not ${pin.kind}`)
  const record = read(pin.content)
  if (tagValues(pin, PIN)[0] !== record.id) throw new MalformedError('a pin names another record than it holds')
  if (roomTagOf(record) !== roomTagOf(pin)) throw new MalformedError('a pin holds a record of another room')
  if (expiresAt(pin) !== expiresAt(record)) throw new MalformedError('a pin expires when what it holds does')
  check(record)
  return record
}

/** Give the record inside *pin*, signed by its author; throws MalformedError as `pinnedIn`, or when nobody signed it. */
export function checkedIn(pin: Record): Record {
  const record = pinnedIn(pin)
  if (!hasValidSignature(record)) throw new MalformedError('a pin holds a record that its author did not sign')
  return record
}

function read(content: string): Record {
  const wire = decode(content)
  try {
    return decodeRecord(wire)
  } catch (error) {
    if (error instanceof MalformedError) throw new MalformedError('a pin holds no record', { cause: error })
    throw error
  }
}

function decode(content: string): Uint8Array {
  try {
    const wire = Uint8Array.from(atob(content), character => character.charCodeAt(0))
    // Of one record there is one text only.
    if (encode(wire) === content) return wire
  } catch {
    // What it is instead is of no use to anybody.
  }
  throw new MalformedError('the content of a pin is not base64')
}

function encode(wire: Uint8Array): string {
  return btoa(Array.from(wire, byte => String.fromCharCode(byte)).join(''))
}

function check(record: Record): void {
  const { kind, wire } = record
  if (kind === KIND_DELETION || kind === KIND_PIN || isEphemeralKind(kind)) {
    throw new MalformedError(`records of kind ${kind} cannot be pinned`)
  }
  if (wire.length > PIN_BYTES_MAX) {
    throw new MalformedError(`a record of ${wire.length} bytes; what is pinned has at most ${PIN_BYTES_MAX}`)
  }
}
