/**
 * The script `libsodium.js`: Argon2id (RFC 9106) of libsodium, which makes the same secrets in Python, as WebAssembly.
 *
 * One module without imports, so that a worker loads it from wherever it lies; it is loaded for passphrases alone.
 */

import start, { type Sodium } from 'libsodium-sumo'
import { SEAL_KDF_BYTES, SEAL_KDF_PASSES } from '../core/limits.ts'
import { type Passphrase, SECRET_BYTES } from '../core/seal.ts'

/** The name that `crypto_pwhash` has for Argon2id, version 1.3. */
const ARGON2ID13 = 2

/**
 * Make a secret of a passphrase.
 *
 * Throws whatever WebAssembly throws, and a RangeError where there are no 64 MiB of memory.
 */
export async function argon2id({ text, salt }: Passphrase): Promise<Uint8Array> {
  const sodium = await start({ getRandomValue })
  sodium._sodium_init()
  const secret = sodium._malloc(SECRET_BYTES)
  const [texts, salts] = [placed(sodium, text), placed(sodium, salt)]
  // Sizes of 64 bits go as two numbers.
  const failed = sodium._crypto_pwhash(
    ...[secret, SECRET_BYTES, 0],
    ...[texts, text.length, 0],
    ...[salts, SEAL_KDF_PASSES, 0, SEAL_KDF_BYTES, ARGON2ID13],
  )
  if (failed !== 0) throw new RangeError('there is not enough memory for Argon2id')
  return sodium.HEAPU8.slice(secret, secret + SECRET_BYTES)
}

/** Copy *bytes* to where libsodium can read them; give their place. */
function placed(sodium: Sodium, bytes: Uint8Array): number {
  const place = sodium._malloc(bytes.length)
  sodium.HEAPU8.set(bytes, place)
  return place
}

function getRandomValue(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
}
