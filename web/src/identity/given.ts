/** Who signs, by what a program gives: a key, its text, a signer, or the address of one elsewhere; loaded once one is given. */

import type { Reach } from '../adapters/reach.ts'
import { isPublicKey, SecretKey } from '../core/keys.ts'
import type { Rng } from '../core/rng.ts'
import { ConfigError } from '../errors.ts'
import type { Signer } from '../ports.ts'
import { bunkerSigner, keySigner, type RemoteSigner } from './signers.ts'

/** Whoever can be given as who signs. */
export type AnyAuthor = SecretKey | string | Signer

/** Who a peer is in its sessions, and who signs what is written. */
export interface Identity {
  readonly key: SecretKey
  readonly signer: Signer
  /** Signs in parts of the room; the signer, when left out. */
  readonly part?: AnyAuthor
  /** Ends what was connected for it. */
  readonly close?: () => void
}

/** Say whether *given* is meant as the address of a signer elsewhere (NIP-46). */
export function isBunkerAddress(given: unknown): given is string {
  return typeof given === 'string' && /^\s*bunker:\/\//i.test(given)
}

/**
 * Read who is a member: what is elsewhere is connected, until it is closed. What signs for a room never signs for a session.
 *
 * Refused with a ConfigError for what is neither key, nsec text, signer nor address, or when the signer refuses us, and with a
 * SignalingError when it cannot be reached.
 */
export async function identityOf(given: AnyAuthor, rng: Rng, WebSocket: Reach['WebSocket']): Promise<Identity> {
  if (isBunkerAddress(given)) {
    const signer = await holdSigner(given.trim(), WebSocket)
    return { key: SecretKey.generate(rng), signer, close: signer.close }
  }
  if (isSigner(given)) return { key: SecretKey.generate(rng), signer: checkSigner(given) }
  const key = readKey(given)
  return { key, signer: keySigner(key), part: key }
}

/** Give *signer* if it is one; throws ConfigError otherwise. */
export function checkSigner(signer: Signer): Signer {
  if (typeof signer.sign === 'function' && isPublicKey(signer.publicKey)) return signer
  throw new ConfigError('a signer has a publicKey, 64 hexadecimal digits, and a function sign')
}

/** Give who signs with what a user or program gives; throws ConfigError for what is neither key, nsec text nor signer. */
export function signerOf(given: AnyAuthor): Signer {
  return isSigner(given) ? checkSigner(given) : keySigner(readKey(given))
}

/**
 * Read a key from what a user or program gives: a key, or its nsec text.
 *
 * Throws ConfigError for anything else. Hexadecimal digits are not read: a public key looks like a secret one there.
 */
export function readKey(key: SecretKey | string): SecretKey {
  if (key instanceof SecretKey) return key
  if (typeof key !== 'string')
    throw new ConfigError('a key is a SecretKey, its nsec text, a signer or its bunker:// address')
  return SecretKey.fromNsec(key.trim())
}

interface Held {
  readonly connecting: Promise<RemoteSigner>
  holders: number
}

/** What this page is connected to, by address: all that is joined by one is signed over one connection. */
const held = new Map<string, Held>()

/** Share the connection to the signer at *address*; who closes it last ends it. Refused as `bunkerSigner` is. */
export async function holdSigner(address: string, WebSocket?: Reach['WebSocket']): Promise<RemoteSigner> {
  const entry = held.get(address) ?? { connecting: bunkerSigner(address, { WebSocket }), holders: 0 }
  held.set(address, entry)
  entry.holders += 1
  const end = () => {
    entry.holders -= 1
    if (entry.holders === 0 && held.get(address) === entry) held.delete(address)
    return entry.holders === 0
  }
  let isOpen = true
  try {
    const signer = await entry.connecting
    const close = () => {
      if (isOpen && end()) signer.close()
      isOpen = false
    }
    return { ...signer, close }
  } catch (error) {
    end()
    throw error
  }
}

function isSigner(given: AnyAuthor): given is Signer {
  return typeof given === 'object' && given !== null && !(given instanceof SecretKey)
}
