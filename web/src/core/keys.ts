/** secp256k1 keys and Schnorr signatures (BIP-340) by noble, and their texts npub and nsec (NIP-19). */
import { schnorr } from '@noble/curves/secp256k1.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { decode, encode } from './bech32.ts'
import type { Rng } from './rng.ts'

/** 32 bytes in hex: the x coordinate of an author's point (BIP-340), shown to people as npub (NIP-19). */
export type PublicKey = string & { readonly is: 'PublicKey' }

export const KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
export const MESSAGE_BYTES = 32
export const AUX_ZERO: Uint8Array = new Uint8Array(32)
export const PARSED_KEYS_CACHED = 4_096

/** A signing key; neither logging nor JSON shows it. */
export class SecretKey {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** The author key that belongs to this secret. */
  readonly publicKey: PublicKey
  readonly #secret: Uint8Array

  /**
   * Take the 32 bytes *secret*, big-endian; a copy is kept.
   *
   * Throws:
   *   ConfigError: *secret* is not 32 bytes, is zero, or not below the order of the curve.
   */
  constructor(secret: Uint8Array) {
    if (secret.length !== KEY_BYTES) {
      throw new ConfigError(`a secret key must be ${KEY_BYTES} bytes, not ${secret.length}`)
    }
    this.#secret = new Uint8Array(secret)
    try {
      this.publicKey = bytesToHex(schnorr.getPublicKey(this.#secret)) as PublicKey
    } catch {
      throw new ConfigError('the secret key is zero or not below the order of secp256k1')
    }
  }

  /** Draw a key from *rng*, which must be the system's outside simulations. */
  static generate(rng: Rng): SecretKey {
    return new SecretKey(rng.randomBytes(KEY_BYTES))
  }

  /**
   * Read a key from its nsec text (NIP-19).
   *
   * Throws:
   *   ConfigError: *text* is not a valid nsec; the message does not repeat it.
   */
  static fromNsec(text: string): SecretKey {
    return new SecretKey(decode('nsec', text))
  }

  /** Give a copy of the 32 bytes: whoever has them can sign as this author. */
  get secret(): Uint8Array {
    return new Uint8Array(this.#secret)
  }

  /** Write the secret as nsec text (NIP-19): whoever reads it can sign as this author. */
  toNsec(): string {
    return encode('nsec', this.#secret)
  }

  /**
   * Sign the 32-byte *message*; give the 64-byte BIP-340 signature, verified before it is given.
   *
   * *aux* is 32 bytes that are mixed into the nonce. BIP-340 allows zeros, which make signatures repeatable; random
   * bytes also protect against someone who measures this machine's power or radiation.
   *
   * Throws:
   *   ConfigError: *message* or *aux* is not 32 bytes.
   */
  sign(message: Uint8Array, aux: Uint8Array = AUX_ZERO): Uint8Array {
    if (message.length !== MESSAGE_BYTES || aux.length !== AUX_ZERO.length) {
      throw new ConfigError(`a message to sign must be ${MESSAGE_BYTES} bytes and aux ${AUX_ZERO.length}`)
    }
    return schnorr.sign(message, this.#secret, aux)
  }
}

/** Say whether *signature* over the 32-byte *message* is *publicKey*'s (BIP-340); wrong lengths are not. */
export function verify(publicKey: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || message.length !== MESSAGE_BYTES || !isPublicKey(publicKey)) {
    return false
  }
  return schnorr.verify(signature, message, hexToBytes(publicKey))
}

/** Say whether *text* is 32 bytes in lower-case hex that name a point of the curve. */
export function isPublicKey(text: string): text is PublicKey {
  let isPoint = parsedKeys.get(text)
  if (isPoint === undefined) {
    isPoint = parse(text)
    remember(text, isPoint)
  }
  return isPoint
}

/** Write *publicKey* as people see it (NIP-19). */
export function npub(publicKey: PublicKey): string {
  return encode('npub', hexToBytes(publicKey))
}

/**
 * Read a public key from its npub text (NIP-19).
 *
 * Throws:
 *   ConfigError: *text* is not a valid npub, or names no point of the curve.
 */
export function parseNpub(text: string): PublicKey {
  const publicKey = bytesToHex(decode('npub', text))
  if (!isPublicKey(publicKey)) {
    throw new ConfigError(`${text} is no public key of secp256k1`)
  }
  return publicKey
}

const HEX_KEY = /^[0-9a-f]{64}$/

/** Whether texts name points, the longest known first: the same authors come again and again. */
const parsedKeys = new Map<string, boolean>()

function parse(text: string): boolean {
  if (!HEX_KEY.test(text)) {
    return false
  }
  try {
    schnorr.utils.lift_x(BigInt(`0x${text}`))
    return true
  } catch {
    return false
  }
}

function remember(text: string, isPoint: boolean): void {
  const [oldest] = parsedKeys.keys()
  if (parsedKeys.size >= PARSED_KEYS_CACHED && oldest !== undefined) {
    parsedKeys.delete(oldest)
  }
  parsedKeys.set(text, isPoint)
}
