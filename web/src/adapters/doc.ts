/** How a document rests in a page: the fields that a store finds it by, and the bytes that sort it. */

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../core/action.ts'
import type { UnixTime } from '../core/clock.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { ABSENT, EXPIRED, HIDDEN, MISFIT, type Row, SHADOWED, type Version } from '../documents/document.ts'
import { type Term, TIME } from '../documents/order.ts'
import { canonical, isArray, isScalar, type Scalar, valueAt } from '../documents/value.ts'
import { wordsOf } from '../documents/words.ts'
import { partsOf } from './completeness.ts'

/** Bytes that sort as what they say does. */
export type Sorted = Uint8Array<ArrayBuffer>

/** Where a document lies in an index. */
export type DocKey = readonly [collection: string, bytes: Sorted]

/** A document, or a version of a register, whatever its state. */
export interface Doc extends Version {
  readonly collection: string
  readonly key: string | null
  readonly createdAt: UnixTime
  readonly value: Json
  readonly expiresAt: number | null
  readonly batch: string | null
}

/** A document with the keys that it is found by; each is left out where it is not to be found so. */
export interface Filed extends Doc {
  /** Of a version: all of one register lie together. */
  readonly slot?: readonly [collection: string, key: string, author: string]
  /** When nobody sees it any more, where that is to come. */
  readonly due?: number
  /** Of what a rule shadows, or a policy or mute hides. */
  readonly veiled?: 1
  /** Of what counts, by time. */
  readonly counting?: DocKey
  /** Of what does not fit, by time. */
  readonly misfit?: DocKey
  /** Elements of arrays, and words, of what is seen; the batch of what is part of one. */
  readonly parts?: readonly (readonly [collection: string, field: string, part: string])[]
  /** Of what is seen: by time, and by the declared indexes `i0` to `i15`. */
  readonly t?: DocKey
  readonly [index: `i${number}`]: DocKey
}

/** A number, and as much of an id as tells documents of one stamp apart. */
const TIME_BYTES = 24

/** The field of words, which no array has. */
export const WORDS = ''

/** Where everything is by time. */
export const BY_TIME: readonly Term[] = [{ field: TIME, isDescending: true }]

/** Make a document of *row*, which was read from *record*. */
export function docOf(row: Row, { id, author, createdAt }: Record): Doc {
  const { collection, key, stamp, state, value, expiresAt, parents, batch } = row
  return { id, collection, key, author, createdAt, stamp, state, value, expiresAt, parents, batch }
}

/** Give a field of a document as `documents/where.ts` asks for it. */
export function fieldOfDoc({ key, author, stamp, value }: Doc, name: string): Json {
  if (name === 'key') return key
  if (name === 'author') return author
  return name === TIME ? stamp : valueAt(value, name)
}

/** Give a scalar field of a document; null where it is none. */
export function scalarOfDoc(doc: Doc, name: string): Scalar {
  const value = fieldOfDoc(doc, name)
  return isScalar(value) ? value : null
}

/** File a document under all that it is found by. */
export function filed(definition: Definition, doc: Doc): Filed {
  const { collection, key, author, state, expiresAt } = doc
  const time = timeBytes(doc.stamp, doc.id)
  const newest: DocKey = [collection, turned(time, true)]
  const parts = [...partsOf(doc), ...(state === 0 ? partsOfSeen(definition, doc) : [])]
  return {
    ...doc,
    ...(key !== null && { slot: [collection, key, author] as const }),
    ...(expiresAt !== null && (state & EXPIRED) === 0 && { due: expiresAt }),
    ...((state & (SHADOWED | HIDDEN)) !== 0 && { veiled: 1 as const }),
    ...((state & ABSENT) === 0 && { counting: newest }),
    ...((state & MISFIT) !== 0 && { misfit: newest }),
    ...(state === 0 && keysOfSeen(definition, doc, newest, time)),
    ...(parts.length > 0 && { parts }),
  }
}

/** Write where a document of these *terms* lies, whose time is written as *time*. */
export function sortedBy(terms: readonly Term[], doc: Doc, time = timeBytes(doc.stamp, doc.id)): DocKey {
  const values = terms.slice(0, -1).map(({ field }) => bytesOf(scalarOfDoc(doc, field)))
  return [doc.collection, inOneRow(terms, [...values, time])]
}

/** Write where what has these values and this time lies among *terms*. */
export function bytesOfSeat(terms: readonly Term[], values: readonly Scalar[], stamp: number, id: RecordId): Sorted {
  return inOneRow(terms, [...values.map(bytesOf), timeBytes(stamp, id)])
}

/** Write a time: of one stamp, the lowest id is the newest. */
function timeBytes(stamp: number, id: RecordId): Sorted {
  const bytes = new Uint8Array(TIME_BYTES)
  bytes.set(numberBytes(stamp))
  for (let at = 8; at < TIME_BYTES; at++) bytes[at] = 0xff ^ Number.parseInt(id.slice(2 * at - 16, 2 * at - 14), 16)
  return bytes
}

/** Put *parts* behind each other, those turned over whose terms are descending. */
function inOneRow(terms: readonly Term[], parts: readonly Sorted[]): Sorted {
  const row = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let size = 0
  for (const [place, part] of parts.entries()) {
    row.set(part, size)
    const end = size + part.length
    if (terms[place]?.isDescending === true) for (; size < end; size++) row[size] = 0xff ^ (row[size] ?? 0)
    size = end
  }
  return row
}

/** Write a scalar: shorter ones are the beginning of none. */
export function bytesOf(value: Scalar): Sorted {
  if (value === null) return new Uint8Array([0])
  if (typeof value === 'boolean') return new Uint8Array([value ? 2 : 1])
  if (typeof value === 'number') return joined(new Uint8Array([3]), numberBytes(value))
  return withEnd(textBytes(value))
}

/** Write the beginning of texts. */
export function textBytes(text: string): Sorted {
  const bytes = utf8ToBytes(text)
  // What is 0 is told apart from the end.
  if (bytes.includes(0)) return new Uint8Array([4, ...[...bytes].flatMap(byte => (byte === 0 ? [0, 0xff] : [byte]))])
  const written = new Uint8Array(bytes.length + 1)
  written[0] = 4
  written.set(bytes, 1)
  return written
}

function withEnd(bytes: Uint8Array): Sorted {
  const written = new Uint8Array(bytes.length + 2)
  written.set(bytes)
  return written
}

/** Write a number as eight bytes that sort as numbers do. */
export function numberBytes(value: number): Sorted {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value === 0 ? 0 : value)
  if (value < 0) return turned(bytes, true)
  bytes[0] = (bytes[0] ?? 0) ^ 0x80
  return bytes
}

/** Turn bytes over, so that they sort the other way, where that *isWanted*. */
export function turned(bytes: Uint8Array, isWanted: boolean): Sorted {
  return isWanted ? Uint8Array.from(bytes, byte => byte ^ 0xff) : new Uint8Array(bytes)
}

/** Put bytes behind each other. */
export function joined(...parts: readonly Uint8Array[]): Sorted {
  return new Uint8Array(concatBytes(...parts))
}

/** Give what comes after all that begins with *bytes*; null after everything. */
export function successor(bytes: Uint8Array): Sorted | null {
  const end = bytes.findLastIndex(byte => byte < 0xff)
  if (end < 0) return null
  const next = new Uint8Array(bytes.subarray(0, end + 1))
  next[end] = (next[end] ?? 0) + 1
  return next
}

/** Compare bytes as databases do. */
export function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const size = Math.min(one.length, other.length)
  for (let at = 0; at < size; at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0)
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** Write an element of an array. */
export function partOf(value: Json): string {
  return String.fromCharCode(...canonical(value))
}

function keysOfSeen(definition: Definition, doc: Doc, newest: DocKey, time: Sorted): Partial<Filed> {
  const keys = definition.indexes.map((terms, at) => [`i${at}`, sortedBy(terms, doc, time)])
  return Object.fromEntries([['t', newest], ...keys])
}

function partsOfSeen(definition: Definition, doc: Doc): NonNullable<Filed['parts']> {
  const { collection } = doc
  const elements = definition.arrays.flatMap(field => {
    const value = valueAt(doc.value, field)
    return isArray(value) ? value.map(each => [collection, field, partOf(each)] as const) : []
  })
  const words = wordsOf(doc.value, definition.text).map(word => [collection, WORDS, word] as const)
  return [...elements, ...words]
}
