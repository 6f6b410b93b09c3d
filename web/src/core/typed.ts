/**
 * What people type: keys, ids, and whom a ban is about; `room/asking.ts` reads whole queries.
 *
 * Every reader takes any value at all; what cannot be meant is a `ConfigError` that names it.
 */

import { ConfigError } from '../errors.ts'
import { addressText } from './deletion.ts'
import { isPublicKey, type PublicKey, SecretKey } from './keys.ts'
import { PHASE_SECONDS_MAX, PHASE_SECONDS_MIN, RETENTION_SECONDS_MAX, RETENTION_SECONDS_MIN } from './limits.ts'
import type { Records } from './lookup.ts'
import {
  type AddressPointer,
  decodeNip19,
  type EventPointer,
  isPointer,
  isSecret,
  type Pointer,
  type ProfilePointer,
} from './nip19.ts'
import type { Record, RecordId } from './record.ts'
import { shortened } from './signal.ts'

/** A public key as an npub, an nprofile or 64 hexadecimal digits; a secret key stands for its public one. */
export type AnyKey = string | SecretKey | ProfilePointer

/** A record, its id as note, nevent or 64 hexadecimal digits, or the first four or more; of naddr, the newest version. */
export type AnyId = string | Record | EventPointer | AddressPointer

const SHOWN_CHARACTERS_MAX = 80
const ID_DIGITS = 64
export const UNIT_SECONDS: { readonly [unit: string]: number } = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

const HEX = /^[0-9a-f]{64}$/
const BEGINNING = /^[0-9a-f]{4,64}$/

/** A count of units of time. */
export const SPAN: RegExp = /^(\d{1,9})([smhdw]?)$/

/** Write *value* for an error: short, and never a secret. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && isSecret(value)) return 'a secret key'
  const isNested = (typeof value === 'object' && value !== null) || typeof value === 'function'
  const text = isNested
    ? `a value of type ${typeof value}`
    : typeof value === 'string'
      ? JSON.stringify(value)
      : `${String(value)}${typeof value === 'bigint' ? 'n' : ''}`
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX - 1)}…`
}

/** Read an author or a peer's key; throws ConfigError for what is none. */
export function readAuthor(value: unknown): PublicKey {
  if (value instanceof SecretKey) return value.publicKey
  const pointer = pointed(value)
  if (pointer?.type === 'profile') return pointer.author
  if (pointer !== null) throw new ConfigError(`a key is wanted, such as npub1..., and ${shown(value)} names a record`)
  const key = lower(value)
  if (!HEX.test(key))
    throw new ConfigError(`a key is an npub or nprofile, or 64 hexadecimal digits, not ${shown(value)}`)
  if (!isPublicKey(key)) throw new ConfigError(`${shown(value)} is no public key of secp256k1`)
  return key
}

/**
 * Read a record's id; of one that is not whole, give its first digits, and of an address, that. Throws ConfigError for what
 * is none of these.
 */
export function readId(value: unknown): string | AddressPointer {
  const pointer = pointed(value)
  if (pointer?.type === 'event') return pointer.id
  if (pointer?.type === 'address') return pointer
  if (pointer !== null) {
    throw new ConfigError(`a record is wanted, such as note1... or nevent1..., and ${shown(value)} names an author`)
  }
  const id = lower(isRecord(value) ? value.id : value)
  if (BEGINNING.test(id)) return id
  throw new ConfigError(`a record's id is 64 hexadecimal digits, or at least the first 4, not ${shown(value)}`)
}

/** Read a record's id where no beginning will do; throws ConfigError for anything else. */
export function readWholeId(value: unknown): RecordId {
  const id = readId(value)
  if (typeof id === 'string' && isWhole(id)) return id
  throw new ConfigError(`the whole id is needed here, 64 hexadecimal digits, not ${shown(value)}`)
}

/**
 * Read a record's id, and find the one in *where* that begins as *value* does; null when none does. An address means its
 * newest version.
 *
 * Refused with a ConfigError when it is no id, or several begin so.
 */
export async function findId(value: unknown, where: Records): Promise<RecordId | null> {
  const given = readId(value)
  if (typeof given === 'string' && isWhole(given)) return given
  const { findBeginning, findNewest } = await import('./lookup.ts')
  return await (typeof given === 'string' ? findBeginning(given, where) : findNewest(given, where))
}

/** Name a record for an error: by the first digits of its id, or by its address. */
export function nameOf(value: unknown): string {
  const given = readId(value)
  return typeof given === 'string' ? shortened(given) : addressText(given.kind, given.author, given.key)
}

/** Find a record's id, as `findId` does; refused with a ConfigError when it is not in *where*. */
export async function requireId(value: unknown, where: Records): Promise<RecordId> {
  const found = await findId(value, where)
  if (found !== null) return found
  throw new ConfigError(`there is no record ${nameOf(value)} here`)
}

/**
 * Read for how long records are kept, in seconds: a number of them, or a text such as "30d".
 *
 * null, and the text "forever", mean as long as there are windows: 3,700 days. Throws a ConfigError for all else.
 */
export function readRetention(given: unknown, name = 'a retention'): number {
  if (given === null || given === 'forever') return RETENTION_SECONDS_MAX
  const seconds = spanSeconds(given)
  if (seconds >= RETENTION_SECONDS_MIN && seconds <= RETENTION_SECONDS_MAX) return seconds
  throw new ConfigError(`${name} is from an hour to 3,700 days, such as "30d", or "forever", not ${shown(given)}`)
}

/**
 * Read how long a room has one name towards trackers, in seconds: a number of them, or a text such as "6h".
 *
 * Throws a ConfigError for what is no time from an hour to 30 days.
 */
export function readPhases(given: unknown): number {
  const seconds = spanSeconds(given)
  if (seconds >= PHASE_SECONDS_MIN && seconds <= PHASE_SECONDS_MAX) return seconds
  throw new ConfigError(`phases are from an hour to 30 days long, such as "6h", not ${shown(given)}`)
}

/** Read a count of units of time, a number or a text, in seconds; 0 for what is none. */
function spanSeconds(given: unknown): number {
  // A list of one reads as what is in it.
  const [, count = '', unit = ''] = SPAN.exec(Object(given) === given ? '' : String(given).trim()) ?? []
  return Number(count) * (UNIT_SECONDS[unit] ?? 1)
}

/** Give the values of *value*, which a single one stands for too. */
export function several(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
    ? [...(value as Iterable<unknown>)]
    : [value]
}

/** Read a text called *name*; throws ConfigError for anything else. */
export function readText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new ConfigError(`${name} is a text, not ${shown(value)}`)
}

/** Say whether *value* is a record, and no event of a JSON parser. */
export function isRecord(value: unknown): value is Record {
  return typeof value === 'object' && value !== null && 'wire' in value
}

function isWhole(id: string): id is RecordId {
  return id.length === ID_DIGITS
}

/** Give a text in the form that digits are compared in; of anything else, an empty one. */
export function lower(value: unknown): string {
  return typeof value === 'string' ? value.trim().toLowerCase() : ''
}

/** Give what *value* names where it is text of NIP-19, or a pointer; null for all else. Throws as `decodeNip19`. */
function pointed(value: unknown): Pointer | null {
  if (typeof value === 'string') return isPointer(value) || isSecret(value) ? decodeNip19(value) : null
  const isNamed = typeof value === 'object' && value !== null && 'type' in value && 'relays' in value
  return isNamed ? (value as Pointer) : null
}
