/** How a record is read as a document: its collection, key, links and value (docs/protocol.md, "Documents"). */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../core/action.ts'
import { keyOf } from '../core/deletion.ts'
import { expiresAt } from '../core/expiration.ts'
import type { PublicKey } from '../core/keys.ts'
import { DOCUMENT_KEY_BYTES_MAX, DOCUMENT_LINKS_MAX, VALUE_DEPTH_MAX } from '../core/limits.ts'
import { isUnread, KIND_KEYED, KIND_RECORD, type Record, type RecordId, type Tags, tagValues } from '../core/record.ts'
import { stampOf } from '../core/stamp.ts'
import { shown } from '../core/typed.ts'
import { ConfigError, SchemaError } from '../errors.ts'
import type { Definition, Older } from './definition.ts'
import { checkJson, isScalar, isWellFormed, readJson, type Scalar, valueAt } from './value.ts'

export const COLLECTION_TAG = 'c'
export const VOID_TAG = 'void'
/** The mark of an `e` tag that names what a record follows. */
export const PREVIOUS = 'prev'
export const BATCH_TAG = 'batch'

/** Bits that say why readers do not see a document; they see those of 0. */
export type State = number

/** A version that a newer one has replaced. */
export const SUPERSEDED: State = 1
/** A tombstone, or purged: it replaces what came before, and says nothing. */
export const VOID: State = 2
/** By a set rule. */
export const SHADOWED: State = 4
/** By a view policy, or because its author is muted. */
export const HIDDEN: State = 8
/** Part of an atomic batch of which something is missing. */
export const INCOMPLETE: State = 16
/** It does not fit the model. */
export const MISFIT: State = 32
export const EXPIRED: State = 64
export const SEALED: State = 128

/** A version with one of these is as if it were not there: what it replaced is seen again. */
export const ABSENT: State = SHADOWED | HIDDEN | INCOMPLETE | MISFIT | SEALED

/** A record as a document of one collection. */
export interface Row {
  readonly collection: string
  /** For whom it speaks: who signed it, or let that key write, where the collection is on behalf of others. */
  readonly author: PublicKey
  /** Of a register's version; null for a document of its own. */
  readonly key: string | null
  readonly stamp: number
  /** As far as the record alone decides it. */
  readonly state: State
  /** With defaults filled in; null where the state is not 0. */
  readonly value: Json
  /** Unix seconds from which on readers do not see it. */
  readonly expiresAt: number | null
  /** What it says it follows. */
  readonly parents: readonly RecordId[]
  /** The nonce of the batch of which it is part. */
  readonly batch: string | null
}

/** Read *record* as a document of the collection; null when it is of another, or none. */
export function rowOf(definition: Definition, record: Record): Row | null {
  const name = collectionOf(record)
  const older = definition.older.find(each => each.name === name) ?? null
  if (name === null || (name !== definition.name && older === null)) return null
  const [key, place] = placeOf(record, name)
  let state = place
  const value = state === 0 ? contentOf(definition, older, record) : null
  if (value === undefined) state |= MISFIT
  return {
    collection: definition.name,
    author: definition.speaker?.(record) ?? record.author,
    key,
    stamp: stampOf(record),
    state,
    value: value ?? null,
    expiresAt: expiresAt(record),
    parents: parentsOf(record),
    batch: tagValues(record, BATCH_TAG)[0] ?? null,
  }
}

/** Give the key under which *record* is a version of a register, null for a document, and what is wrong with it. */
export function placeOf(record: Record, name: string): [key: string | null, state: State] {
  const isKeyed = record.kind === KIND_KEYED
  const key = isKeyed ? keyIn(keyOf(record), name) : null
  const state = isKeyed && key === null ? MISFIT : 0
  const isVoid = record.tags.some(tag => tag[0] === VOID_TAG)
  return [key, isVoid ? state | (isKeyed ? VOID : MISFIT) : state]
}

/** Give a field as `where.ts` asks for it. */
export function fieldOfRow({ key, author, stamp, value }: Row, name: string): Json {
  switch (name) {
    case 'key':
      return key
    case 'author':
      return author
    case 'time':
      return stamp
    default:
      return valueAt(value, name)
  }
}

/** Give the values of the columns, in their order; null where one is missing or no scalar. */
export function columnsOf(definition: Definition, row: Row): Scalar[] {
  return definition.columns.map(({ field }) => {
    const value = valueAt(row.value, field)
    return isScalar(value) ? value : null
  })
}

/** Give what *record* says it follows, each once, at most `DOCUMENT_LINKS_MAX`. */
export function parentsOf(record: { readonly tags: Tags }): RecordId[] {
  const named = record.tags.flatMap(([name, id, , mark]) =>
    name === 'e' && id !== undefined && mark === PREVIOUS ? [id as RecordId] : [],
  )
  return [...new Set(named)].slice(0, DOCUMENT_LINKS_MAX)
}

/** Read the key of a register; throws a ConfigError for no text, an empty one, or one that is too long. */
export function readDocumentKey(value: unknown): string {
  if (typeof value === 'string' && isKey(value) && isWellFormed(value)) return value
  throw new ConfigError(`a key is a text of 1 to ${DOCUMENT_KEY_BYTES_MAX} bytes, not ${shown(value)}`)
}

/** The documents of a collection that readers see now and did not before, and those that they see no more. */
export interface Turnover {
  readonly came: readonly RecordId[]
  readonly gone: readonly RecordId[]
}

// Registers.

/** One version of a register that is here. */
export interface Version {
  readonly id: RecordId
  readonly author: PublicKey
  readonly stamp: number
  readonly state: State
  readonly parents: readonly RecordId[]
}

/** Compare versions, the one that counts first: the latest stamp, of equal ones the lowest id (NIP-01). */
export function winnerFirst(one: Pick<Version, 'stamp' | 'id'>, other: Pick<Version, 'stamp' | 'id'>): number {
  return other.stamp - one.stamp || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
}

/** Give those of *versions* that count, the winner first. */
export function present<Each extends Version>(versions: Iterable<Each>): Each[] {
  return [...versions].filter(({ state }) => (state & ABSENT) === 0).sort(winnerFirst)
}

/** Give the collection that *record* names; null when it is no document. */
export function collectionOf(record: Pick<Record, 'kind' | 'tags'>): string | null {
  if ((record.kind !== KIND_RECORD && record.kind !== KIND_KEYED) || isUnread(record)) return null
  return tagValues(record, COLLECTION_TAG)[0] ?? null
}

function keyIn(text: string, name: string): string | null {
  const key = text.startsWith(`${name}/`) ? text.slice(name.length + 1) : ''
  return isKey(key) ? key : null
}

function isKey(text: string): boolean {
  const size = utf8ToBytes(text).length
  return size > 0 && size <= DOCUMENT_KEY_BYTES_MAX
}

/** Read a document's value; undefined when it does not fit. */
function contentOf({ schema, fits }: Definition, older: Older | null, record: Record): Json | undefined {
  let value: Json
  try {
    value = readJson(record.content)
    // A stranger's code may throw anything; the document is a misfit.
    if (older?.upgrade !== undefined) {
      value = older.upgrade(value)
      checkJson(value, VALUE_DEPTH_MAX)
    }
  } catch {
    return undefined
  }
  try {
    schema?.check(value)
  } catch (error) {
    if (error instanceof SchemaError) return undefined
    throw error
  }
  const filled = schema?.filled(value) ?? value
  return fits?.check?.(filled) === false ? undefined : filled
}
