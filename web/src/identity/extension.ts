/** Signs with a browser extension (NIP-07); loaded once one is used. */

import { isPublicKey, type PublicKey } from '../core/keys.ts'
import { hasValidSignature, type Record, recordOf } from '../core/record.ts'
import { ConfigError, SignatureError } from '../errors.ts'
import type { Draft, Signer } from '../ports.ts'
import type { NostrExtension } from './signers.ts'

/** Make a signer of *extension*; throws ConfigError when it gives no public key. */
export async function signerOf(extension: NostrExtension): Promise<Signer> {
  const given: unknown = await extension.getPublicKey()
  if (typeof given !== 'string' || !isPublicKey(given as PublicKey)) {
    throw new ConfigError('the extension gave no public key of secp256k1')
  }
  const publicKey = given as PublicKey
  return { publicKey, sign: draft => signWith(extension, publicKey, draft) }
}

async function signWith(extension: NostrExtension, publicKey: PublicKey, draft: Draft): Promise<Record> {
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
