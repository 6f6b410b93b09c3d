/**
 * Secrets that seal a room, and the keys that are made of them (docs/protocol.md, "Sealed rooms").
 *
 * A secret is 32 random bytes, written `seal1...` (bech32, as NIP-19 writes keys), or made of a passphrase by Argon2id
 * (RFC 9106). Whoever has it reads what was sealed by it. It is not the room's password.
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { decode, encode } from './bech32.ts'
import { SEAL_PASSPHRASE_BYTES_MAX, SEALS_MAX } from './limits.ts'
import type { RoomTag } from './signal.ts'

/** 32 bytes that only those who may read a room know. */
export type Secret = Uint8Array & { readonly is: 'Secret' }

/** What the text of a secret begins with, before its "1". */
export const PREFIX = 'seal'
export const SECRET_BYTES = 32
export const SEAL_ID_BYTES = 8
export const HIDDEN_NAME_BYTES = 16

const SALT_BYTES = 16
/** Of so many names what stands for them is kept: working it out takes longer than decrypting a record. */
const NAMES_KEPT = 4_096
const KEPT_CHARACTERS_MAX = 128
const SURROGATE = /[\ud800-\udfff]/u

/** Write *secret* as `seal1...`. */
export function sealText(secret: Uint8Array): string {
  return encode(PREFIX, secret)
}

/** Say whether *text* begins as a written secret does, and so is no passphrase. */
export function isSealText(text: string): boolean {
  return text.trim().toLowerCase().startsWith(`${PREFIX}1`)
}

/**
 * Read a secret that was written as `seal1...`.
 *
 * Throws:
 *   ConfigError: it is none, or not whole; the message does not repeat *text*.
 */
export function readSealText(text: string): Secret {
  return decode(PREFIX, text.trim(), SECRET_BYTES) as Secret
}

/** What Argon2id makes a secret of. */
export interface Passphrase {
  readonly text: Uint8Array
  readonly salt: Uint8Array
}

/**
 * Read a passphrase for the room of this tag.
 *
 * Throws:
 *   ConfigError: it is empty, too long, or no Unicode text.
 */
export function readPassphrase(passphrase: string, roomTag: RoomTag): Passphrase {
  if (passphrase === '' || SURROGATE.test(passphrase)) {
    throw new ConfigError('the passphrase of the seal is empty or has a lone surrogate')
  }
  const text = utf8ToBytes(passphrase.normalize('NFKC'))
  if (text.length > SEAL_PASSPHRASE_BYTES_MAX) {
    throw new ConfigError(
      `the passphrase of the seal has ${text.length} bytes; at most ${SEAL_PASSPHRASE_BYTES_MAX} go`,
    )
  }
  const salt = sha256(concatBytes(utf8ToBytes('peerset/seal/1'), hexToBytes(roomTag))).subarray(0, SALT_BYTES)
  return { text, salt }
}

/** One secret of one room, as the keys that are made of it; it shows neither. */
export class Seal {
  readonly roomTag: RoomTag
  /** Tells this secret from others, in hex, and gives nothing of it away. */
  readonly id: string
  readonly #contentKey: Uint8Array
  readonly #tagKey: Uint8Array
  readonly #names = new Map<string, string>()

  constructor(secret: Secret, roomTag: RoomTag) {
    const derive = (what: string) =>
      hmac(sha256, secret, concatBytes(utf8ToBytes(`peerset/seal/${what}/1`), hexToBytes(roomTag)))
    this.roomTag = roomTag
    this.#contentKey = derive('content')
    this.#tagKey = derive('tags')
    this.id = bytesToHex(derive('id').subarray(0, SEAL_ID_BYTES))
  }

  /** Give a copy of the 32 bytes that encrypt content. */
  get contentKey(): Uint8Array {
    return new Uint8Array(this.#contentKey)
  }

  /** Give what stands for the value of a tag where all can see it: the same for the same name and value. */
  hidden(name: string, value: string): string {
    const text = `${name}\0${value}`
    const known = this.#names.get(text)
    if (known !== undefined) return known
    const made = bytesToHex(hmac(sha256, this.#tagKey, utf8ToBytes(text)).subarray(0, HIDDEN_NAME_BYTES))
    if (text.length > KEPT_CHARACTERS_MAX) return made
    if (this.#names.size >= NAMES_KEPT) this.#names.clear()
    this.#names.set(text, made)
    return made
  }
}

/** All the secrets of a room that its user has, the newest first: that one seals, each opens what it sealed. */
export class Seals {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly newest: Seal
  readonly byId: ReadonlyMap<string, Seal>

  constructor(newest: Seal, ...older: readonly Seal[]) {
    this.newest = newest
    this.byId = new Map([newest, ...older].map(seal => [seal.id, seal]))
  }

  /** Give what may stand for the value of a tag: by the newest secret, then by those before. */
  hidden(name: string, value: string): string[] {
    return [...this.byId.values()].map(seal => seal.hidden(name, value))
  }
}

/**
 * Make keys of secrets and passphrases, the newest first; *derive* makes a secret of a passphrase, slowly.
 *
 * Refused with a ConfigError when one of them is none, or they are too many, or none.
 */
export async function makeSeals(
  texts: readonly string[],
  roomTag: RoomTag,
  derive: (passphrase: Passphrase) => Promise<Uint8Array>,
): Promise<Seals> {
  checkSealTexts(texts)
  const seals: Seal[] = []
  for (const text of texts) {
    const secret = isSealText(text) ? readSealText(text) : await derive(readPassphrase(text, roomTag))
    seals.push(new Seal(secret as Secret, roomTag))
  }
  const [newest, ...older] = seals
  return new Seals(newest as Seal, ...older)
}

/**
 * Refuse what can be no seals, without the slow part.
 *
 * Throws:
 *   ConfigError: one of them is no secret though it begins so, or they are too many, or none.
 */
export function checkSealTexts(texts: readonly string[]): void {
  if (texts.length === 0 || texts.length > SEALS_MAX) {
    throw new ConfigError(`a room is sealed by 1 to ${SEALS_MAX} secrets, the newest first, not by ${texts.length}`)
  }
  for (const [place, text] of texts.entries()) {
    try {
      if (isSealText(text)) readSealText(text)
    } catch (error) {
      throw new ConfigError(`secret ${place + 1} of ${texts.length}: ${(error as Error).message}`)
    }
  }
}
