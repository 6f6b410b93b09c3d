/**
 * Keys of views: arrays of scalars, as bytes that sort as the order of documents has it, in every language.
 *
 * Each part is a byte that says what it is (1 null, 2 false, 3 true, 4 a number, 5 a text) and what it says: a number as
 * a big-endian double whose bits are all turned round when it is below zero, and the first of them otherwise; a text as
 * UTF-8, in which each zero byte is followed by 255, and a zero byte at its end. Here the bytes are the characters of a
 * text, which sorts as they do, and is a key of maps and databases.
 */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import { VIEW_KEY_BYTES_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import { isArray, isWellFormed, type Scalar } from './value.ts'

/** A key, such as `['tag', 'red']`. */
export type ViewKey = readonly Scalar[]

/**
 * Write a key; the bytes of its first parts are the beginning of those of all.
 *
 * Throws a ConfigError when it is no array of scalars, or longer than `VIEW_KEY_BYTES_MAX`.
 */
export function encodeKey(parts: unknown): string {
  if (!isArray(parts)) throw new ConfigError(`a key of a view is such as ["tag", "red"], not ${shown(parts)}`)
  const key = (parts as unknown[]).map(encode).join('')
  if (key.length <= VIEW_KEY_BYTES_MAX) return key
  throw new ConfigError(`a key of ${key.length} bytes; the limit of a view is ${VIEW_KEY_BYTES_MAX}`)
}

/** Read a key that `encodeKey` wrote. */
export function decodeKey(key: string): Scalar[] {
  const parts: Scalar[] = []
  for (let place = 0; place < key.length; ) {
    const sign = key.charCodeAt(place++)
    if (sign === NUMBER) {
      parts.push(numberIn(key.slice(place, place + 8)))
      place += 8
    } else if (sign === TEXT) {
      const end = endOfText(key, place)
      const bytes = bytesIn(key.slice(place, end).replaceAll('\0\xff', '\0'))
      parts.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
      place = end + 1
    } else parts.push([null, false, true][sign - NULL] ?? null)
  }
  return parts
}

/** Give what stands behind all keys that begin with the parts of *prefix*. */
export function endOf(prefix: string): string {
  // No part begins with so high a byte.
  return `${prefix}\xff`
}

const [NULL, FALSE, TRUE, NUMBER, TEXT] = [1, 2, 3, 4, 5] as const

function encode(part: unknown): string {
  if (part === null) return String.fromCharCode(NULL)
  if (typeof part === 'boolean') return String.fromCharCode(part ? TRUE : FALSE)
  if (Number.isFinite(part)) return String.fromCharCode(NUMBER) + encodeNumber(part as number)
  if (typeof part !== 'string') {
    throw new ConfigError(`a key of a view holds null, booleans, finite numbers and texts, not ${shown(part)}`)
  }
  if (!isWellFormed(part)) throw new ConfigError(`a key of a view holds a lone surrogate: ${shown(part)}`)
  return `${String.fromCharCode(TEXT)}${textOf(utf8ToBytes(part)).replaceAll('\0', '\0\xff')}\0`
}

function encodeNumber(value: number): string {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value || 0)
  return textOf(turned(bytes, value < 0))
}

function numberIn(text: string): number {
  const bytes = bytesIn(text)
  return new DataView(turned(bytes, (bytes[0] ?? 0) < 0x80).buffer).getFloat64(0)
}

/** Turn all bits round, or the first of them. */
function turned(bytes: Uint8Array<ArrayBuffer>, isAll: boolean): Uint8Array<ArrayBuffer> {
  return bytes.map((byte, at) => byte ^ (isAll ? 0xff : at === 0 ? 0x80 : 0))
}

function endOfText(key: string, place: number): number {
  let end = key.indexOf('\0', place)
  while (key[end + 1] === '\xff') end = key.indexOf('\0', end + 2)
  return end
}

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => String.fromCharCode(byte)).join('')
}

function bytesIn(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, character => character.charCodeAt(0))
}
