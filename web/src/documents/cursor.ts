/** Cursors: the place after which a page begins, as an opaque text that stands when its document is gone. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../core/action.ts'
import { VALUE_DEPTH_MAX } from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import { shown } from '../core/typed.ts'
import { QueryError } from '../errors.ts'
import type { Seat } from './order.ts'
import { canonical, checkJson, isArray, isScalar } from './value.ts'

export const DIGEST_BYTES = 8

/** Write the place of the last document of a page; *digest* is that of its query. */
export function writeCursor(digest: string, { values, stamp, id }: Seat): string {
  const bytes = concatBytes(hexToBytes(digest), canonical([...values, stamp, id]))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/**
 * Read a cursor of the query of *digest*, whose order has so many *fields* before time.
 *
 * Throws a QueryError when it is none, or one of another query.
 */
export function readCursor(text: unknown, digest: string, fields: number): Seat {
  if (typeof text !== 'string') {
    throw new QueryError(`a page begins after the "next" of another page, not after ${shown(text)}`)
  }
  const [said, row] = readRow(text)
  if (said !== digest) {
    throw new QueryError('this cursor is of another query: collection, where, order and text must be the same')
  }
  const values = row.slice(0, -2)
  const [stamp, id] = row.slice(-2)
  const isStamp = typeof stamp === 'number' && Number.isSafeInteger(stamp) && stamp >= 0
  const isWhole = isStamp && typeof id === 'string' && ID.test(id)
  if (!isWhole || values.length !== fields || !values.every(isScalar)) throw noCursor(text)
  return { values, stamp, id: id as RecordId }
}

/** Give what tells the queries of cursors apart. */
export function digestOf(query: Json): string {
  return bytesToHex(sha256(canonical(query)).subarray(0, DIGEST_BYTES))
}

const ID = /^[0-9a-f]{64}$/

function noCursor(text: string, options?: ErrorOptions): QueryError {
  return new QueryError(`${shown(text)} is no cursor`, options)
}

function readRow(text: string): [digest: string, row: readonly Json[]] {
  try {
    const digits = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(digits, digit => digit.charCodeAt(0))
    const reader = new Reader(bytes.subarray(DIGEST_BYTES))
    const row = reader.read(VALUE_DEPTH_MAX)
    checkJson(row, VALUE_DEPTH_MAX)
    if (isArray(row) && reader.isAtEnd) return [bytesToHex(bytes.subarray(0, DIGEST_BYTES)), row]
  } catch (error) {
    throw noCursor(text, { cause: error })
  }
  throw noCursor(text)
}

/** Reads values as `canonical` writes them, but for objects, which no cursor holds. */
class Reader {
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#view.byteLength
  }

  /** Read one value; throws a RangeError where the bytes end, or are none. */
  read(depth: number): Json {
    const letter = String.fromCharCode(this.#view.getUint8(this.#skip(1)))
    if (letter === 'n') return null
    if (letter === 'f' || letter === 't') return letter === 't'
    if (letter === 'd') return this.#view.getFloat64(this.#skip(8))
    if (letter === 's') return this.#text(this.#view.getUint32(this.#skip(4)))
    if (letter !== 'a' || depth === 0) throw new RangeError('no value')
    const parts: Json[] = []
    for (let left = this.#view.getUint32(this.#skip(4)); left > 0; left--) parts.push(this.read(depth - 1))
    return parts
  }

  #text(size: number): string {
    const { buffer, byteOffset, byteLength } = this.#view
    const at = this.#skip(size)
    if (this.#at > byteLength) throw new RangeError('cut off')
    return UTF8.decode(new Uint8Array(buffer, byteOffset + at, size))
  }

  #skip(bytes: number): number {
    this.#at += bytes
    return this.#at - bytes
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
