/**
 * Names of authors, records and addresses as people pass them on: npub, nprofile, note, nevent, naddr (NIP-19).
 *
 * Before each may stand `nostr:`, as in links (NIP-21). The longer ones hold a list of fields, each of one byte for its
 * type, one for its length, and its value; fields of types that NIP-19 does not know are passed over.
 */

import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { decode, decodeAny, encode } from './bech32.ts'
import { isPublicKey, npub, type PublicKey, parseNpub } from './keys.ts'
import { KIND_MAX, POINTER_CHARACTERS_MAX } from './limits.ts'
import type { RecordId } from './record.ts'

const FIELD_BYTES_MAX = 255
const ID_BYTES = 32
const KIND_BYTES = 4
const SPECIAL = 0
const RELAY = 1
const AUTHOR = 2
const KIND = 3

const NAME = /^(npub|nprofile|note|nevent|naddr)1/i
const SECRET = /^(?:nsec|ncryptsec)1/i
const SCHEME = /^nostr:/i
// With the flag u, a surrogate in a class matches only where it stands alone.
const SURROGATE = /[\ud800-\udfff]/u
const ASCII = /^[\0-\x7f]*$/

/** Names an author. */
export interface ProfilePointer {
  readonly type: 'profile'
  readonly author: PublicKey
  /** Where more of it may be found. */
  readonly relays: readonly string[]
}

/** Names a record. */
export interface EventPointer {
  readonly type: 'event'
  readonly id: RecordId
  readonly relays: readonly string[]
  readonly author: PublicKey | null
  readonly kind: number | null
}

/** Names all versions of a record; who follows it wants the current one. */
export interface AddressPointer {
  readonly type: 'address'
  readonly kind: number
  readonly author: PublicKey
  /** Its `d` tag; empty for kinds that have none. */
  readonly key: string
  readonly relays: readonly string[]
}

/** What text of NIP-19 names. */
export type Pointer = ProfilePointer | EventPointer | AddressPointer

/** Values by their type, in their order. */
type Fields = ReadonlyMap<number, readonly Uint8Array[]>

/** Give *text* without white space around it, and without `nostr:` before it. */
export function bare(text: string): string {
  return text.trim().replace(SCHEME, '')
}

/** Say whether *text* begins as `decodeNip19` wants it. */
export function isPointer(text: string): boolean {
  return NAME.test(bare(text))
}

/** Say whether *text* begins as a secret key does. */
export function isSecret(text: string): boolean {
  return SECRET.test(bare(text))
}

/**
 * Read what npub, nprofile, note, nevent or naddr text names, with or without `nostr:` before it.
 *
 * Throws:
 *   ConfigError: it is none of these, is damaged, lacks something or says it twice, or is a secret key, which the message
 *     does not repeat.
 */
export function decodeNip19(text: string): Pointer {
  const name = bare(text)
  if (SECRET.test(name)) {
    throw new ConfigError('that is a secret key, which names nobody: keep it to yourself, and give the npub1... of it')
  }
  switch (NAME.exec(name)?.[1]?.toLowerCase()) {
    case 'npub':
      return { type: 'profile', author: parseNpub(name), relays: [] }
    case 'note':
      return { type: 'event', id: bytesToHex(decode('note', name)) as RecordId, relays: [], author: null, kind: null }
    case 'nprofile':
      return profileOf(fieldsOf('nprofile', name))
    case 'nevent':
      return eventOf(fieldsOf('nevent', name))
    case 'naddr':
      return addressOf(fieldsOf('naddr', name))
    default:
      throw new ConfigError('expected a text that begins with npub1, nprofile1, note1, nevent1, naddr1')
  }
}

/**
 * Write *pointer* as text: in the shortest form that says all of it.
 *
 * Throws:
 *   ConfigError: a relay or a key has more than 255 bytes in UTF-8, or all together is too long to be read again.
 */
export function encodeNip19(pointer: Pointer): string {
  const { relays } = pointer
  const places = relays.map((relay): Field => [RELAY, bytesOf(relay)])
  if (pointer.type === 'profile') {
    const { author } = pointer
    return relays.length === 0 ? npub(author) : textOf('nprofile', [[SPECIAL, hexToBytes(author)], ...places])
  }
  if (pointer.type === 'address') {
    const own: Field[] = [[AUTHOR, hexToBytes(pointer.author)], kindField(pointer.kind)]
    return textOf('naddr', [[SPECIAL, bytesOf(pointer.key)], ...places, ...own])
  }
  const { id, author, kind } = pointer
  if (relays.length === 0 && author === null && kind === null) return encode('note', hexToBytes(id))
  const ofAuthor: Field[] = author === null ? [] : [[AUTHOR, hexToBytes(author)]]
  const ofKind: Field[] = kind === null ? [] : [kindField(kind)]
  return textOf('nevent', [[SPECIAL, hexToBytes(id)], ...places, ...ofAuthor, ...ofKind])
}

type Field = readonly [type: number, value: Uint8Array]

function profileOf(fields: Fields): ProfilePointer {
  const author = authorIn('nprofile', only('nprofile', fields, SPECIAL))
  if (author === null) throw new ConfigError('nprofile1... names no author')
  return { type: 'profile', author, relays: relaysIn(fields) }
}

function eventOf(fields: Fields): EventPointer {
  const id = only('nevent', fields, SPECIAL)
  if (id?.length !== ID_BYTES) throw new ConfigError(`nevent1... holds no id of ${ID_BYTES} bytes`)
  const author = authorIn('nevent', only('nevent', fields, AUTHOR))
  const kind = kindIn('nevent', fields)
  return { type: 'event', id: bytesToHex(id) as RecordId, relays: relaysIn(fields), author, kind }
}

function addressOf(fields: Fields): AddressPointer {
  const key = only('naddr', fields, SPECIAL)
  const author = authorIn('naddr', only('naddr', fields, AUTHOR))
  const kind = kindIn('naddr', fields)
  if (key === undefined || author === null || kind === null) {
    throw new ConfigError('naddr1... needs a key, an author and a kind')
  }
  try {
    return { type: 'address', kind, author, key: UTF8.decode(key), relays: relaysIn(fields) }
  } catch (error) {
    throw new ConfigError('the key in naddr1... is no UTF-8', { cause: error })
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function authorIn(prefix: string, value: Uint8Array | undefined): PublicKey | null {
  if (value === undefined) return null
  const key = bytesToHex(value)
  if (!isPublicKey(key)) throw new ConfigError(`the author in ${prefix}1... is no public key of secp256k1`)
  return key
}

function kindIn(prefix: string, fields: Fields): number | null {
  const value = only(prefix, fields, KIND)
  if (value === undefined) return null
  const kind = value.length === KIND_BYTES ? new DataView(value.slice().buffer).getUint32(0) : Number.POSITIVE_INFINITY
  if (kind <= KIND_MAX) return kind
  throw new ConfigError(`the kind in ${prefix}1... is no number from 0 to ${KIND_MAX} in ${KIND_BYTES} bytes`)
}

function relaysIn(fields: Fields): string[] {
  // They are hints: what is none does not spoil the rest.
  const texts = (fields.get(RELAY) ?? []).map(value => String.fromCharCode(...value))
  return texts.filter(text => ASCII.test(text))
}

function only(prefix: string, fields: Fields, type: number): Uint8Array | undefined {
  const [value, ...more] = fields.get(type) ?? []
  if (more.length > 0) throw new ConfigError(`${prefix}1... says a field of type ${type} more than once`)
  return value
}

function fieldsOf(prefix: string, text: string): Fields {
  const data = decodeAny(prefix, text, POINTER_CHARACTERS_MAX)
  const fields = new Map<number, Uint8Array[]>()
  for (let place = 0; place < data.length; ) {
    const [type = 0, length = FIELD_BYTES_MAX] = data.subarray(place, place + 2)
    const value = data.subarray(place + 2, place + 2 + length)
    if (value.length < length) throw new ConfigError(`${prefix}1... ends in the middle of a field`)
    fields.set(type, [...(fields.get(type) ?? []), value])
    place += 2 + length
  }
  return fields
}

function kindField(kind: number): Field {
  const value = new Uint8Array(KIND_BYTES)
  new DataView(value.buffer).setUint32(0, kind)
  return [KIND, value]
}

function bytesOf(text: string): Uint8Array {
  if (!SURROGATE.test(text)) return utf8ToBytes(text)
  throw new ConfigError('a key or a relay holds half of a surrogate pair')
}

function textOf(prefix: string, fields: readonly Field[]): string {
  const long = fields.find(([, value]) => value.length > FIELD_BYTES_MAX)
  if (long !== undefined) {
    throw new ConfigError(`${prefix}1... takes at most ${FIELD_BYTES_MAX} bytes a field, not ${long[1].length}`)
  }
  const text = encode(prefix, Uint8Array.from(fields.flatMap(([type, value]) => [type, value.length, ...value])))
  if (text.length <= POINTER_CHARACTERS_MAX) return text
  throw new ConfigError(`${prefix}1... would have ${text.length} characters; the limit is ${POINTER_CHARACTERS_MAX}`)
}
