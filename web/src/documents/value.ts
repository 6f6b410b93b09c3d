/**
 * The values of documents: JSON as every language reads it alike, and the order of its scalars.
 *
 * Order: null (and what is missing), then false, true, numbers, texts by their UTF-8 bytes. Types do not mix: a number
 * never equals a text, and true is not 1.
 */

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../core/action.ts'
import { VALUE_DEPTH_MAX } from '../core/limits.ts'

/** What fields are compared and sorted by. */
export type Scalar = boolean | number | string | null

/** Sorts scalars, whatever their types: by `compareRanks`. */
export type Rank = readonly [type: number, value: number | string]

/** An object of JSON, whose fields are its own: `fieldOf` reads them. */
export type JsonObject = { readonly [key: string]: Json }

/** The rank of null, of what is missing, and of arrays and objects. */
export const NOTHING: Rank = [0, 0]

/**
 * Read the content of a document.
 *
 * Throws a SyntaxError when it is no JSON, or some language would read it otherwise: whole numbers whose last digits a
 * double loses, infinities, lone surrogates, more than `VALUE_DEPTH_MAX` levels.
 */
export function readJson(text: string): Json {
  const value = JSON.parse(text) as Json
  // A parser gives the next number that it can hold; only the digits tell.
  if (MANY_DIGITS.test(text)) checkDigits(text)
  checkJson(value, VALUE_DEPTH_MAX)
  return value
}

/** Make sure that every language reads *value* alike, *depth* levels being left; throws a SyntaxError otherwise. */
export function checkJson(value: unknown, depth: number): asserts value is Json {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') {
    if (!isWellFormed(value)) throw new SyntaxError('a text with a lone surrogate')
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new SyntaxError('a number that is not finite')
  } else if (!isArray(value) && !isObject(value)) {
    throw new SyntaxError(`a value of type ${typeof value}, which JSON cannot say`)
  } else if (depth === 0) {
    throw new SyntaxError(`more than ${VALUE_DEPTH_MAX} levels`)
  } else {
    for (const part of isArray(value) ? value : Object.entries(value).flat()) checkJson(part, depth - 1)
  }
}

/** Give the part of *value* at a dotted *path*; null where it is missing. */
export function valueAt(value: Json, path: string): Json {
  let part = value
  for (const name of path.split('.')) {
    if (!isObject(part)) return null
    part = fieldOf(part, name)
  }
  return part
}

/** Give a field of an object; null where it is missing. */
export function fieldOf(value: JsonObject, name: string): Json {
  return Object.hasOwn(value, name) ? (value[name] ?? null) : null
}

/** Give what *value* is sorted and compared by; arrays and objects count as nothing. */
export function rank(value: Json): Rank {
  if (typeof value === 'boolean') return value ? [2, 0] : [1, 0]
  if (typeof value === 'number') return [3, value]
  return typeof value === 'string' ? [4, value] : NOTHING
}

/** Compare two ranks, as sorting does. */
export function compareRanks([type, value]: Rank, [otherType, other]: Rank): number {
  if (type !== otherType) return type - otherType
  if (typeof value === 'string' && typeof other === 'string') return compareTexts(value, other)
  return value < other ? -1 : value > other ? 1 : 0
}

/** Compare two texts by their UTF-8 bytes: JavaScript compares units of UTF-16, which differs beyond U+FFFF. */
export function compareTexts(one: string, other: string): number {
  const size = Math.min(one.length, other.length)
  for (let at = 0; at < size; at++) {
    const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (left !== right) return weightOf(left) - weightOf(right)
  }
  return one.length - other.length
}

/** Say whether UTF-8 can say *text*: it has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !SURROGATE.test(text)
}

/** Say whether *value* is null, a boolean, a number or a text. */
export function isScalar(value: unknown): value is Scalar {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value)
}

/** Say whether *value* is an array. */
export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

/** Say whether *value* is an object that JSON can say, rather than a date, a map or an instance of a class. */
export function isObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  // What comes of another realm, such as a frame, has another Object.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * Write *value* as bytes that are equal in every language exactly when the values are.
 *
 * One letter says what follows: `n` null, `f` false, `t` true, `d` a number as a big-endian double, `s` a text, `a` an
 * array, `o` an object by its keys in the order of their bytes; a u32 before these says how many bytes, parts or keys.
 */
export function canonical(value: Json): Uint8Array {
  return concatBytes(...partsOf(value))
}

const MANY_DIGITS = /\d{16}/
/** Texts, which may hold digits, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
const WHOLE = /^-?\d+$/
// With the flag u, a surrogate in a class matches only where it stands alone.
const SURROGATE = /[\ud800-\udfff]/u

function checkDigits(text: string): void {
  for (const [token] of text.matchAll(TOKENS)) {
    if (!WHOLE.test(token) || Number.isSafeInteger(Number(token))) continue
    // Doubles below 10^21 are written as such, whatever their size.
    if (String(Number(token)) !== token) throw new SyntaxError('a whole number beyond 2^53 - 1')
  }
}

/** Give the place of a unit of UTF-16 in the order of code points: surrogates stand for what comes last. */
function weightOf(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function partsOf(value: Json): Uint8Array[] {
  if (value === null) return [utf8ToBytes('n')]
  if (typeof value === 'boolean') return [utf8ToBytes(value ? 't' : 'f')]
  if (typeof value === 'number') {
    const bytes = new Uint8Array(9)
    bytes[0] = 0x64
    // There is one zero.
    new DataView(bytes.buffer).setFloat64(1, value === 0 ? 0 : value)
    return [bytes]
  }
  if (typeof value === 'string') {
    const bytes = utf8ToBytes(value)
    return [counted('s', bytes.length), bytes]
  }
  if (isArray(value)) return [counted('a', value.length), ...value.flatMap(partsOf)]
  const entries = Object.entries(value).sort(([one], [other]) => compareTexts(one, other))
  return [counted('o', entries.length), ...entries.flatMap(entry => entry.flatMap(partsOf))]
}

function counted(letter: string, count: number): Uint8Array {
  const bytes = new Uint8Array(5)
  bytes[0] = letter.charCodeAt(0)
  new DataView(bytes.buffer).setUint32(1, count)
  return bytes
}
