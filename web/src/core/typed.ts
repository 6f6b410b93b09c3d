/**
 * What people type: keys, ids, and whom a ban is about; `room/asking.ts` reads whole queries.
 *
 * Every reader takes any value at all; what cannot be meant is a `ConfigError` that names it.
 */

import { bytesToHex } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { decode } from './bech32.ts'
import type { Entries } from './beginning.ts'
import { isPublicKey, type PublicKey, parseNpub, SecretKey } from './keys.ts'
import { RETENTION_SECONDS_MAX, RETENTION_SECONDS_MIN } from './limits.ts'
import type { Record, RecordId } from './record.ts'
import { shortened } from './signal.ts'

/** A public key as an npub or 64 hexadecimal digits; a secret key stands for its public one. */
export type AnyKey = string | SecretKey

/** A record, its id as 64 hexadecimal digits or as note1, or the first digits of it, four at least. */
export type AnyId = string | Record

const SHOWN_CHARACTERS_MAX = 80
const ID_DIGITS = 64
export const UNIT_SECONDS: { readonly [unit: string]: number } = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

const SECRET = /^\s*(?:nsec1|ncryptsec1)/i
const HEX = /^[0-9a-f]{64}$/
const BEGINNING = /^[0-9a-f]{4,64}$/

/** A count of units of time. */
export const SPAN: RegExp = /^(\d{1,9})([smhdw]?)$/

/** Write *value* for an error: short, and never a secret. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && SECRET.test(value)) return 'a secret key'
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
  const key = lower(value)
  if (key.startsWith('npub1')) return parseNpub(String(value).trim())
  if (!HEX.test(key)) throw new ConfigError(`a key is an npub or 64 hexadecimal digits, not ${shown(value)}`)
  if (!isPublicKey(key)) throw new ConfigError(`${shown(value)} is no public key of secp256k1`)
  return key
}

/** Read a record's id; of one that is not whole, give its first digits. Throws ConfigError for what is neither. */
export function readId(value: unknown): string {
  const id = lower(isRecord(value) ? value.id : value)
  if (id.startsWith('note1')) return bytesToHex(decode('note', String(value).trim()))
  if (BEGINNING.test(id)) return id
  throw new ConfigError(`a record's id is 64 hexadecimal digits, or at least the first 4, not ${shown(value)}`)
}

/** Read a record's id where no beginning will do; throws ConfigError for anything else. */
export function readWholeId(value: unknown): RecordId {
  const id = readId(value)
  if (isWhole(id)) return id
  throw new ConfigError(`the whole id is needed here, 64 hexadecimal digits, not ${shown(value)}`)
}

/**
 * Read a record's id, and find the one in *where* that begins as *value* does; null when none does.
 *
 * Refused with a ConfigError when it is no id, or several begin so.
 */
export async function findId(value: unknown, where: Entries): Promise<RecordId | null> {
  const given = readId(value)
  return isWhole(given) ? given : await (await import('./beginning.ts')).findBeginning(given, where)
}

/** Find a record's id, as `findId` does; refused with a ConfigError when it is not in *where*. */
export async function requireId(value: unknown, where: Entries): Promise<RecordId> {
  const found = await findId(value, where)
  if (found !== null) return found
  throw new ConfigError(`there is no record ${shortened(readId(value))} here`)
}

/**
 * Read for how long records are kept, in seconds: a number of them, or a text such as "30d".
 *
 * null, and the text "forever", mean as long as there are windows: 3,700 days. Throws a ConfigError for all else.
 */
export function readRetention(given: unknown, name = 'a retention'): number {
  if (given === null || given === 'forever') return RETENTION_SECONDS_MAX
  const [, count = '', unit = ''] = SPAN.exec(String(given).trim()) ?? []
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 1)
  if (seconds >= RETENTION_SECONDS_MIN && seconds <= RETENTION_SECONDS_MAX) return seconds
  throw new ConfigError(`${name} is from a day to 3,700 days, such as "30d", or "forever", not ${shown(given)}`)
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
