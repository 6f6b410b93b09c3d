/**
 * Texts between two keys (NIP-44, version 2): ChaCha20 by what only these two can work out, then HMAC-SHA-256.
 *
 * Import this file lazily: few pages need it.
 */

import { chacha20 } from '@noble/ciphers/chacha.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError, MalformedError } from '../errors.ts'
import { isPublicKey, type PublicKey, type SecretKey } from './keys.ts'

export const NONCE_BYTES = 32
export const SEALED_TEXT_BYTES_MAX = 65_535
export const PAYLOAD_CHARACTERS_MIN = 132
export const PAYLOAD_CHARACTERS_MAX = 87_472

const VERSION = 2
const SALT = utf8ToBytes('nip44-v2')
const MAC_BYTES = 32
const KEYS_BYTES = 76
const CHUNK_BYTES_MIN = 32
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** Give the 32 bytes that *key* and *other* share, the same at both ends; throws ConfigError when *other* is no key. */
export function conversationKey(key: SecretKey, other: PublicKey): Uint8Array {
  if (!isPublicKey(other)) throw new ConfigError(`${other} is no public key of secp256k1`)
  const shared = secp256k1.getSharedSecret(key.secret, hexToBytes(`02${other}`)).subarray(1, 33)
  return extract(sha256, shared, SALT)
}

/**
 * Seal *text* for who shares *conversation*; *nonce* is 32 random bytes, fresh.
 *
 * Throws ConfigError when it is empty, or longer than 65,535 bytes of UTF-8.
 */
export function sealText(text: string, conversation: Uint8Array, nonce: Uint8Array): string {
  const data = utf8ToBytes(text)
  if (data.length < 1 || data.length > SEALED_TEXT_BYTES_MAX) {
    throw new ConfigError(`what is sealed has 1 to ${SEALED_TEXT_BYTES_MAX} bytes, not ${data.length}`)
  }
  const padded = new Uint8Array(2 + paddedBytes(data.length))
  new DataView(padded.buffer).setUint16(0, data.length)
  padded.set(data, 2)
  const { cipherKey, cipherNonce, macKey } = keysOf(conversation, nonce)
  const sealed = chacha20(cipherKey, cipherNonce, padded)
  const mac = hmac(sha256, macKey, concatBytes(nonce, sealed))
  return toBase64(concatBytes(Uint8Array.of(VERSION), nonce, sealed, mac))
}

/** Open what `sealText` made of a text; throws MalformedError when it was not sealed for us, or is damaged. */
export function openText(payload: string, conversation: Uint8Array): string {
  const isSized = payload.length >= PAYLOAD_CHARACTERS_MIN && payload.length <= PAYLOAD_CHARACTERS_MAX
  if (!isSized || payload.length % 4 !== 0 || !BASE64.test(payload)) {
    throw new MalformedError('no sealed text of version 2 (NIP-44)')
  }
  const data = Uint8Array.from(atob(payload), character => character.charCodeAt(0))
  if (data[0] !== VERSION) throw new MalformedError('a sealed text of another version than 2 (NIP-44)')
  const nonce = data.subarray(1, 1 + NONCE_BYTES)
  const sealed = data.subarray(1 + NONCE_BYTES, -MAC_BYTES)
  const { cipherKey, cipherNonce, macKey } = keysOf(conversation, nonce)
  const mac = hmac(sha256, macKey, concatBytes(nonce, sealed))
  const difference = mac.reduce((all, byte, at) => all | (byte ^ (data[data.length - MAC_BYTES + at] ?? 0)), 0)
  if (difference !== 0) throw new MalformedError('a sealed text that is damaged, or for somebody else')
  return unpad(chacha20(cipherKey, cipherNonce, sealed))
}

/** Say how long a text of *size* bytes is made, so that its length tells less. */
export function paddedBytes(size: number): number {
  if (size <= CHUNK_BYTES_MIN) return CHUNK_BYTES_MIN
  const power = 2 ** (32 - Math.clz32(size - 1))
  const chunk = Math.max(CHUNK_BYTES_MIN, power / 8)
  return chunk * (Math.floor((size - 1) / chunk) + 1)
}

function unpad(padded: Uint8Array): string {
  const size = new DataView(padded.buffer, padded.byteOffset).getUint16(0)
  if (size === 0 || padded.length !== 2 + paddedBytes(size))
    throw new MalformedError('a sealed text with wrong padding')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(padded.subarray(2, 2 + size))
  } catch {
    throw new MalformedError('a sealed text that is no UTF-8')
  }
}

function keysOf(conversation: Uint8Array, nonce: Uint8Array) {
  const keys = expand(sha256, conversation, nonce, KEYS_BYTES)
  return { cipherKey: keys.subarray(0, 32), cipherNonce: keys.subarray(32, 44), macKey: keys.subarray(44) }
}

function toBase64(data: Uint8Array): string {
  let text = ''
  for (const byte of data) text += String.fromCharCode(byte)
  return btoa(text)
}
