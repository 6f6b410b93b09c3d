/** What people type, as what it means: keys, ids and whom a ban is about; and how errors show what cannot be meant. */

import { ConfigError } from '../errors.ts'
import { isPublicKey, type PublicKey, parseNpub } from './keys.ts'
import type { RecordId } from './record.ts'

const SHOWN_CHARACTERS_MAX = 80
const SECRET = /^\s*(?:nsec1|ncryptsec1)/i
const HEX = /^[0-9a-f]{64}$/
const ADDRESS = /^(?=.*[.:])[0-9A-Fa-f.:]{2,45}$/

/** Write *value* for an error: short, and never a secret. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && SECRET.test(value)) return 'a secret key'
  const isNested = (typeof value === 'object' && value !== null) || typeof value === 'function'
  const text = isNested
    ? `a value of type ${typeof value}`
    : typeof value === 'string'
      ? JSON.stringify(value)
      : String(value)
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX - 1)}…`
}

/** Read an author: an npub, or 64 hexadecimal digits; throws ConfigError for anything else. */
export function readAuthor(value: unknown): PublicKey {
  const text = typeof value === 'string' ? value.trim() : ''
  if (text.toLowerCase().startsWith('npub1')) return parseNpub(text)
  const key = text.toLowerCase()
  if (!HEX.test(key)) throw new ConfigError(`a key is an npub or 64 hexadecimal digits, not ${shown(value)}`)
  if (!isPublicKey(key)) throw new ConfigError(`${shown(value)} is no public key of secp256k1`)
  return key
}

/** Read the 64 hexadecimal digits of a record's id; throws ConfigError for anything else. */
export function readId(value: unknown): RecordId {
  const id = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (HEX.test(id)) return id as RecordId
  throw new ConfigError(`an id has 64 hexadecimal digits, not ${shown(value)}`)
}

/** Read whom a ban is about: a key, or a network address; throws ConfigError for anything else. */
export function readSubject(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : ''
  if (ADDRESS.test(text)) return text
  try {
    return readAuthor(value)
  } catch {
    throw new ConfigError(`${shown(value)} is no npub, no key in hex and no IP address`)
  }
}
