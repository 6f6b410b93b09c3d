/** How a document rests in a page, and what a store finds it by. */

import type { Json } from '../core/action.ts'
import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { EXPIRED, HIDDEN, MISFIT, type Row, SHADOWED, type Version } from '../documents/document.ts'
import { type Term, TIME } from '../documents/order.ts'
import { canonical, isArray, isScalar, type Scalar, valueAt } from '../documents/value.ts'
import { wordsOf } from '../documents/words.ts'
import { partsOf } from './completeness.ts'
import {
  type DocKey,
  docKey,
  dueKey,
  inOneRow,
  parentKey,
  partKey,
  type Sorted,
  slotKey,
  sortedTime,
  turned,
  VEILED,
} from './sorted.ts'

/** A document, or a version of a register, whatever its state. */
export interface Stored extends Version {
  /** Who signed it, where that is another than its author. */
  readonly signer?: PublicKey
  readonly collection: string
  readonly key: string | null
  readonly createdAt: UnixTime
  readonly value: Json
  readonly expiresAt: number | null
  readonly batch: string | null
}

/** A document with all that it is found by. */
export interface Filed extends Stored {
  readonly keys: readonly DocKey[]
}

/** An element of an array, a word of what is seen, or a batch. */
export type Part = readonly [collection: string, field: string, part: string]

/** The names of keys by time: of what readers see, of what they do not, and of what of that does not fit. */
export const [SEEN, UNSEEN, MISFITS] = ['t', 'unseen', 'misfit'] as const

/** The field of words, which no array has. */
export const WORDS = ''

/** Finds places; loaded with the first collection that has any. */
export type Globe = typeof import('./globe.ts')

/** Where everything is by time. */
export const BY_TIME: readonly Term[] = [{ field: TIME, isDescending: true }]

/** Make a document of *row*, which was read from *record*. */
export function docOf(row: Row, { id, author: signer, createdAt }: Record): Stored {
  const { author, collection, key, stamp, state, value, expiresAt, parents, batch } = row
  const doc = { id, collection, key, author, createdAt, stamp, state, value, expiresAt, parents, batch }
  return signer === author ? doc : { ...doc, signer }
}

/** Give who signed a document. */
export function signerOf({ author, signer }: Stored): PublicKey {
  return signer ?? author
}

/** Give a field of a document as `documents/where.ts` asks for it. */
export function fieldOfDoc({ key, author, stamp, value }: Stored, name: string): Json {
  if (name === 'key') return key
  if (name === 'author') return author
  return name === TIME ? stamp : valueAt(value, name)
}

/** Give a scalar field of a document; null where it is none. */
export function scalarOfDoc(doc: Stored, name: string): Scalar {
  const value = fieldOfDoc(doc, name)
  return isScalar(value) ? value : null
}

/** File a document under all that it is found by. */
export function filed(definition: Definition, doc: Stored, globe: Globe | null): Filed {
  const { collection, key, author, state, expiresAt, parents } = doc
  const time = sortedTime(doc.stamp, doc.id)
  const newest = turned(time, true)
  const keys = [
    ...(state === 0 ? keysOfSeen(definition, doc, newest, time) : [docKey(UNSEEN, collection, newest)]),
    ...(key === null ? [] : [slotKey(collection, key, definition.isShared ? null : author)]),
    ...parents.map(parentKey),
    ...partsOf(doc).map(part => partKey(...part)),
    ...(state === 0 ? partsOfSeen(definition, doc, globe) : []).map(part => partKey(...part)),
  ]
  if (expiresAt !== null && (state & EXPIRED) === 0) keys.push(dueKey(expiresAt))
  if ((state & (SHADOWED | HIDDEN)) !== 0) keys.push(VEILED)
  if ((state & MISFIT) !== 0) keys.push(docKey(MISFITS, collection, newest))
  return { ...doc, keys }
}

/** Write an element of an array. */
export function partOf(value: Json): string {
  return String.fromCharCode(...canonical(value))
}

function keysOfSeen(definition: Definition, doc: Stored, newest: Sorted, time: Sorted): DocKey[] {
  const { collection } = doc
  const keys = definition.indexes.map((terms, at) => {
    const values = terms.slice(0, -1).map(({ field }) => scalarOfDoc(doc, field))
    return docKey(`i${at}`, collection, inOneRow(terms, values, time))
  })
  return [docKey(SEEN, collection, newest), ...keys]
}

function partsOfSeen(definition: Definition, doc: Stored, globe: Globe | null): Part[] {
  const { collection } = doc
  const elements = definition.arrays.flatMap(field => {
    const value = valueAt(doc.value, field)
    return isArray(value) ? value.map(each => [collection, field, partOf(each)] as const) : []
  })
  const words = wordsOf(doc.value, definition.text).map(word => [collection, WORDS, word] as const)
  return [...elements, ...words, ...(globe?.cellsOf(definition, doc) ?? [])]
}
