/**
 * Secret keys sealed by a passphrase: ncryptsec texts (NIP-49).
 *
 * The passphrase goes through scrypt (RFC 7914) to a key for XChaCha20-Poly1305. Slow by design: half a second or
 * more, in slices of 10 ms so that a page stays responsive. Import this file lazily; nothing else needs its ciphers.
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { decode, encode } from './bech32.ts'
import { KEY_BYTES, SecretKey } from './keys.ts'

export const PREFIX = 'ncryptsec'
export const SALT_BYTES = 16
export const NONCE_BYTES = 24
/** 2^16 rounds of scrypt: 64 MiB of memory. */
export const LOG_N_DEFAULT = 16
/** 2^18 rounds of scrypt: 256 MiB; a text from elsewhere says how many rounds it takes, and so how much memory. */
export const LOG_N_MAX = 18

const VERSION = 2
const SCRYPT_BLOCK = 8
/** Whether the key was ever stored in the clear is not tracked. */
const SECURITY_UNTRACKED = 2
const HEAD_BYTES = 2
const TAG_BYTES = 16
const SEALED_BYTES = HEAD_BYTES + SALT_BYTES + NONCE_BYTES + 1 + KEY_BYTES + TAG_BYTES
// With the flag u, a surrogate in a class matches only where it stands alone.
const SURROGATE = /[\ud800-\udfff]/u

/** What makes two seals of one key differ. */
export interface Seal {
  /** 16 random bytes, fresh. */
  readonly salt: Uint8Array
  /** 24 random bytes, fresh. */
  readonly nonce: Uint8Array
  /** 2^*logN* are the rounds of scrypt; 16 unless given. */
  readonly logN?: number
}

/**
 * Write *key* as ncryptsec text that only *passphrase* opens.
 *
 * Throws:
 *   ConfigError: the passphrase is empty or no Unicode text, or salt, nonce or logN have a wrong size.
 */
export async function sealKey(key: SecretKey, passphrase: string, seal: Seal): Promise<string> {
  const { salt, nonce, logN = LOG_N_DEFAULT } = seal
  if (salt.length !== SALT_BYTES || nonce.length !== NONCE_BYTES) {
    throw new ConfigError(`a salt must be ${SALT_BYTES} bytes and a nonce ${NONCE_BYTES}`)
  }
  const security = Uint8Array.of(SECURITY_UNTRACKED)
  const sealingKey = await derive(passphrase, salt, logN)
  const sealed = xchacha20poly1305(sealingKey, nonce, security).encrypt(key.secret)
  return encode(PREFIX, concatBytes(Uint8Array.of(VERSION, logN), salt, nonce, security, sealed))
}

/**
 * Read the key that ncryptsec *text* holds.
 *
 * Throws:
 *   ConfigError: it is no ncryptsec text, the passphrase is wrong, or opening it would take more memory than 2^18
 *     rounds of scrypt do (256 MiB).
 */
export async function unsealKey(text: string, passphrase: string): Promise<SecretKey> {
  const data = decode(PREFIX, text, SEALED_BYTES)
  const [version = 0, logN = 0] = data
  if (version !== VERSION) {
    throw new ConfigError(`ncryptsec of version ${version}; only version ${VERSION} can be read`)
  }
  const salt = data.subarray(HEAD_BYTES, HEAD_BYTES + SALT_BYTES)
  const rest = data.subarray(HEAD_BYTES + SALT_BYTES)
  const nonce = rest.subarray(0, NONCE_BYTES)
  const security = rest.subarray(NONCE_BYTES, NONCE_BYTES + 1)
  const sealingKey = await derive(passphrase, salt, logN)
  return new SecretKey(open(xchacha20poly1305(sealingKey, nonce, security), rest.subarray(NONCE_BYTES + 1)))
}

function open(cipher: ReturnType<typeof xchacha20poly1305>, sealed: Uint8Array): Uint8Array {
  try {
    return cipher.decrypt(sealed)
  } catch {
    throw new ConfigError('wrong passphrase, or the ncryptsec text is damaged')
  }
}

async function derive(passphrase: string, salt: Uint8Array, logN: number): Promise<Uint8Array> {
  if (!Number.isInteger(logN) || logN < 1 || logN > LOG_N_MAX) {
    throw new ConfigError(`2^${logN} rounds of scrypt; from 2^1 to 2^${LOG_N_MAX} can be used`)
  }
  if (passphrase === '' || SURROGATE.test(passphrase)) {
    throw new ConfigError('the passphrase is empty or has a lone surrogate')
  }
  const password = utf8ToBytes(passphrase.normalize('NFKC'))
  return await scryptAsync(password, salt, { N: 2 ** logN, r: SCRYPT_BLOCK, p: 1, dkLen: KEY_BYTES })
}
