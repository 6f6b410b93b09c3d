/**
 * Numbers, ids, day cells and ranges packed into one byte string each (docs/protocol.md, "Packed fields").
 *
 * Each value has exactly one packed form, and every count is checked against what is left of the bytes before
 * anything is made from it, so hostile bytes cost no more than their own length. Ids, prefixes and fingerprints are in
 * hex, so a field is put together in hex and becomes bytes at the end.
 *
 * Throws, in every function here:
 *   WireError: the value breaks a limit, or the bytes are no packed form.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { WireError } from '../errors.ts'
import { DAY_CELLS_MAX, INTEGER_MAX, RANGE_ITEMS_MAX } from './limits.ts'
import type { Bound, Cell, RangeItem } from './message.ts'

export const SHORT_ID_BYTES = 8
/** Of the short ids of a list, and of those wanted of it: they are told from the ids of one range only. */
export const LISTED_ID_BYTES = 5
export const FINGERPRINT_BYTES = 8
export const SYMBOL_BYTES = 13
export const PREFIX_BYTES_MAX = 32
export const COUNT_MAX = 2 ** 32 - 1

// The upper two bits of a range's second part are its mode, the lower six the length of the bound's prefix.
const SKIP = 0
const FINGERPRINT = 1
const ID_LIST = 2
const MODE_SHIFT = 6
const LENGTH_MASK = 0x3f
const HEX = /^(?:[0-9a-f]{2})*$/

/** Write *value*, 0 to 2^53 - 1, seven bits a byte, the lowest first; a set high bit says that more follow. */
export function packVarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new WireError(`the number ${value} is outside 0 to 2^53 - 1`)
  }
  const packed: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
    packed.push((rest % 0x80) + 0x80)
  }
  packed.push(rest)
  return Uint8Array.from(packed)
}

/** Read the number at *offset*; give it and the offset behind it. */
export function readVarint(data: Uint8Array, offset: number): [value: number, offset: number] {
  let value = 0
  let shift = 0
  for (const [place, byte] of data.subarray(offset, offset + 8).entries()) {
    // Beyond 2^53 a double rounds, but never back below it.
    value += (byte & 0x7f) * 2 ** shift
    if (value > INTEGER_MAX) {
      throw new WireError('a packed number exceeds the limit of 2^53 - 1')
    }
    if (byte < 0x80) {
      if (byte === 0 && shift > 0) {
        throw new WireError('a packed number is not in its shortest form')
      }
      return [value, offset + place + 1]
    }
    shift += 7
    if (shift > 49) {
      throw new WireError('a packed number exceeds the limit of 8 bytes')
    }
  }
  throw new WireError('a packed number is cut off')
}

/** Write ids of *size* bytes one after the other. */
export function packIds(ids: readonly string[], size: number): Uint8Array {
  return hexToBytes(joinIds(ids, size))
}

/** Read ids of *size* bytes up to the end of *data*. */
export function unpackIds(data: Uint8Array, size: number): string[] {
  if (data.length % size !== 0) {
    throw new WireError(`${data.length} bytes are no whole number of ${size}-byte ids`)
  }
  return splitIds(bytesToHex(data), size)
}

/** Write for each cell its count and, unless that is 0, its fingerprint. */
export function packCells(cells: readonly Cell[]): Uint8Array {
  if (cells.length > DAY_CELLS_MAX) {
    throw new WireError(`${cells.length} cells exceed the limit of ${DAY_CELLS_MAX}`)
  }
  let packed = ''
  for (const [count, fingerprint] of cells) {
    checkCount(count)
    const size = sizeOf(fingerprint)
    if (size !== (count > 0 ? FINGERPRINT_BYTES : 0)) {
      throw new WireError(`a fingerprint of ${size} bytes beside a count of ${count}`)
    }
    packed += varint(count) + fingerprint
  }
  return hexToBytes(packed)
}

/** Read cells up to the end of *data*. */
export function unpackCells(data: Uint8Array): Cell[] {
  const cells: Cell[] = []
  const reader = new Reader(data)
  while (!reader.isAtEnd) {
    if (cells.length === DAY_CELLS_MAX) {
      throw new WireError(`the cells exceed the limit of ${DAY_CELLS_MAX}`)
    }
    const count = reader.varint()
    checkCount(count)
    cells.push([count, reader.hex(count > 0 ? FINGERPRINT_BYTES : 0)])
  }
  return cells
}

/** Write for each range the step to its upper bound, its mode and what it says. */
export function packRanges(items: readonly RangeItem[]): Uint8Array {
  if (items.length > RANGE_ITEMS_MAX) {
    throw new WireError(`${items.length} ranges exceed the limit of ${RANGE_ITEMS_MAX}`)
  }
  let packed = ''
  let lower: Bound | null = null
  for (const item of items) {
    const [createdAt, prefix] = item.upper
    checkOrder(lower, item.upper)
    const size = sizeOf(prefix)
    checkPrefix(size)
    const [mode, payload] = packPayload(item)
    // The first step starts at 0, so that the bytes can be read without knowing the round.
    const head = Uint8Array.of((mode << MODE_SHIFT) | size)
    packed += varint(createdAt - (lower?.[0] ?? 0)) + bytesToHex(head) + prefix + payload
    lower = item.upper
  }
  return hexToBytes(packed)
}

/** Read ranges up to the end of *data*; their bounds ascend strictly. */
export function unpackRanges(data: Uint8Array): RangeItem[] {
  const items: RangeItem[] = []
  const reader = new Reader(data)
  let lower: Bound | null = null
  while (!reader.isAtEnd) {
    if (items.length === RANGE_ITEMS_MAX) {
      throw new WireError(`the ranges exceed the limit of ${RANGE_ITEMS_MAX}`)
    }
    const createdAt: number = (lower?.[0] ?? 0) + reader.varint()
    const head = reader.byte()
    checkPrefix(head & LENGTH_MASK)
    const upper: Bound = [createdAt, reader.hex(head & LENGTH_MASK)]
    checkOrder(lower, upper)
    items.push(readPayload(reader, head >> MODE_SHIFT, upper))
    lower = upper
  }
  return items
}

/** Walks through a packed field once. */
class Reader {
  readonly #data: Uint8Array
  readonly #hex: string
  #offset = 0

  constructor(data: Uint8Array) {
    this.#data = data
    this.#hex = bytesToHex(data)
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#data.length
  }

  varint(): number {
    const [value, offset] = readVarint(this.#data, this.#offset)
    this.#offset = offset
    return value
  }

  byte(): number {
    return Number.parseInt(this.hex(1), 16)
  }

  hex(length: number): string {
    const end = this.#offset + length
    if (end > this.#data.length) {
      throw new WireError('a packed field is cut off')
    }
    const digits = this.#hex.slice(2 * this.#offset, 2 * end)
    this.#offset = end
    return digits
  }
}

function packPayload(item: RangeItem): [mode: number, payload: string] {
  if (item.type === 'Skip') {
    return [SKIP, '']
  }
  if (item.type === 'IdList') {
    return [ID_LIST, varint(item.shortIds.length) + joinIds(item.shortIds)]
  }
  const size = sizeOf(item.fingerprint)
  if (size !== FINGERPRINT_BYTES) {
    throw new WireError(`a fingerprint is ${FINGERPRINT_BYTES} bytes, not ${size}`)
  }
  return [FINGERPRINT, item.fingerprint]
}

function readPayload(reader: Reader, mode: number, upper: Bound): RangeItem {
  switch (mode) {
    case SKIP:
      return { type: 'Skip', upper }
    case FINGERPRINT:
      return { type: 'Fingerprint', upper, fingerprint: reader.hex(FINGERPRINT_BYTES) }
    case ID_LIST:
      return { type: 'IdList', upper, shortIds: splitIds(reader.hex(reader.varint() * LISTED_ID_BYTES)) }
    default:
      throw new WireError(`no range has mode ${mode}`)
  }
}

function checkOrder(lower: Bound | null, upper: Bound): void {
  if (upper[0] > INTEGER_MAX) {
    throw new WireError(`a bound at ${upper[0]} exceeds the limit of 2^53 - 1`)
  }
  if (lower !== null && (upper[0] < lower[0] || (upper[0] === lower[0] && upper[1] <= lower[1]))) {
    throw new WireError('the bounds of ranges do not ascend')
  }
}

function checkPrefix(length: number): void {
  if (length > PREFIX_BYTES_MAX) {
    throw new WireError(`a bound's prefix of ${length} bytes exceeds the limit of ${PREFIX_BYTES_MAX}`)
  }
}

function checkCount(count: number): void {
  if (count > COUNT_MAX) {
    throw new WireError(`a cell's count of ${count} exceeds the limit of 2^32 - 1`)
  }
}

function joinIds(ids: readonly string[], size = LISTED_ID_BYTES): string {
  if (ids.some(id => sizeOf(id) !== size)) {
    throw new WireError(`a short id is ${size} bytes`)
  }
  return ids.join('')
}

/** Cut hex into ids of *size* bytes, which is that of listed ones unless it is said. */
export function splitIds(hex: string, size = LISTED_ID_BYTES): string[] {
  return hex.match(RegExp(`.{${2 * size}}`, 'g')) ?? []
}

function varint(value: number): string {
  return bytesToHex(packVarint(value))
}

/** Count the bytes that *hex* stands for. */
function sizeOf(hex: string): number {
  if (!HEX.test(hex)) {
    throw new WireError('not bytes in lower-case hex')
  }
  return hex.length / 2
}
