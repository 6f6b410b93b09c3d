/** Who signs what the room's user writes: a key in this page, or an extension of the browser (NIP-07). */

import type { Reach } from '../adapters/reach.ts'
import type { PublicKey, SecretKey } from '../core/keys.ts'
import { signRecord } from '../core/record.ts'
import type { Signer } from '../ports.ts'
import type { Vault } from './vault.ts'

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
  /** Give the 32 bytes that the key shares with *other* alone (NIP-44). */
  converse(other: PublicKey): Promise<Uint8Array>
}

/** Sign with a key that this page holds. */
export function keySigner(key: SecretKey): DigestSigner {
  return {
    publicKey: key.publicKey,
    sign: async draft => signRecord(key, draft),
    signDigest: digest => key.sign(digest),
    converse: async other => (await import('../core/nip44.ts')).conversationKey(key, other),
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
  const [{ ownKeyIn }, { readKey }] = await Promise.all([import('../core/own-key.ts'), import('./given.ts')])
  return ownKeyIn(readKey(key), app, room)
}

/** Give what keeps the visitor's key in this browser, under a passphrase (NIP-49) or a passkey (WebAuthn). */
export async function openVault(): Promise<Vault> {
  return new (await import('./vault.ts')).Vault()
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
  /** Where it is, `bunker://…`, without a secret, for who has the same client's key. */
  readonly address: string
  close(): void
}

/**
 * Connect to the signer at *address*, `bunker://…` (NIP-46): `join('lobby', { key: await bunkerSigner(address) })`. Where its text is
 * given as `key`, `join` does that itself.
 *
 * Refused with a ConfigError when the address is none or the signer refuses us, and with a SignalingError when it cannot
 * be reached or does not answer in time.
 */
export async function bunkerSigner(address: string, options: BunkerOptions = {}): Promise<RemoteSigner> {
  return await (await import('./bunker.ts')).connectTo(address, options)
}

/** How to have a signer come to us. */
export interface InvitedOptions extends BunkerOptions {
  /** Is given `nostrconnect://…`, for the signer's user to scan or paste; it counts once. */
  readonly show: (invitation: string) => void
  /** What we call ourselves there; "peerset" unless said otherwise. */
  readonly name?: string | undefined
  /** The kinds of records that are to be signed; any unless said otherwise. */
  readonly kinds?: readonly number[] | undefined
}

/**
 * Wait on *relays* for a signer to come (NIP-46): `join('lobby', { key: await invitedSigner('wss://relay.example', { show }) })`.
 *
 * `timeoutSeconds` is how long it may take to come, ten minutes unless said otherwise. Refused with a ConfigError when a relay's
 * address is none or the signer refuses us, and with a SignalingError when nobody came.
 */
export async function invitedSigner(
  relays: string | readonly string[],
  options: InvitedOptions,
): Promise<RemoteSigner> {
  return await (await import('./bunker.ts')).inviteTo([relays].flat(), options)
}

/**
 * Give the text by which *key* names *heir*, another public key (npub or hex), to write on for it, in every room.
 *
 * The heir accepts by joining with it, `join('lobby', { key: heir, grants: [text] })`: in collections that are `onBehalf`, what it
 * writes from now on is by *key*. It cannot be taken back. Refused with a ConfigError when one is no key, or both are the same.
 */
export async function nameHeir(key: SecretKey | string, heir: string): Promise<string> {
  return (await import('./heirs.ts')).named(key, heir)
}
