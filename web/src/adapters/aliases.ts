/**
 * Other names for peers, which only those can tell who know a key: what hears of a peer under two keys cannot tell so.
 *
 * An alias has the form of a peer id. Its 20 characters are two numbers of ten digits each, in base 62, and a Feistel network
 * of eight rounds makes one pair of the other, as in FF1 (NIST SP 800-38G), with SHA-256 as the function of its rounds. So
 * each alias is one peer's, and who knows the key finds whose.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { ID_LENGTH, type PeerId } from '../core/signal.ts'

/** What ids are written with, by the values of the characters as digits. */
const ALPHABET = '0123456789AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz'
const ID = /^[0-9A-Za-z]{20}$/

const ROUNDS = 8
const DIGITS = ID_LENGTH / 2
const BASE = BigInt(ALPHABET.length)
const HALVES = BASE ** BigInt(DIGITS)

/** The aliases of all peers under a key of 32 bytes. */
export class Aliases {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** Give the alias of *peer*. */
  of(peer: PeerId): PeerId {
    let [left, right] = halvesOf(peer)
    for (let number = 0; number < ROUNDS; number += 1) {
      ;[left, right] = [right, (left + this.#mixed(number, right)) % HALVES]
    }
    return textOf(left, right)
  }

  /** Give the peer that has *alias*, which may be any text; null when it is none. */
  peer(alias: string): PeerId | null {
    if (!ID.test(alias)) return null
    let [left, right] = halvesOf(alias)
    for (let number = ROUNDS - 1; number >= 0; number -= 1) {
      ;[left, right] = [(right - this.#mixed(number, left) + HALVES) % HALVES, left]
    }
    return textOf(left, right)
  }

  #mixed(number: number, half: bigint): bigint {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, half)
    return BigInt(`0x${bytesToHex(sha256(concatBytes(this.#key, Uint8Array.of(number), bytes)))}`) % HALVES
  }
}

function halvesOf(id: string): [left: bigint, right: bigint] {
  return [numberOf(id.slice(0, DIGITS)), numberOf(id.slice(DIGITS))]
}

function numberOf(text: string): bigint {
  return [...text].reduce((value, character) => value * BASE + BigInt(ALPHABET.indexOf(character)), 0n)
}

function textOf(...halves: readonly [left: bigint, right: bigint]): PeerId {
  return halves.map(digitsOf).join('') as PeerId
}

function digitsOf(number: bigint): string {
  let [rest, text] = [number, '']
  for (let place = 0; place < DIGITS; place += 1) {
    text = ALPHABET.charAt(Number(rest % BASE)) + text
    rest /= BASE
  }
  return text
}
