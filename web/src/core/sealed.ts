/**
 * What a neighbour passes on without reading it: sealed by the keys of both ends (docs/protocol.md, "Introductions").
 *
 * A sealed text is the sender's key, a salt, and ChaCha20-Poly1305 of the text under a key that only the two ends can
 * work out. So it can be opened by whom it is for alone, and only whose key stands in it can have made it.
 */

import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { schnorr } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { LocalProtocolError } from '../errors.ts'
import { isPublicKey, KEY_BYTES, type PublicKey, type SecretKey } from './keys.ts'

export const SALT_BYTES = 16

const DOMAIN = utf8ToBytes('peerset/introduce/1')
/** A salt makes each key one of its own, so that all can have the same. */
const NONCE = new Uint8Array(12)

/** What must be the same to open a text, and what makes each seal another: 16 random bytes, fresh. */
export interface Circumstances {
  readonly context: Uint8Array
  readonly salt: Uint8Array
}

/**
 * Seal *text* by *key* for the owner of *to*.
 *
 * Throws:
 *   LocalProtocolError: *to* names no point of the curve, or the salt has another size.
 */
export function seal(text: Uint8Array, key: SecretKey, to: PublicKey, { context, salt }: Circumstances): Uint8Array {
  if (!isPublicKey(to) || salt.length !== SALT_BYTES) {
    throw new LocalProtocolError(`cannot seal for ${String(to)} with a salt of ${salt.length} bytes`)
  }
  const [source, target] = [hexToBytes(key.publicKey), hexToBytes(to)]
  const sealing = derive([agree(key, to), source, target, salt, context])
  return concatBytes(source, salt, chacha20poly1305(sealing, NONCE).encrypt(text))
}

/** What was sealed, and by whom. */
export interface Unsealed {
  readonly source: PublicKey
  readonly text: Uint8Array
}

/** Open *data* by *key*; null when it was not sealed for us, in this context. */
export function unseal(data: Uint8Array, key: SecretKey, context: Uint8Array): Unsealed | null {
  const sender = data.subarray(0, KEY_BYTES)
  const salt = data.subarray(KEY_BYTES, KEY_BYTES + SALT_BYTES)
  const source = bytesToHex(sender)
  if (salt.length !== SALT_BYTES || !isPublicKey(source)) return null
  const opening = derive([agree(key, source), sender, hexToBytes(key.publicKey), salt, context])
  try {
    return { source, text: chacha20poly1305(opening, NONCE).decrypt(data.subarray(KEY_BYTES + SALT_BYTES)) }
  } catch {
    return null
  }
}

/** Give the x coordinate of the point that the owners of both keys can work out, and nobody else. */
function agree(key: SecretKey, other: PublicKey): Uint8Array {
  const point = schnorr.utils.lift_x(BigInt(`0x${other}`))
  return point
    .multiply(BigInt(`0x${bytesToHex(key.secret)}`))
    .toBytes()
    .subarray(1)
}

function derive(parts: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(DOMAIN, ...parts))
}
