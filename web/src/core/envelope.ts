/**
 * Sealed records: an envelope that all may carry, and what those read who have the secret (docs/protocol.md, "Sealed
 * rooms"). Loaded by pages that seal a room: a plain one never loads its ciphers.
 *
 * The content of an envelope is XChaCha20-Poly1305 of tags and content, padded by ISO/IEC 7816-4; author, time, kind and
 * room are bound to it, so that nobody can sign another's ciphertext as theirs.
 */

import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { MalformedError } from '../errors.ts'
import { addressText, digestOf } from './deletion.ts'
import { RECORD_TAGS_MAX, SEAL_PADDING_BYTES } from './limits.ts'
import { pack, UnpackError, Unpacker, type Value } from './msgpack.ts'
import {
  checkFields,
  type Fields,
  isKeyedKind,
  KIND_PIN,
  type Record,
  SEALED_TAG,
  sealIdOf,
  type Tags,
  tagValues,
} from './record.ts'
import type { Seal, Seals } from './seal.ts'

/** What all have to see, to keep a set: these tags stand outside, and no others do. */
export const VISIBLE_TAGS: ReadonlySet<string> = new Set([
  ...['h', 'us', 'e', 'a', 'expiration', 'batch', 'grant', 'pin', 'blob'],
])
/** Of these a hash by the secret stands outside, so that all see which belong together. */
export const HIDDEN_TAGS: readonly string[] = ['c', 'd']
export const NONCE_BYTES = 24

const CIPHER_BYTES = 16
const OWN_TAGS: ReadonlySet<string> = new Set([SEALED_TAG, ...HIDDEN_TAGS])

/** What an author says in a record beside its time. */
type Body = Pick<Fields, 'tags' | 'content'>

/**
 * Put what an author is to say into an envelope that only *seal* opens; *nonce* is 24 bytes, random and fresh.
 *
 * Throws:
 *   MalformedError: it breaks the limits or the text rules of records, or has a tag `sealed`.
 */
export function sealBody(seal: Seal, fields: Fields, nonce: Uint8Array): Body {
  const { author, createdAt, kind, tags, content } = fields
  checkFields(author, createdAt, kind, tags, content)
  if (tags.some(([name]) => name === SEALED_TAG)) {
    throw new MalformedError(`a record of a sealed room has no tag "${SEALED_TAG}" of its own`)
  }
  const outside = tags.filter(([name = '']) => VISIBLE_TAGS.has(name))
  const inside = tags.filter(([name = '']) => !VISIBLE_TAGS.has(name))
  const cipher = xchacha20poly1305(seal.contentKey, nonce, bound(seal, fields))
  const sealed = concatBytes(nonce, cipher.encrypt(padded(pack([inside, content]))))
  return { tags: [...outside, ...ownTags(seal, tags)], content: base64(sealed) }
}

/**
 * Open an envelope by the secret that it names: give the record with the tags and the content that its author wrote, and
 * the envelope's tags as `outside`; or as it is, and say by `unread` why. What was purged stays as it is, and so does a
 * pin, which holds an envelope.
 */
export function openRecord(seals: Seals, record: Record): Record {
  if (record.kind === KIND_PIN) return record
  if (record.wire.length === 0 || record.outside !== undefined || record.unread !== undefined) return record
  const id = sealIdOf(record.tags)
  if (id === null) return { ...record, unread: 'unsealed' }
  const seal = seals.byId.get(id)
  if (seal === undefined) return { ...record, unread: 'foreign' }
  const body = saidIn(seal, record)
  if (body === null) return { ...record, unread: 'broken' }
  return { ...record, ...body, outside: record.tags, ...kinOf(seals, record, body.tags) }
}

/** Give the names of the addresses that a record has by several secrets; nothing where it has one address. */
function kinOf(seals: Seals, { kind, author }: Record, tags: Tags): Pick<Record, 'kin'> {
  const [key] = isKeyedKind(kind) && seals.byId.size > 1 ? tagValues({ tags }, 'd') : []
  if (key === undefined) return {}
  return { kin: seals.hidden('d', key).map(each => digestOf(addressText(kind, author, each))) }
}

/** Decrypt and read what is inside; null when it is not whole, or not what sealing makes. */
function saidIn(seal: Seal, record: Record): Body | null {
  const data = bytesOf(record.content)
  const [nonce, sealed] = [data.subarray(0, NONCE_BYTES), data.subarray(NONCE_BYTES)]
  const size = sealed.length - CIPHER_BYTES
  if (size <= 0 || size % SEAL_PADDING_BYTES !== 0) return null
  try {
    const { author, createdAt, kind } = record
    const plain = xchacha20poly1305(seal.contentKey, nonce, bound(seal, record)).decrypt(sealed)
    const [inside, content] = unpacked(plain)
    const tags = [...record.tags.filter(([name = '']) => !OWN_TAGS.has(name)), ...inside]
    const body = checkFields(author, createdAt, kind, tags, content)
    const own = record.tags.filter(([name = '']) => OWN_TAGS.has(name))
    return JSON.stringify(own) === JSON.stringify(ownTags(seal, body.tags)) ? body : null
  } catch {
    // Whoever has the secret may have sealed anything; a cipher throws plain errors.
    return null
  }
}

/** Give the tags that an envelope has beside those of its author. */
function ownTags(seal: Seal, tags: Tags): Tags {
  const hidden = HIDDEN_TAGS.flatMap(name => {
    const [value] = tagValues({ tags }, name)
    return value === undefined ? [] : [[name, seal.hidden(name, value)]]
  })
  return [[SEALED_TAG, seal.id], ...hidden]
}

/** What binds a ciphertext to its author, time, kind and room. */
function bound(seal: Seal, { author, createdAt, kind }: Pick<Fields, 'author' | 'createdAt' | 'kind'>): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(10))
  numbers.setBigUint64(0, BigInt(createdAt))
  numbers.setUint16(8, kind)
  return concatBytes(hexToBytes(author), new Uint8Array(numbers.buffer), hexToBytes(seal.roomTag))
}

/** Pad to whole blocks: 0x80, then zeros. */
function padded(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((text.length + 1) / SEAL_PADDING_BYTES) * SEAL_PADDING_BYTES)
  bytes.set(text)
  bytes[text.length] = 0x80
  return bytes
}

/** Read the tags and the content that were packed, in their one form; throws an UnpackError when they were not. */
function unpacked(plain: Uint8Array): [inside: readonly (readonly Value[])[], content: Value] {
  const end = plain.findLastIndex(byte => byte !== 0)
  const unpacker = new Unpacker(plain.subarray(0, end), { itemsMax: RECORD_TAGS_MAX, bytesMax: 0 })
  const isPadded = plain[end] === 0x80 && plain.length - end <= SEAL_PADDING_BYTES
  const said = isPadded ? unpacker.unpack() : null
  if (!Array.isArray(said) || said.length !== 2 || !unpacker.isAtEnd || !unpacker.isShortest) throw new UnpackError()
  const [inside, content = null] = said as readonly Value[]
  if (!Array.isArray(inside) || !inside.every(isInner)) throw new UnpackError()
  return [inside, content]
}

/** Say whether a tag may stand inside. */
function isInner(tag: Value): tag is readonly Value[] {
  const name = Array.isArray(tag) ? String(tag[0]) : SEALED_TAG
  return !VISIBLE_TAGS.has(name) && name !== SEALED_TAG
}

function base64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let start = 0; start < bytes.length; start += TURNED_AT_ONCE) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + TURNED_AT_ONCE)))
  }
  return btoa(parts.join(''))
}

/** Read base64 in its one form; nothing where it has another. */
function bytesOf(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return new Uint8Array()
  const digits = atob(text)
  if (btoa(digits) !== text) return new Uint8Array()
  const bytes = new Uint8Array(digits.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = digits.charCodeAt(at)
  return bytes
}

const TURNED_AT_ONCE = 8_192
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
