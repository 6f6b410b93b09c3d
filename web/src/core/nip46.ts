/** What a signer elsewhere and its clients say to each other (NIP-46), as texts and values. */

import { ConfigError, MalformedError, SignatureError } from '../errors.ts'
import { isPublicKey, type PublicKey } from './keys.ts'
import { hasValidSignature, type Record, recordOf } from './record.ts'

export const KIND_SIGNING = 24_133
export const KIND_AUTH = 22_242
export const RELAYS_MAX = 8
export const ADDRESS_CHARACTERS_MAX = 4_096
export const ERROR_CHARACTERS_MAX = 300
export const CHALLENGE_CHARACTERS_MAX = 1_024

/** Where a signer is: `bunker://KEY?relay=wss://relay.example&secret=TEXT`. */
export interface BunkerAddress {
  /** Whom to speak to; not always who signs. */
  readonly signer: PublicKey
  readonly relays: readonly string[]
  /** Lets who comes with it be a client; no error shows it. */
  readonly secret: string
}

/** What a signer says: a result, why there is none, or what its user must open first. */
export type Answer =
  | { readonly id: string; readonly result: string }
  | { readonly id: string; readonly error: string }
  | { readonly id: string; readonly url: string }

/** What is to be signed. */
export interface Unsigned {
  readonly createdAt: number
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
  readonly content: string
}

/** Read the address of a signer; throws ConfigError, which does not repeat its secret. */
export function parseBunkerAddress(text: string): BunkerAddress {
  const [, key = '', query = ''] = /^bunker:\/\/([^?]*)\?(.*)$/i.exec(text.slice(0, ADDRESS_CHARACTERS_MAX + 1)) ?? []
  if (text.length > ADDRESS_CHARACTERS_MAX || key === '') {
    throw new ConfigError("a signer's address is bunker://KEY?relay=wss://relay.example&secret=TEXT")
  }
  const signer = key.toLowerCase()
  if (!isPublicKey(signer)) {
    throw new ConfigError("a signer's address begins with its public key in hex, and this one does not")
  }
  const said = new URLSearchParams(query)
  const relays = [...new Set(said.getAll('relay'))]
  checkRelays(relays, "a signer's address")
  return { signer, relays, secret: said.get('secret') ?? '' }
}

/** Where a client waits for a signer: what a signer's user scans or pastes. */
export interface ClientAddress {
  readonly client: PublicKey
  readonly relays: readonly string[]
  /** Tells the client that who answers was shown this. */
  readonly secret: string
  /** What is to be signed; null: whatever it is. */
  readonly kinds: readonly number[] | null
  /** What the client calls itself. */
  readonly name: string
}

/** Write where a signer is. */
export function makeBunkerAddress({ signer, relays, secret }: BunkerAddress): string {
  return write('bunker', signer, relays, secret === '' ? [] : [['secret', secret]])
}

/** Write where a client waits, `nostrconnect://KEY?relay=wss://relay.example&secret=TEXT`; throws ConfigError for bad relays. */
export function makeClientAddress({ client, relays, secret, kinds, name }: ClientAddress): string {
  checkRelays(relays, 'an invitation to a signer')
  const perms =
    kinds === null ? 'sign_event' : [...new Set(kinds)].sort((a, b) => a - b).map(kind => `sign_event:${kind}`)
  const said: [string, string][] = [
    ['secret', secret],
    ['perms', String(perms)],
  ]
  return write('nostrconnect', client, relays, name === '' ? said : [...said, ['name', name]])
}

function write(
  scheme: string,
  key: PublicKey,
  relays: readonly string[],
  said: readonly (readonly [string, string])[],
) {
  const fields = [...relays.map(relay => ['relay', relay] as const), ...said]
  // As Python's quote writes it: what is reserved, too.
  const coded = (value: string) =>
    encodeURIComponent(value).replace(/[!'()*]/g, each => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${scheme}://${key}?${fields.map(([name, value]) => `${name}=${coded(value)}`).join('&')}`
}

function checkRelays(relays: readonly string[], what: string): void {
  const isGood = (relay: string) => /^wss?:\/\/[^\s/]/.test(relay) && URL.canParse(relay)
  if (relays.length < 1 || relays.length > RELAYS_MAX || !relays.every(isGood)) {
    throw new ConfigError(`${what} names 1 to ${RELAYS_MAX} relays: relay=wss://relay.example`)
  }
}

/** Write what a client asks for. */
export function encodeAsked(id: string, method: string, params: readonly string[]): string {
  return JSON.stringify({ id, method, params })
}

/** Read what a signer says; throws MalformedError when it is no answer. */
export function decodeAnswer(text: string): Answer {
  const { id, result, error } = parse(text)
  const isText = (value: unknown) => value == null || typeof value === 'string'
  if (typeof id !== 'string' || !isText(result) || !isText(error) || (result ?? error) == null) {
    throw new MalformedError('no answer of a signer (NIP-46)')
  }
  if (typeof error === 'string' && error !== '') {
    return result === 'auth_url' ? { id, url: error } : { id, error: error.slice(0, ERROR_CHARACTERS_MAX) }
  }
  return { id, result: String(result ?? '') }
}

/** Write what is to be signed. */
export function encodeDraft({ createdAt, kind, tags, content }: Unsigned): string {
  return JSON.stringify({ created_at: createdAt, kind, tags, content })
}

/**
 * Read what a signer made of *draft*: it is checked like a stranger's.
 *
 * Throws SignatureError when it is signed by another, says something else, or its signature is not valid.
 */
export function readSigned(text: string, draft: Unsigned, author: PublicKey): Record {
  let record: Record
  try {
    record = recordOf(parse(text))
  } catch (error) {
    throw new SignatureError(`the signer gave no event: ${error instanceof Error ? error.message : error}`)
  }
  const isAsked =
    record.author === author &&
    record.createdAt === draft.createdAt &&
    record.kind === draft.kind &&
    record.content === draft.content &&
    JSON.stringify(record.tags) === JSON.stringify(draft.tags)
  if (!isAsked) throw new SignatureError('the signer signed something else than it was asked to')
  if (!hasValidSignature(record)) throw new SignatureError("the signer's signature is not valid")
  return record
}

function parse(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {}
  throw new MalformedError('what was said to a signer is no JSON object')
}
