/** Texts that sort as what they say does, and the keys made of them: documents lie in one index of a page's database. */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { RecordId } from '../core/record.ts'
import type { Term } from '../documents/order.ts'
import type { Scalar } from '../documents/value.ts'

/** Characters up to 0xff: a database writes texts at half the cost of bytes. */
export type Sorted = string

/** A name, a collection and a place; one index of many names is written at less cost than an index for each. */
export type DocKey = string

/** What lies from the first on, and before the second. */
export type Keys = readonly [from: DocKey, end: DocKey]

/** As much of an id as tells documents of one stamp apart. */
const ID_DIGITS = 32

/** Where what a rule shadows, or a policy or mute hides, lies. */
export const VEILED: DocKey = 'veiled'

const [SLOT, PART, PARENT, DUE] = ['slot', 'part', 'parent', 'due'] as const
/** Whatever is of batches is of no collection. */
const LOOKED_UP = [`${SLOT}\0`, `${PARENT}\0`, `${PART}\0\0`]

/** Write where among what has this *name* something of a collection lies. */
export function docKey(name: string, collection: string, place: Sorted): DocKey {
  return `${name}\0${collection}\0${place}`
}

/** Give all places of a collection from *lower* on and before *upper*; to the end where that is null. */
export function docKeys(name: string, collection: string, lower: Sorted = '', upper: Sorted | null = null): Keys {
  const end = upper === null ? `${name}\0${collection}\x01` : docKey(name, collection, upper)
  return [docKey(name, collection, lower), end]
}

/** Write where the versions of one register lie, of one author or of whoever writes what is shared. */
export function slotKey(collection: string, key: string, author: string | null): DocKey {
  return docKey(SLOT, collection, sorted(key) + (author ?? ''))
}

/** Give where the versions of one register lie: of one author, of all, or of whoever writes what is shared. */
export function slotKeys(collection: string, key: string, author: string | null, isShared: boolean): Keys {
  if (isShared || author !== null) return only(slotKey(collection, key, isShared ? null : author))
  const first = slotKey(collection, key, null)
  // Authors are in hexadecimal.
  return [first, `${first}g`]
}

/** Write where what has an element or a word lies, or is part of a batch. */
export function partKey(collection: string, field: string, part: string): DocKey {
  return docKey(PART, collection, sorted(field) + part)
}

/** Give all parts that begin so, or lie up to *to*. */
export function partKeys(collection: string, field: string, from: string, to?: string): Keys {
  const first = partKey(collection, field, from)
  // Nothing that is a word begins with the last unit of UTF-16.
  return [first, to === undefined ? `${first}\uffff` : `${partKey(collection, field, to)}\0`]
}

/** Write where what follows *parent* lies. */
export function parentKey(parent: RecordId): DocKey {
  return `${PARENT}\0${parent}`
}

/** Write where what expires then lies. */
export function dueKey(time: number): DocKey {
  return `${DUE}\0${sortedNumber(time)}`
}

/** Give all that expires by *time*. */
export function dueKeys(time: number): Keys {
  return [`${DUE}\0`, `${dueKey(time)}\0`]
}

/** Say whether keys of this name are asked for with every record that comes. */
export function isLookedUp(key: DocKey): boolean {
  return LOOKED_UP.some(name => key.startsWith(name))
}

/** Give nothing but *key*. */
export function only(key: DocKey): Keys {
  return [key, `${key}\0`]
}

/** Write where what has these values and this time lies among *terms*. */
export function sortedSeat(terms: readonly Term[], values: readonly Scalar[], stamp: number, id: RecordId): Sorted {
  return inOneRow(terms, values, sortedTime(stamp, id))
}

/** Write a time: of one stamp, the lowest id is the newest. */
export function sortedTime(stamp: number, id: RecordId): Sorted {
  return sortedNumber(stamp) + turned(id.slice(0, ID_DIGITS), true)
}

/** Put *values* and *time* behind each other, those turned over whose terms are descending. */
export function inOneRow(terms: readonly Term[], values: readonly Scalar[], time: Sorted): Sorted {
  const last = values.length
  return terms
    .map(({ isDescending }, at) => turned(at < last ? sorted(values[at] ?? null) : time, isDescending))
    .join('')
}

/** Write a scalar: shorter ones are the beginning of none. */
export function sorted(value: Scalar): Sorted {
  if (value === null) return '\0'
  if (typeof value === 'boolean') return value ? '\x02' : '\x01'
  return typeof value === 'number' ? `\x03${sortedNumber(value)}` : `${sortedText(value)}\0\0`
}

/** Write the beginning of texts. */
export function sortedText(text: string): Sorted {
  // What is 0 is told apart from the end.
  return `\x04${PLAIN.test(text) ? text : String.fromCharCode(...utf8ToBytes(text)).replaceAll('\0', '\0\xff')}`
}

/** Its UTF-8 is itself. */
const PLAIN = /^[ -~]*$/

/** Write a number as eight characters that sort as numbers do. */
export function sortedNumber(value: number): Sorted {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value === 0 ? 0 : value)
  // Positive ones come after negative ones, which are the other way about.
  if (value >= 0) bytes[0] = (bytes[0] ?? 0) ^ 0x80
  return turned(String.fromCharCode(...bytes), value < 0)
}

/** Turn characters over, so that they sort the other way, where that *isWanted*. */
export function turned(text: Sorted, isWanted: boolean): Sorted {
  if (!isWanted) return text
  let other = ''
  for (let at = 0; at < text.length; at++) other += String.fromCharCode(0xff ^ text.charCodeAt(at))
  return other
}

/** Give what comes after all that begins with *text*; null after everything. */
export function successor(text: Sorted): Sorted | null {
  for (let end = text.length - 1; end >= 0; end--) {
    const code = text.charCodeAt(end)
    if (code < 0xff) return text.slice(0, end) + String.fromCharCode(code + 1)
  }
  return null
}
