/** Who signs what the room's user writes: a key in this page, or an extension of the browser (NIP-07). */

import { isPublicKey, type PublicKey, SecretKey } from '../core/keys.ts'
import { hasValidSignature, recordOf, signRecord } from '../core/record.ts'
import { ConfigError, SignatureError } from '../errors.ts'
import type { Draft, Signer } from '../ports.ts'

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

/** Sign with a key that this page holds. */
export function keySigner(key: SecretKey): Signer {
  return { publicKey: key.publicKey, sign: async draft => signRecord(key, draft) }
}

/**
 * Sign with a browser extension, which asks its user and never shows the key (NIP-07).
 *
 * Throws ConfigError when it gives no public key.
 */
export async function extensionSigner(extension: NostrExtension): Promise<Signer> {
  const given: unknown = await extension.getPublicKey()
  if (typeof given !== 'string' || !isPublicKey(given as PublicKey)) {
    throw new ConfigError('the extension gave no public key of secp256k1')
  }
  const publicKey = given as PublicKey
  return { publicKey, sign: draft => signWith(extension, publicKey, draft) }
}

/** Give *signer* if it is one; throws ConfigError otherwise. */
export function checkSigner(signer: Signer): Signer {
  if (typeof signer.sign === 'function' && isPublicKey(signer.publicKey)) return signer
  throw new ConfigError('a signer has a publicKey, 64 hexadecimal digits, and a function sign')
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

async function signWith(extension: NostrExtension, publicKey: PublicKey, draft: Draft) {
  const { createdAt, kind, tags, content } = draft
  const signed = await extension.signEvent({ created_at: createdAt, kind, tags, content })
  const record = recordOf(signed)
  // An extension may sign as somebody else, or change the text: what it gives back is checked like a stranger's.
  const isAsked =
    record.author === publicKey &&
    record.createdAt === createdAt &&
    record.kind === kind &&
    record.content === content &&
    JSON.stringify(record.tags) === JSON.stringify(tags)
  if (!isAsked) throw new SignatureError('the extension signed something else than it was asked to')
  if (!hasValidSignature(record)) throw new SignatureError("the extension's signature is not valid")
  return record
}
