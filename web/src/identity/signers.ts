/** Who signs what the room's user writes: a key in this page, or an extension of the browser (NIP-07). */

import type { Reach } from '../adapters/reach.ts'
import { isPublicKey, SecretKey } from '../core/keys.ts'
import { signRecord } from '../core/record.ts'
import { ConfigError } from '../errors.ts'
import type { Signer } from '../ports.ts'

/** What an extension puts at `window.nostr` (NIP-07). */
export interface NostrExtension {
  getPublicKey(): Promise<string>
  signEvent(event: UnsignedEvent): Promise<unknown>
}

/** A NIP-01 event before it is signed. */
export interface UnsignedEvent {
  readonly created_at: number
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
  readonly content: string
}

/** Signs more than records. */
export interface DigestSigner extends Signer {
  /** Sign 32 bytes (BIP-340), such as those of a grant. */
  signDigest(digest: Uint8Array): Uint8Array
}

/** Sign with a key that this page holds. */
export function keySigner(key: SecretKey): DigestSigner {
  return {
    publicKey: key.publicKey,
    sign: async draft => signRecord(key, draft),
    signDigest: digest => key.sign(digest),
  }
}

/**
 * Sign with a browser extension, which asks its user and never shows the key (NIP-07).
 *
 * Throws ConfigError when it gives no public key.
 */
export async function extensionSigner(extension: NostrExtension): Promise<Signer> {
  return await (await import('./extension.ts')).signerOf(extension)
}

/**
 * Give the key that *key* has for *room* of *app*: `join('lobby', { key: await ownKey(key, 'lobby') })`.
 *
 * Nobody can tell by it who signs in other rooms, nor work out *key*; whoever has *key* can. Refused with a ConfigError
 * for a bad name, or what is no key.
 */
export async function ownKey(
  key: SecretKey | string,
  room: string,
  { app = 'peerset' }: { readonly app?: string } = {},
): Promise<SecretKey> {
  return (await import('../core/own-key.ts')).ownKeyIn(readKey(key), app, room)
}

/** How to be a client of a signer elsewhere. */
export interface BunkerOptions {
  /** Our own key as its client, by which it knows us again; one for each signer is kept in this browser unless given. */
  readonly key?: SecretKey | undefined
  /** Is given the page that the signer's user must open first, where it wants that; without it, that is an error. */
  readonly onChallenge?: ((url: string) => void) | undefined
  /** How long an answer may take; a minute unless said otherwise. */
  readonly timeoutSeconds?: number | undefined
  /** The class of web sockets; the browser's unless said otherwise. */
  readonly WebSocket?: Reach['WebSocket']
}

/** A signer elsewhere; it is connected until it is closed. */
export interface RemoteSigner extends Signer {
  close(): void
}

/**
 * Connect to the signer at *address*, `bunker://…` (NIP-46): `join('lobby', { key: await bunkerSigner(address) })`.
 *
 * Refused with a ConfigError when the address is none or the signer refuses us, and with a SignalingError when it cannot
 * be reached or does not answer in time.
 */
export async function bunkerSigner(address: string, options: BunkerOptions = {}): Promise<RemoteSigner> {
  return await (await import('./bunker.ts')).connectTo(address, options)
}

/** Give *signer* if it is one; throws ConfigError otherwise. */
export function checkSigner(signer: Signer): Signer {
  if (typeof signer.sign === 'function' && isPublicKey(signer.publicKey)) return signer
  throw new ConfigError('a signer has a publicKey, 64 hexadecimal digits, and a function sign')
}

/** Give who signs with what a user or program gives; throws ConfigError for what is neither key, nsec text nor signer. */
export function signerOf(given: SecretKey | string | Signer): Signer {
  const isSigner = typeof given === 'object' && given !== null && !(given instanceof SecretKey)
  return isSigner ? checkSigner(given) : keySigner(readKey(given))
}

/**
 * Read a key from what a user or program gives: a key, or its nsec text.
 *
 * Throws ConfigError for anything else. Hexadecimal digits are not read: a public key looks like a secret one there.
 */
export function readKey(key: SecretKey | string): SecretKey {
  if (key instanceof SecretKey) return key
  if (typeof key !== 'string') throw new ConfigError('a key is a SecretKey, its nsec text or a signer')
  return SecretKey.fromNsec(key.trim())
}
