/**
 * Secret keys as words that people write down (NIP-06): those of BIP-39, and the way from them to a key (BIP-32).
 *
 * Import this file lazily: the list of words alone takes 13 kB.
 */

import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { entropyToMnemonic, mnemonicToSeed, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { ConfigError } from '../errors.ts'
import { KEY_BYTES, SecretKey } from './keys.ts'

/** Of twelve words, as most programs draw them. */
export const WORDS_ENTROPY_BYTES = 16
export const WORD_COUNTS: readonly number[] = [12, 15, 18, 21, 24]
export const ACCOUNT_MAX = 2 ** 31 - 1

const HARDENED = 2 ** 31
const PURPOSE = 44 + HARDENED
/** Nostr's number among the coins of SLIP-44. */
const COIN = 1237 + HARDENED

/** Which of the keys that some words stand for. */
export interface Account {
  readonly account?: number
  /** The one of BIP-39: with another one, the same words stand for another key. */
  readonly passphrase?: string
}

/**
 * Give the key that *words* of the English list stand for: of an account, 0 unless given, by the path
 * m/44'/1237'/account'/0/0.
 *
 * Refused with a ConfigError when there are too few or too many words, one is not in the list, or they do not fit each
 * other; the message repeats none. Or the account is out of range.
 */
export async function keyOfWords(words: string, { account = 0, passphrase = '' }: Account = {}): Promise<SecretKey> {
  if (!Number.isInteger(account) || account < 0 || account > ACCOUNT_MAX) {
    throw new ConfigError(`an account is a number from 0 to ${ACCOUNT_MAX}, not ${account}`)
  }
  const said = words.toLowerCase().split(/\s+/u).filter(Boolean)
  check(said)
  const seed = await mnemonicToSeed(said.join(' '), passphrase)
  return new SecretKey(derive(seed, [PURPOSE, COIN, account + HARDENED, 0, 0]))
}

/** Write *entropy*, 16 random bytes or up to 32, as words of the English list. */
export function wordsOf(entropy: Uint8Array): string {
  return entropyToMnemonic(entropy, wordlist)
}

const SHARE_WORDS = 33

function check(words: readonly string[]): void {
  if (!WORD_COUNTS.includes(words.length)) {
    const hint = words.length === SHARE_WORDS ? ': so many are a share (SLIP-39); peerset keys join takes shares' : ''
    throw new ConfigError(`words of a key are ${WORD_COUNTS.join(', ')}, not ${words.length}${hint}`)
  }
  const wrong = words.findIndex(word => !wordlist.includes(word))
  if (wrong >= 0) {
    throw new ConfigError(
      `word ${wrong + 1} of ${words.length} is not in the English list of BIP-39: is it spelled right?`,
    )
  }
  if (!validateMnemonic(words.join(' '), wordlist)) {
    throw new ConfigError('the words do not fit each other: is one of them another, or are they in another order?')
  }
}

/** Go down from *seed* along *path* (BIP-32); give the 32 bytes of the secret there. */
function derive(seed: Uint8Array, path: readonly number[]): Uint8Array {
  const { ORDER } = secp256k1.Point.Fn
  let [secret, chain] = halves(utf8ToBytes('Bitcoin seed'), seed)
  for (const index of path) {
    const parent = index >= HARDENED ? concatBytes(Uint8Array.of(0), secret) : secp256k1.getPublicKey(secret, true)
    const [left, next] = halves(chain, concatBytes(parent, numberToBytesBE(index, 4)))
    secret = numberToBytesBE((bytesToNumberBE(left) + bytesToNumberBE(secret)) % ORDER, KEY_BYTES)
    chain = next
  }
  return secret
}

function halves(key: Uint8Array, data: Uint8Array): [left: Uint8Array, right: Uint8Array] {
  const digest = hmac(sha512, key, data)
  return [digest.subarray(0, KEY_BYTES), digest.subarray(KEY_BYTES)]
}
