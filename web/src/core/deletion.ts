/**
 * What deletions name and cover (NIP-09): ids, and addresses of what has versions (docs/protocol.md, "Deletion").
 *
 * A function of the records alone, so that every peer agrees whatever came first.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { UnixTime } from './clock.ts'
import type { PublicKey } from './keys.ts'
import {
  isKeyedKind,
  isVersionedKind,
  KIND_DELETION,
  type Record,
  type RecordId,
  type Tags,
  tagValues,
} from './record.ts'
import { microsecondsOf } from './stamp.ts'

/** What a deletion can name, 32 bytes in hex: the id of a record, or the SHA-256 of the address of its versions. */
export type Name = string

/** What a store knows of a record without reading it; all that is left of one that was purged. */
export interface Outline {
  readonly id: RecordId
  readonly author: PublicKey
  readonly createdAt: UnixTime
  readonly microseconds: number
  readonly kind: number
  /** Of one that has versions: what they have in common. */
  readonly address: Name | null
}

/** That a deletion names something: what counts is its author and its time. */
export interface Mark {
  readonly name: Name
  readonly author: PublicKey
  readonly createdAt: UnixTime
  readonly deletion: RecordId
}

/** Whether an author's deletions name something. */
export type Question = readonly [name: Name, author: PublicKey]

/** Write the address of what has versions, as an `a` tag has it (NIP-01); *key* is empty where there is none. */
export function addressText(kind: number, author: PublicKey, key: string): string {
  return `${kind}:${author}:${key}`
}

/** Give the key of a keyed record: its first `d` tag; empty without one, and of all other kinds. */
export function keyOf(record: { readonly kind: number; readonly tags: Tags }): string {
  return (isKeyedKind(record.kind) && tagValues(record, 'd')[0]) || ''
}

/** Give the name of an address. */
export function digestOf(address: string): Name {
  return bytesToHex(sha256(utf8ToBytes(address)))
}

/** Give the name of *record*'s address, in a sealed room that of its envelope; null when its kind has no versions. */
export function addressOf({ kind, author, tags, outside = tags }: Record): Name | null {
  return isVersionedKind(kind) ? digestOf(addressText(kind, author, keyOf({ kind, tags: outside }))) : null
}

/** Give what a store knows of *record* without reading it. */
export function outlineOf(record: Record): Outline {
  const { id, author, createdAt, kind } = record
  return { id, author, createdAt, microseconds: microsecondsOf(record), kind, address: addressOf(record) }
}

/** Give by what a deletion can name a record. */
export function namesOf({ id, address }: Outline): readonly Name[] {
  return address === null ? [id] : [id, address]
}

/** Give what *deletion* names, each once: by its `e` tags, and versions of its own author by `a` tags. */
export function namesDeleted(deletion: Record): readonly Name[] {
  if (deletion.kind !== KIND_DELETION) return []
  const own = new RegExp(`^(0|[1-9][0-9]{0,4}):${deletion.author}:`)
  const addresses = tagValues(deletion, 'a').filter(address => isVersionedKind(Number(own.exec(address)?.[1] ?? NaN)))
  return [...new Set([...tagValues(deletion, 'e'), ...addresses.map(digestOf)])]
}

/** Give the marks that *deletions* leave. */
export function marksOf(deletions: readonly Record[]): Mark[] {
  return deletions.flatMap(deletion => {
    const { author, createdAt, id } = deletion
    return namesDeleted(deletion).map(name => ({ name, author, createdAt, deletion: id }))
  })
}

/** Say whether a record is deleted by *mark*: its author's own, no older than it, and of its name. */
export function doesCover(mark: Mark, outline: Outline): boolean {
  const isOwn = outline.kind !== KIND_DELETION && mark.author === outline.author
  return isOwn && mark.createdAt >= outline.createdAt && namesOf(outline).includes(mark.name)
}

/** Give the mark that covers most, of equal ones that of the lowest id; null without any. */
export function newestOf(marks: readonly Mark[]): Mark | null {
  const newestFirst = (one: Mark, other: Mark) =>
    other.createdAt - one.createdAt || (one.deletion < other.deletion ? -1 : 1)
  return marks.toSorted(newestFirst)[0] ?? null
}
