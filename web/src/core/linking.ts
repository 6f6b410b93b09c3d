/**
 * Linking devices: a new device asks by a text, and a key that is elsewhere lets it write in its place by a grant.
 *
 * A request is `peerset-link:` and base64url (RFC 4648, section 5, without padding) of device 32 bytes | room tag 16 |
 * nonce 16 | until u64 | signature 64 | name in UTF-8. The signature is the device's (BIP-340) over
 * SHA-256("peerset/link/1" | device | room tag | nonce | until | name). What answers it is sealed for the device (NIP-44)
 * and holds a grant, never a secret (docs/protocol.md, "Linked devices").
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { MalformedError } from '../errors.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import type { UnixTime } from './clock.ts'
import type { GrantSigner } from './grant.ts'
import { isPublicKey, KEY_BYTES, type PublicKey, SIGNATURE_BYTES, verify } from './keys.ts'
import { DEVICE_NAME_BYTES_MAX, INTEGER_MAX } from './limits.ts'
import type { RoomTag } from './signal.ts'

export const PREFIX = 'peerset-link:'
export const LINK_NONCE_BYTES = 16
export const LINK_CHARACTERS_MAX = 512
/** For how long at most a request may be accepted. */
export const LINK_SECONDS_MAX = 3_600

const DOMAIN = utf8ToBytes('peerset/link/1')
const TAG_BYTES = 16
const NONCE = KEY_BYTES + TAG_BYTES
const UNTIL = NONCE + LINK_NONCE_BYTES
const SIGNATURE = UNTIL + 8
const NAME = SIGNATURE + SIGNATURE_BYTES
const DAMAGED = 'what a new device shows is damaged'
const HEX = /^[0-9a-f]{32}$/
const CONTROL = /[\p{Cc}\p{Cs}]/u

/** What a device asks, before it is signed. */
export interface LinkTerms {
  readonly roomTag: RoomTag
  /** 16 bytes, drawn for this request. */
  readonly nonce: Uint8Array
  /** The last second at which it is to be accepted. */
  readonly until: UnixTime
  /** What its user calls the device. */
  readonly name: string
}

/** What a device asks; whether it asked so is told by `isGenuineLink`. */
export interface LinkRequest extends LinkTerms {
  readonly device: PublicKey
  readonly signature: Uint8Array
}

/** What the key that is elsewhere gives the device. */
export interface LinkAnswer {
  readonly grant: string
  readonly name: string
  /** Of the request that it answers, in hex. */
  readonly nonce: string
}

/**
 * Ask to write in a room for a key that is elsewhere.
 *
 * Throws MalformedError when the name is none that a device can have, or the time is none.
 */
export function signLink(key: GrantSigner, terms: LinkTerms): LinkRequest {
  const unsigned = { ...terms, device: key.publicKey, signature: new Uint8Array(SIGNATURE_BYTES) }
  check(unsigned)
  return { ...unsigned, signature: key.sign(digest(unsigned)) }
}

/** Write a request, to be shown as a QR code or copied. */
export function linkText(request: LinkRequest): string {
  const data = concatBytes(termBytes(request), request.signature, utf8ToBytes(request.name))
  return PREFIX + encodeBase64url(data)
}

/** Say whether its device signed it. */
export function isGenuineLink(request: LinkRequest): boolean {
  return verify(request.device, digest(request), request.signature)
}

/** Read a request, of which the signature is not checked; throws MalformedError for what is none in the one form it has. */
export function readLink(text: string): LinkRequest {
  const bare = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  // What is far too long is not decoded first.
  if (bare.length > LINK_CHARACTERS_MAX || !bare.startsWith(PREFIX)) {
    throw new MalformedError(
      `what a new device shows begins with ${PREFIX} and has at most ${LINK_CHARACTERS_MAX} characters`,
    )
  }
  const data = decode(bare.slice(PREFIX.length))
  if (data.length < NAME) throw new MalformedError(DAMAGED)
  const request = {
    device: bytesToHex(data.subarray(0, KEY_BYTES)) as PublicKey,
    roomTag: bytesToHex(data.subarray(KEY_BYTES, NONCE)) as RoomTag,
    nonce: data.slice(NONCE, UNTIL),
    until: Number(new DataView(data.buffer).getBigUint64(UNTIL)) as UnixTime,
    signature: data.slice(SIGNATURE, NAME),
    name: textIn(data.subarray(NAME)),
  }
  check(request)
  if (linkText(request) !== bare) throw new MalformedError(DAMAGED)
  return request
}

/** Write what is sealed for the device. */
export function encodeAnswer({ grant, name, nonce }: LinkAnswer): string {
  return JSON.stringify({ grant, name, nonce })
}

/** Read what was sealed for a device, of which the grant is not read; throws MalformedError for what is no answer. */
export function decodeAnswer(text: string): LinkAnswer {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {}
  const { grant, name, nonce } = Object(said)
  if (typeof grant === 'string' && typeof name === 'string' && typeof nonce === 'string' && HEX.test(nonce)) {
    return { grant, name, nonce }
  }
  throw new MalformedError('no answer to a device')
}

function check({ device, nonce, until, name }: LinkRequest): void {
  if (!isPublicKey(device)) throw new MalformedError('a device has a public key of secp256k1')
  if (nonce.length !== LINK_NONCE_BYTES) throw new MalformedError(DAMAGED)
  if (!(until >= 0 && until <= INTEGER_MAX)) {
    throw new MalformedError(`a device asks until ${until}, which is no time`)
  }
  if (/^ *$/.test(name) || CONTROL.test(name) || utf8ToBytes(name).length > DEVICE_NAME_BYTES_MAX) {
    throw new MalformedError(`a device is called by 1 to ${DEVICE_NAME_BYTES_MAX} bytes without control characters`)
  }
}

function termBytes({ device, roomTag, nonce, until }: LinkRequest): Uint8Array {
  const time = new DataView(new ArrayBuffer(8))
  time.setBigUint64(0, BigInt(until))
  return concatBytes(hexToBytes(device), hexToBytes(roomTag), nonce, new Uint8Array(time.buffer))
}

function digest(request: LinkRequest): Uint8Array {
  return sha256(concatBytes(DOMAIN, termBytes(request), utf8ToBytes(request.name)))
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64url(text)
  } catch {
    throw new MalformedError(DAMAGED)
  }
}

function textIn(data: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    throw new MalformedError(DAMAGED)
  }
}
