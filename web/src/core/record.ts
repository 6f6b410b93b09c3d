/**
 * Records: signed values in the form of NIP-01 events, and their wire form.
 *
 * What a record must be, beyond NIP-01, so that every language computes the same id from it:
 *
 * - texts hold no lone surrogates and no control characters (U+0000 to U+001F) but tab, line feed and carriage
 *   return; everything else, U+007F, U+2028 and text that is not in NFC included, is signed and kept as it is;
 * - whole numbers only, `createdAt` from 0 to 2^53 - 1 and `kind` from 0 to 65535;
 * - there may be no tags, but a tag has 1 to 16 texts (NIP-01: "one or more"); a text may be empty;
 * - the value of an `h` tag is 32, of an `e` tag 64 lower-case hexadecimal digits;
 * - one wire form: msgpack in its shortest encoding, without maps, floats and extension types.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { MalformedError } from '../errors.ts'
import type { UnixTime } from './clock.ts'
import type { PublicKey, SecretKey } from './keys.ts'
import { AUX_ZERO, KEY_BYTES, SIGNATURE_BYTES, verify } from './keys.ts'
import {
  INTEGER_MAX,
  KIND_MAX,
  RECORD_BYTES_MAX,
  RECORD_TAGS_MAX,
  TAG_ELEMENTS_MAX,
  TAG_VALUE_BYTES_MAX,
} from './limits.ts'
import { pack, UnpackError, Unpacker, type Value } from './msgpack.ts'
import type { RoomTag } from './signal.ts'

/** 32 bytes in hex: SHA-256 of the record's canonical JSON (NIP-01). */
export type RecordId = string & { readonly is: 'RecordId' }

/** Tags as NIP-01 has them: each a name and its values. */
export type Tags = readonly (readonly string[])[]

export const KIND_PROFILE = 0
export const KIND_FOLLOWS = 3
export const KIND_DELETION = 5
export const KIND_RECORD = 1_078
export const KIND_COMMIT = 1_080
export const KIND_PIN = 1_081
export const KIND_KEYED = 30_078
export const ID_BYTES = 32
/** The tag of what is sealed (docs/protocol.md, "Sealed rooms"). */
export const SEALED_TAG = 'sealed'

/** A signed record; never changed. Make one with `signRecord`, read one with `decodeRecord` or `recordOf`. */
export interface Record {
  readonly id: RecordId
  readonly author: PublicKey
  readonly createdAt: UnixTime
  readonly kind: number
  readonly tags: Tags
  readonly content: string
  readonly signature: Uint8Array
  /** The wire form: msgpack array `[author, createdAt, kind, tags, content, signature]`. */
  readonly wire: Uint8Array
  /** In a sealed room, of one that was opened: the tags of its envelope, which is what is signed, and what `wire` holds. */
  readonly outside?: Tags
  /** In a room of several secrets, of a keyed one that was opened: the names of its addresses, by the newest secret first. */
  readonly kin?: readonly string[]
  /** In a sealed room, of one that says nothing: it is not sealed, by a secret that is not ours, or does not open. */
  readonly unread?: 'unsealed' | 'foreign' | 'broken'
}

/** A record as every Nostr library knows it (NIP-01). */
export interface NostrEvent {
  readonly id: string
  readonly pubkey: string
  readonly created_at: number
  readonly kind: number
  readonly tags: Tags
  readonly content: string
  readonly sig: string
}

/** What the author says: all of a record but its id, signature and wire form. */
export interface Fields {
  readonly author: PublicKey
  readonly createdAt: UnixTime
  readonly kind: number
  readonly tags: Tags
  readonly content: string
}

/** Say whether records of *kind* are relayed live and never stored. */
export function isEphemeralKind(kind: number): boolean {
  return kind >= 20_000 && kind < 30_000
}

/** Say whether records of *kind* have a key, their first `d` tag: NIP-01 calls them addressable. */
export function isKeyedKind(kind: number): boolean {
  return kind >= 30_000 && kind < 40_000
}

/** Say whether readers see the newest of an author's records of *kind* alone, of keyed ones that of each key. */
export function isVersionedKind(kind: number): boolean {
  return isKeyedKind(kind) || (kind >= 10_000 && kind < 20_000) || kind === KIND_PROFILE || kind === KIND_FOLLOWS
}

/** Say whether *record* is relayed live and never stored. */
export function isEphemeral(record: Record): boolean {
  return isEphemeralKind(record.kind)
}

/** Give the room *record* belongs to, by its first `h` tag; further ones count for nothing. */
export function roomTagOf(record: Record): RoomTag | null {
  return (tagValues(record, 'h')[0] as RoomTag | undefined) ?? null
}

/** Give which secret seals a record of these tags, by its id in hex; null when none does. */
export function sealIdOf(tags: Tags): string | null {
  const [, id = ''] = tags.find(([name]) => name === SEALED_TAG) ?? []
  return SEAL_ID.test(id) ? id : null
}

/** Say whether *record* says nothing here: an envelope that was not opened or, in a sealed room, what does not open. */
export function isUnread({ tags, outside, unread }: Pick<Record, 'tags'> & Partial<Record>): boolean {
  return unread !== undefined || (outside === undefined && sealIdOf(tags) !== null)
}

/** Give the first value of every tag called *name*. */
export function tagValues(record: { readonly tags: Tags }, name: string): string[] {
  const values: string[] = []
  for (const [first, value] of record.tags) {
    if (first === name && value !== undefined) {
      values.push(value)
    }
  }
  return values
}

/** Say whether the author signed the id (BIP-340). */
export function hasValidSignature(record: Record): boolean {
  return verify(record.author, hexToBytes(record.id), record.signature)
}

/**
 * Make a record of *key*; the same arguments give the same signature (*aux* as in `SecretKey.sign`).
 *
 * Throws:
 *   MalformedError: what it would hold breaks the limits or the text rules.
 */
export function signRecord(
  key: SecretKey,
  { createdAt, kind, tags, content, aux = AUX_ZERO }: Omit<Fields, 'author'> & { readonly aux?: Uint8Array },
): Record {
  const fields = checkFields(key.publicKey, createdAt, kind, copyTags(tags), content)
  const id = hashFields(fields)
  return seal(id, fields, key.sign(hexToBytes(id), aux))
}

/** Make what is left of a purged record: tags, content, signature and wire form are empty. */
export function shellOf(id: RecordId, author: PublicKey, createdAt: UnixTime, kind: number): Record {
  return { id, author, createdAt, kind, tags: [], content: '', signature: NOTHING, wire: NOTHING }
}

/**
 * Read a record from its wire form and compute its id; the signature is not checked.
 *
 * Throws:
 *   MalformedError: the bytes are not the one wire form of a record that keeps the rules.
 */
export function decodeRecord(wire: Uint8Array): Record {
  checkSize(wire)
  const unpacker = new Unpacker(wire, { itemsMax: RECORD_TAGS_MAX, bytesMax: SIGNATURE_BYTES })
  const values = unpackWhole(unpacker)
  if (!Array.isArray(values) || values.length !== 6) {
    throw new MalformedError('a record is an array of 6 fields')
  }
  const author = checkBytes('author', values[0], KEY_BYTES)
  const signature = checkBytes('signature', values[5], SIGNATURE_BYTES)
  const fields = checkFields(bytesToHex(author) as PublicKey, values[1], values[2], values[3], values[4])
  if (!unpacker.isShortest) {
    throw new MalformedError('not the shortest msgpack form')
  }
  return { id: hashFields(fields), ...fields, signature, wire }
}

/**
 * Read a record from a NIP-01 event as a JSON parser gives it; the signature is not checked.
 *
 * Members beyond the seven of NIP-01, which some relays and signers add, are signed by nobody and left out.
 *
 * Throws:
 *   MalformedError: it lacks one of the seven fields, in lower-case hexadecimal where they are bytes, it breaks the rules
 *     of records, or its id is not its hash.
 */
export function recordOf(event: unknown): Record {
  if (!isEventShaped(event)) {
    throw new MalformedError('an event is an object of id, pubkey, created_at, kind, tags, content and sig')
  }
  const author = checkHex('pubkey', event.pubkey, KEY_BYTES) as PublicKey
  const signature = hexToBytes(checkHex('sig', event.sig, SIGNATURE_BYTES))
  const claimed = checkHex('id', event.id, ID_BYTES)
  const fields = checkFields(author, event.created_at, event.kind, copyTags(event.tags), event.content)
  const id = hashFields(fields)
  if (id !== claimed) {
    throw new MalformedError(`the event claims the id ${claimed}, its hash is ${id}`)
  }
  return seal(id, fields, signature)
}

/** Give *record* as its author signed it: of one that was opened, the envelope. */
export function envelopeOf(record: Record): Record {
  return record.outside === undefined && record.unread === undefined ? record : decodeRecord(record.wire)
}

/** Give *record* as a NIP-01 event, ready for any JSON writer or Nostr library; of one that was opened, its envelope. */
export function eventOf(given: Record): NostrEvent {
  const record = envelopeOf(given)
  return {
    id: record.id,
    pubkey: record.author,
    created_at: record.createdAt,
    kind: record.kind,
    tags: record.tags.map(tag => [...tag]),
    content: record.content,
    sig: bytesToHex(record.signature),
  }
}

/** Compute the id: SHA-256 of the canonical JSON array (NIP-01). */
export function hashFields(fields: Fields): RecordId {
  return bytesToHex(sha256(canonicalJson(fields))) as RecordId
}

/**
 * Write the bytes that are hashed: `[0, pubkey, created_at, kind, tags, content]` (NIP-01).
 *
 * No white space; in texts that keep the rules of records only `\n`, `\r`, `\t`, `\"` and `\\` are escaped.
 */
export function canonicalJson({ author, createdAt, kind, tags, content }: Fields): Uint8Array {
  return UTF8.encode(JSON.stringify([0, author, createdAt, kind, tags, content]))
}

const NOTHING = new Uint8Array(0)
/** Kept: to make one, and to copy what it gives, takes as long as a third of the hash. */
const UTF8 = new TextEncoder()
const EVENT_FIELDS = ['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig']
const HEX_DIGITS_OF_TAG: ReadonlyMap<unknown, number> = new Map([
  ['h', 32],
  ['e', 64],
])
const LOWER_HEX = /^[0-9a-f]*$/
const SEAL_ID = /^[0-9a-f]{16}$/
// With the flag u, a surrogate in a class matches only where it stands alone.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]/u

function isEventShaped(event: unknown): event is { readonly [name in keyof NostrEvent]: unknown } {
  return typeof event === 'object' && event !== null && EVENT_FIELDS.every(name => Object.hasOwn(event, name))
}

/** Copy arrays of arrays, so that nobody changes a record from outside; leave all else for `checkFields`. */
function copyTags(tags: unknown): unknown {
  return Array.isArray(tags) ? Array.from(tags, tag => (Array.isArray(tag) ? Array.from(tag) : tag)) : tags
}

function seal(id: RecordId, fields: Fields, signature: Uint8Array): Record {
  const { author, createdAt, kind, tags, content } = fields
  const wire = pack([hexToBytes(author), createdAt, kind, tags, content, signature])
  checkSize(wire)
  return { id, ...fields, signature, wire }
}

function unpackWhole(unpacker: Unpacker): Value {
  try {
    const values = unpacker.unpack()
    if (unpacker.isAtEnd) {
      return values
    }
  } catch (error) {
    if (!(error instanceof UnpackError)) {
      throw error
    }
  }
  throw new MalformedError('not a msgpack record')
}

function checkSize(wire: Uint8Array): void {
  if (wire.length > RECORD_BYTES_MAX) {
    throw new MalformedError(`a record of ${wire.length} bytes; the limit is ${RECORD_BYTES_MAX}`)
  }
}

function checkHex(name: string, text: unknown, size: number): string {
  if (typeof text !== 'string' || text.length !== 2 * size || !LOWER_HEX.test(text)) {
    throw new MalformedError(`${name} must be ${2 * size} lower-case hexadecimal digits`)
  }
  return text
}

function checkBytes(name: string, value: unknown, size: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== size) {
    throw new MalformedError(`${name} must be ${size} bytes`)
  }
  return value
}

/**
 * Check what a record of *author* is to say.
 *
 * Throws:
 *   MalformedError: it breaks the limits or the text rules of records.
 */
export function checkFields(
  author: PublicKey,
  createdAt: unknown,
  kind: unknown,
  tags: unknown,
  content: unknown,
): Fields {
  if (!isWhole(createdAt, INTEGER_MAX)) {
    throw new MalformedError('created_at must be a whole number of seconds from 0 to 2^53 - 1')
  }
  if (!isWhole(kind, KIND_MAX)) {
    throw new MalformedError(`kind must be a whole number from 0 to ${KIND_MAX}`)
  }
  const checked = checkTags(tags)
  if (typeof content !== 'string' || !holdTexts(checked)) {
    throw new MalformedError('tags and content must hold texts only')
  }
  checkTexts([...checked.flat(), content])
  checkSizes(checked)
  checked.forEach(checkHexTag)
  return { author, createdAt: createdAt as UnixTime, kind, tags: checked, content }
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
}

function checkTags(tags: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(tags) || tags.length > RECORD_TAGS_MAX) {
    throw new MalformedError(`tags must be an array of at most ${RECORD_TAGS_MAX}`)
  }
  for (const tag of tags) {
    if (!Array.isArray(tag) || tag.length < 1 || tag.length > TAG_ELEMENTS_MAX) {
      throw new MalformedError(`a tag must be an array of 1 to ${TAG_ELEMENTS_MAX} texts`)
    }
  }
  return tags
}

function holdTexts(tags: readonly (readonly unknown[])[]): tags is Tags {
  return tags.every(tag => tag.every(text => typeof text === 'string'))
}

function checkTexts(texts: readonly string[]): void {
  // All at once; a line feed between them, so that two lone surrogates do not become a pair.
  const found = FORBIDDEN.exec(texts.join('\n'))?.[0]?.codePointAt(0)
  if (found !== undefined) {
    const code = found.toString(16).toUpperCase().padStart(4, '0')
    throw new MalformedError(`U+${code} in a text: lone surrogates and control characters are refused`)
  }
}

function checkSizes(tags: Tags): void {
  for (const tag of tags) for (const text of tag) checkTagValue(text)
}

function checkTagValue(text: string): void {
  // No UTF-16 unit becomes more than three bytes, so most texts need no counting.
  const size = text.length > TAG_VALUE_BYTES_MAX / 3 ? UTF8.encode(text).length : 0
  if (size > TAG_VALUE_BYTES_MAX) {
    throw new MalformedError(`a tag value of ${size} bytes; the limit is ${TAG_VALUE_BYTES_MAX}`)
  }
}

function checkHexTag([name, value]: readonly string[]): void {
  const digits = HEX_DIGITS_OF_TAG.get(name)
  if (digits !== undefined && (value?.length !== digits || !LOWER_HEX.test(value))) {
    throw new MalformedError(`the value of a tag '${name}' must be ${digits} lower-case hexadecimal digits`)
  }
}
