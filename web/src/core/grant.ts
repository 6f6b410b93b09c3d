/**
 * Grants: an owner lets another key write in a room, by a text that stands in what this key writes.
 *
 * A token is base64url (RFC 4648, section 5, without padding) of owner 32 bytes | writer 32 | since u64 | until u64 |
 * voice u8 | signature 64 | collections in UTF-8. The signature is the owner's (BIP-340) over SHA-256("peerset/grant/1" |
 * room tag 16 | writer | since | until | voice | collections). It stands in a record's tag `["grant", token]`, of which the
 * first `RECORD_GRANTS_MAX` count, each for itself (docs/protocol.md, "Grants").
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { MalformedError } from '../errors.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import type { UnixTime } from './clock.ts'
import { firstOf } from './heir.ts'
import { isPublicKey, KEY_BYTES, type PublicKey, SIGNATURE_BYTES, verify } from './keys.ts'
import { INTEGER_MAX, RECORD_GRANTS_MAX, TAG_VALUE_BYTES_MAX } from './limits.ts'
import { type Record, roomTagOf, tagValues } from './record.ts'
import type { RoomTag } from './signal.ts'

export const GRANT_TAG = 'grant'
/** Stands for every collection, and for what is in none. */
export const ALL = '*'
export const GRANTS_CACHED = 4_096

const DOMAIN = utf8ToBytes('peerset/grant/1')
const TIME_BYTES = 8
const SINCE = 2 * KEY_BYTES
const UNTIL = SINCE + TIME_BYTES
const VOICE = UNTIL + TIME_BYTES
const SIGNATURE = VOICE + 1
const COLLECTIONS = SIGNATURE + SIGNATURE_BYTES

/** Whom a grant is for, and for what. */
export interface Terms {
  readonly writer: PublicKey
  /** The first and the last createdAt that it covers. */
  readonly since: UnixTime
  readonly until: UnixTime
  /** Names, joined by spaces; `ALL` for every one. */
  readonly collections: string
  /** It lets the writer speak for the owner, as a device of the owner does; else for itself alone. */
  readonly isOnBehalf: boolean
}

/** What a token says; whether its owner said so is told by `isGenuine`. */
export interface Grant extends Terms {
  readonly owner: PublicKey
  readonly signature: Uint8Array
}

/** Whoever signs a grant: a key that is here. */
export interface GrantSigner {
  readonly publicKey: PublicKey
  sign(message: Uint8Array): Uint8Array
}

/**
 * Let a key write in the room of *roomTag*.
 *
 * Throws MalformedError when the writer is no key, the times are none, a collection's name is empty or holds a space, or
 * the names are too long for a tag.
 */
export function signGrant(key: GrantSigner, roomTag: RoomTag, terms: Terms): Grant {
  check(key.publicKey, terms)
  const grant = { ...terms, owner: key.publicKey, signature: key.sign(digest(roomTag, terms)) }
  if (grantText(grant).length > TAG_VALUE_BYTES_MAX) {
    throw new MalformedError(
      `a grant for ${utf8ToBytes(terms.collections).length} bytes of collections; it fits into no tag`,
    )
  }
  return grant
}

/** Write the token. */
export function grantText(grant: Grant): string {
  const { owner, signature, collections } = grant
  const data = concatBytes(hexToBytes(owner), termBytes(grant), signature, utf8ToBytes(collections))
  return encodeBase64url(data)
}

/** Read a token, of which the signature is not checked; throws MalformedError for what is none in the one form it has. */
export function readGrant(text: string): Grant {
  // What is far too long is not decoded first.
  if (text.length > TAG_VALUE_BYTES_MAX) {
    throw new MalformedError(`a grant of ${text.length} characters; the limit is ${TAG_VALUE_BYTES_MAX}`)
  }
  const data = decode(text)
  const grant = {
    owner: bytesToHex(data.subarray(0, KEY_BYTES)) as PublicKey,
    writer: bytesToHex(data.subarray(KEY_BYTES, SINCE)) as PublicKey,
    since: timeAt(data, SINCE),
    until: timeAt(data, UNTIL),
    // Another voice than 0 and 1 is written in another form.
    isOnBehalf: data[VOICE] === 1,
    signature: data.slice(SIGNATURE, COLLECTIONS),
    collections: namesIn(data.subarray(COLLECTIONS)),
  }
  check(grant.owner, grant)
  if (grantText(grant) !== text) throw new MalformedError('a grant is written in another form')
  return grant
}

/** Say whether records of *collection* are meant, or of none where it is null. */
export function coversCollection({ collections }: Grant, collection: string | null): boolean {
  return collections === ALL || (collection !== null && collections.split(' ').includes(collection))
}

/** Say whether records of this time are meant. */
export function holdsAt({ since, until }: Grant, createdAt: number): boolean {
  return since <= createdAt && createdAt <= until
}

/** Say whether its owner signed it, for the room of this tag. */
export function isGenuine(grant: Grant, roomTag: RoomTag): boolean {
  return verify(grant.owner, digest(roomTag, grant), grant.signature)
}

/** Give the tokens of *record* that count, whatever is in them; looking at each costs one signature at most. */
export function grantTexts(record: Pick<Record, 'tags'>): readonly string[] {
  return tagValues(record, GRANT_TAG).slice(0, RECORD_GRANTS_MAX)
}

/**
 * Give the grants that *record* carries which are of its room and for its author; whatever time and collections.
 *
 * Signatures are verified once.
 */
export function grantsIn(record: Record): Grant[] {
  const roomTag = roomTagOf(record)
  if (roomTag === null) return []
  const known = grantTexts(record).map(text => knownGrant(text, roomTag))
  return known.filter(grant => grant !== null).filter(({ writer }) => writer === record.author)
}

/**
 * Give the key for which *record* speaks: by its first grant that says so and covers it; or its own.
 *
 * Where that is somebody's heir by what the record carries, it is the first of them.
 * Whether readers want to know is said by a collection (`Definition.speaker`).
 */
export function spokenFor(record: Record): PublicKey {
  const collection = tagValues(record, 'c')[0] ?? null
  const speaking = grantsIn(record).find(
    grant => grant.isOnBehalf && holdsAt(grant, record.createdAt) && coversCollection(grant, collection),
  )
  return firstOf(speaking?.owner ?? record.author, record)
}

/** What was read before, the longest known first. */
const known = new Map<string, Grant | null>()

/** Give the grant of *text*, if it is one that its owner signed for the room of *roomTag*; kept, once verified. */
export function knownGrant(text: string, roomTag: RoomTag): Grant | null {
  const key = `${roomTag} ${text}`
  let grant = known.get(key)
  if (grant === undefined) {
    grant = read(text, roomTag)
    const [oldest] = known.keys()
    if (known.size >= GRANTS_CACHED && oldest !== undefined) known.delete(oldest)
    known.set(key, grant)
  }
  return grant
}

function read(text: string, roomTag: RoomTag): Grant | null {
  try {
    const grant = readGrant(text)
    return isGenuine(grant, roomTag) ? grant : null
  } catch (error) {
    if (error instanceof MalformedError) return null
    throw error
  }
}

function check(owner: PublicKey, { writer, since, until, collections }: Terms): void {
  if (!isPublicKey(owner) || !isPublicKey(writer)) throw new MalformedError('a grant is by one key for another one')
  if (!(Number.isSafeInteger(since) && Number.isSafeInteger(until) && since >= 0 && since <= until)) {
    throw new MalformedError(`a grant from ${since} until ${until}`)
  }
  const names = collections.split(' ')
  if (names.includes('') || ![...collections].every(isPlain) || (names.includes(ALL) && names.length > 1)) {
    throw new MalformedError(`a grant is for names of collections joined by single spaces, or for '${ALL}'`)
  }
}

/** Say whether *character* is one that records may hold, and no control character. */
function isPlain(character: string): boolean {
  return character >= ' ' && !/^[\ud800-\udfff]$/u.test(character)
}

function decode(text: string): Uint8Array {
  try {
    return decodeBase64url(text)
  } catch {
    throw new MalformedError('a grant is a text of base64url')
  }
}

function namesIn(data: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    throw new MalformedError('a grant is a text of base64url')
  }
}

/** Read a time; beyond `INTEGER_MAX` it is none. */
function timeAt(data: Uint8Array, at: number): UnixTime {
  const digits = bytesToHex(data.subarray(at, at + TIME_BYTES))
  const time = digits === '' ? -1 : Number.parseInt(digits, 16)
  return (time <= INTEGER_MAX ? time : -1) as UnixTime
}

function termBytes({ writer, since, until, isOnBehalf }: Terms): Uint8Array {
  const times = new DataView(new ArrayBuffer(2 * TIME_BYTES))
  times.setBigUint64(0, BigInt(since))
  times.setBigUint64(TIME_BYTES, BigInt(until))
  return concatBytes(hexToBytes(writer), new Uint8Array(times.buffer), Uint8Array.of(Number(isOnBehalf)))
}

function digest(roomTag: RoomTag, terms: Terms): Uint8Array {
  return sha256(concatBytes(DOMAIN, hexToBytes(roomTag), termBytes(terms), utf8ToBytes(terms.collections)))
}
