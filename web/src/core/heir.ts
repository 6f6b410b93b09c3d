/**
 * Successions: a key names the one that writes on for it, by a text that stands in what the heir writes.
 *
 * A token is `heir1` and base64url (RFC 4648, section 5, without padding) of key 32 bytes | heir 32 | since u64 | signature 64.
 * The signature is that of the key (BIP-340) over SHA-256("peerset/heir/1" | heir | since). It stands in tags `["heir", token]`
 * of records: who signs one accepts, so nobody is an heir unwillingly (docs/protocol.md, "Heirs").
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { MalformedError } from '../errors.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import type { UnixTime } from './clock.ts'
import { isPublicKey, KEY_BYTES, type PublicKey, SIGNATURE_BYTES, verify } from './keys.ts'
import { HEIRS_MAX, INTEGER_MAX } from './limits.ts'
import { type Record, tagValues } from './record.ts'

export const HEIR_TAG = 'heir'
export const PREFIX = 'heir1'
export const HEIRS_CACHED = 4_096

const DOMAIN = utf8ToBytes('peerset/heir/1')
const TIME_BYTES = 8
const SINCE = 2 * KEY_BYTES
const SIGNATURE = SINCE + TIME_BYTES
const BYTES = SIGNATURE + SIGNATURE_BYTES
const CHARACTERS = PREFIX.length + Math.ceil((BYTES * 8) / 6)

/** What a token says; whether its key said so is told by `isNamed`. */
export interface Succession {
  readonly key: PublicKey
  readonly heir: PublicKey
  /** The first createdAt of what the heir writes for it. */
  readonly since: UnixTime
  readonly signature: Uint8Array
}

/** Whoever names an heir: a key that is here. */
export interface SuccessionSigner {
  readonly publicKey: PublicKey
  sign(message: Uint8Array): Uint8Array
}

/** Say whether *text* is meant as a token. */
export function isSuccession(text: string): boolean {
  return text.startsWith(PREFIX)
}

/** Name *heir*, who writes on for *key* from *since* on; throws MalformedError when it is no other key, or that is no time. */
export function signSuccession(key: SuccessionSigner, heir: PublicKey, since: UnixTime): Succession {
  check(key.publicKey, heir, since)
  return { key: key.publicKey, heir, since, signature: key.sign(digest(heir, since)) }
}

/** Write the token. */
export function successionText({ key, heir, since, signature }: Succession): string {
  const data = concatBytes(hexToBytes(key), terms(heir, since), signature)
  return PREFIX + encodeBase64url(data)
}

/** Read a token, of which the signature is not checked; throws MalformedError for what is none in the one form it has. */
export function readSuccession(text: string): Succession {
  // What is far too long is not decoded first.
  if (text.length !== CHARACTERS || !isSuccession(text)) {
    throw new MalformedError(`the text by which a key names its heir has ${CHARACTERS} characters, from ${PREFIX} on`)
  }
  const data = decode(text.slice(PREFIX.length))
  const [key, heir] = [bytesToHex(data.subarray(0, KEY_BYTES)), bytesToHex(data.subarray(KEY_BYTES, SINCE))]
  const since = Number.parseInt(bytesToHex(data.subarray(SINCE, SIGNATURE)), 16) as UnixTime
  check(key, heir, since)
  const said = { key: key as PublicKey, heir: heir as PublicKey, since, signature: data.slice(SIGNATURE) }
  if (successionText(said) !== text) {
    throw new MalformedError('the text by which a key names its heir is written in another form')
  }
  return said
}

/** Say whether its key signed it. */
export function isNamed({ key, heir, since, signature }: Succession): boolean {
  return verify(key, digest(heir, since), signature)
}

/**
 * Give who wrote first what *author* writes on in *record*, by the successions that it carries; else *author*.
 *
 * The first names *author* as heir, each further one the key before; at the first that is not good the rest counts for
 * nothing, as does what leads back to a key that was passed. Signatures are verified once.
 */
export function firstOf(author: PublicKey, record: Record): PublicKey {
  const passed = [author]
  let found = author
  for (const text of tagValues(record, HEIR_TAG).slice(0, HEIRS_MAX)) {
    const said = knownSuccession(text)
    if (said?.heir !== found || said.since > record.createdAt || passed.includes(said.key)) break
    found = said.key
    passed.push(found)
  }
  return found
}

/** What was read before, the longest known first. */
const known = new Map<string, Succession | null>()

/** Give the succession of *text*, if it is one that its key signed; kept, once verified. */
export function knownSuccession(text: string): Succession | null {
  let said = known.get(text)
  if (said === undefined) {
    said = read(text)
    const [oldest] = known.keys()
    if (known.size >= HEIRS_CACHED && oldest !== undefined) known.delete(oldest)
    known.set(text, said)
  }
  return said
}

function read(text: string): Succession | null {
  try {
    const said = readSuccession(text)
    return isNamed(said) ? said : null
  } catch (error) {
    if (error instanceof MalformedError) return null
    throw error
  }
}

function check(key: string, heir: string, since: number): void {
  if (!isPublicKey(key) || !isPublicKey(heir) || key === heir) {
    throw new MalformedError('a key names another key as its heir')
  }
  if (!Number.isSafeInteger(since) || since < 0 || since > INTEGER_MAX)
    throw new MalformedError(`an heir since ${since}`)
}

function terms(heir: PublicKey, since: number): Uint8Array {
  return concatBytes(hexToBytes(heir), hexToBytes(since.toString(16).padStart(2 * TIME_BYTES, '0')))
}

function digest(heir: PublicKey, since: number): Uint8Array {
  return sha256(concatBytes(DOMAIN, terms(heir, since)))
}

function decode(text: string): Uint8Array {
  try {
    return decodeBase64url(text)
  } catch {
    throw new MalformedError('the text by which a key names its heir is no base64url')
  }
}
