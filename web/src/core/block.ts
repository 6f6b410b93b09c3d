/** A block: up to 256 entries of the index in two flat arrays, and a node of the tree in `avl.ts`. */

import { bytesToHex } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { bisectLeft, bisectRight } from './bisect.ts'
import type { RecordId } from './record.ts'

export const ID_BYTES = 32
export const BLOCK_ENTRIES_MAX = 256
/** A smaller block is dissolved into its neighbours, unless it is the only one. */
export const BLOCK_ENTRIES_MIN = 64

const CAPACITY_MIN = 8
// One more than a block may hold: a full block takes its next entry in before it is split.
const CAPACITY_MAX = BLOCK_ENTRIES_MAX + 1

/** A record's place in the index: its time in Unix seconds and its id. */
export type Entry = readonly [createdAt: number, id: RecordId]

/** Times, and in the same order the ids joined. */
export interface Columns {
  readonly times: Float64Array
  readonly ids: Uint8Array
}

/**
 * Ascending [createdAt, id], the blocks below on both sides, and sums over all three.
 *
 * It is never empty. The arrays may be longer than the *size* entries in them; ids are bytes here, for that takes a
 * third of the memory of hex strings and hashes without conversion.
 */
export class Block {
  times: Float64Array
  ids: Uint8Array
  /** The entries of this block. */
  size: number
  left: Block | null = null
  right: Block | null = null
  /** The entries of this block and of all below it. */
  count: number
  height = 1

  /** Make a block of all of *times* and *ids*, which become its own. */
  constructor(times: Float64Array, ids: Uint8Array) {
    this.times = times
    this.ids = ids
    this.size = times.length
    this.count = times.length
  }

  /** Compute count and height anew after a change of children or entries. */
  refresh(): void {
    this.count = this.size + this.leftCount + (this.right?.count ?? 0)
    this.height = 1 + Math.max(this.left?.height ?? 0, this.right?.height ?? 0)
  }

  /** The entries below on the left side. */
  get leftCount(): number {
    return this.left === null ? 0 : this.left.count
  }

  /** How much higher the left side is than the right one. */
  get lean(): number {
    return (this.left?.height ?? 0) - (this.right?.height ?? 0)
  }

  /** The time of the entry at *position*. */
  time(position: number): number {
    return this.times[position] ?? Number.NaN
  }

  /** Give the joined ids from position *start* to *stop* - 1, as a view that a change of the block spoils. */
  slice(start: number, stop: number): Uint8Array {
    return this.ids.subarray(start * ID_BYTES, stop * ID_BYTES)
  }

  /** Give the id at *position*. */
  id(position: number): RecordId {
    return bytesToHex(this.slice(position, position + 1)) as RecordId
  }

  /** Give the entry at *position*. */
  entry(position: number): Entry {
    return [this.time(position), this.id(position)]
  }

  /** Say whether even the first entry comes after the bound. */
  startsAfter(createdAt: number, prefix: Uint8Array): boolean {
    const first = this.time(0)
    return createdAt < first || (createdAt === first && compareAt(this.ids, 0, prefix) > 0)
  }

  /** Say whether even the last entry comes before the bound. */
  endsBefore(createdAt: number, prefix: Uint8Array): boolean {
    const last = this.time(this.size - 1)
    return createdAt > last || (createdAt === last && compareAt(this.ids, this.size - 1, prefix) < 0)
  }

  /** Count the entries of this block that come before the bound. */
  position(createdAt: number, prefix: Uint8Array): number {
    let low = bisectLeft(this.times, createdAt, 0, this.size)
    let high = bisectRight(this.times, createdAt, low, this.size)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareAt(this.ids, middle, prefix) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Say whether the entry stands at *position*. */
  holds(position: number, createdAt: number, id: Uint8Array): boolean {
    return position < this.size && this.time(position) === createdAt && compareAt(this.ids, position, id) === 0
  }

  /** Put an entry at *position*; the sums stay as they were. */
  insert(position: number, createdAt: number, id: Uint8Array): void {
    if (this.size === this.times.length) this.grow()
    this.times.copyWithin(position + 1, position, this.size)
    this.ids.copyWithin((position + 1) * ID_BYTES, position * ID_BYTES, this.size * ID_BYTES)
    this.times[position] = createdAt
    this.ids.set(id, position * ID_BYTES)
    this.size += 1
  }

  /** Take the entry at *position* out; the sums stay as they were. */
  remove(position: number): void {
    this.times.copyWithin(position, position + 1, this.size)
    this.ids.copyWithin(position * ID_BYTES, (position + 1) * ID_BYTES, this.size * ID_BYTES)
    this.size -= 1
  }

  /** Move the upper half of the entries into a new block. */
  split(): Block {
    const middle = this.size >>> 1
    const upper = new Block(this.times.slice(middle, this.size), this.slice(middle, this.size).slice())
    this.size = middle
    return upper
  }

  private grow(): void {
    const capacity = Math.min(Math.max(CAPACITY_MIN, this.size * 2), Math.max(CAPACITY_MAX, this.size + 1))
    const [times, ids] = [new Float64Array(capacity), new Uint8Array(capacity * ID_BYTES)]
    times.set(this.times)
    ids.set(this.ids)
    this.times = times
    this.ids = ids
  }
}

/**
 * Sort *entries*, drop repeated ones, and give their times and their joined ids.
 *
 * Throws:
 *   ConfigError: an id is not 32 bytes long.
 */
export function sortedColumns(entries: Iterable<Entry>): Columns {
  const ordered = ascending([...entries])
  const columns = { times: new Float64Array(ordered.length), ids: new Uint8Array(ordered.length * ID_BYTES) }
  let position = 0
  for (const [createdAt, id] of ordered) {
    columns.times[position] = createdAt
    checkIdSize(id)
    writeHex(columns.ids, position * ID_BYTES, id)
    position += 1
  }
  return columns
}

/**
 * Give the 32 bytes of an id.
 *
 * Throws:
 *   ConfigError: it is not 32 bytes long.
 */
export function idBytes(id: RecordId): Uint8Array {
  checkIdSize(id)
  return prefixBytes(id)
}

/**
 * Give the bytes of the leading part of an id.
 *
 * Throws:
 *   ConfigError: it is no lower-case hex.
 */
export function prefixBytes(prefix: string): Uint8Array {
  const bytes = new Uint8Array(prefix.length >>> 1)
  writeHex(bytes, 0, prefix)
  return bytes
}

/**
 * Refuse an id that is not 32 bytes long: it would shift all others.
 *
 * Throws:
 *   ConfigError: it has another size.
 */
export function checkIdSize(id: string): void {
  if (id.length !== 2 * ID_BYTES) throw new ConfigError(`an id of ${id.length / 2} bytes; ids have ${ID_BYTES}`)
}

/** Give the value of each hex digit by its character code; -1 for any other character of ASCII. */
const NIBBLES = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)))

function writeHex(target: Uint8Array, offset: number, hex: string): void {
  let isHex = hex.length % 2 === 0
  for (let at = 0; at < hex.length - 1; at += 2) {
    const byte = ((NIBBLES[hex.charCodeAt(at)] ?? -1) << 4) | (NIBBLES[hex.charCodeAt(at + 1)] ?? -1)
    isHex &&= byte >= 0
    target[offset + (at >>> 1)] = byte
  }
  if (!isHex) throw new ConfigError(`${JSON.stringify(hex)} is no lower-case hex`)
}

/** Compare the id at *position* of *ids* with *prefix*: below zero when it comes before it. */
function compareAt(ids: Uint8Array, position: number, prefix: Uint8Array): number {
  const start = position * ID_BYTES
  const shared = Math.min(ID_BYTES, prefix.length)
  for (let at = 0; at < shared; at += 1) {
    const difference = (ids[start + at] ?? 0) - (prefix[at] ?? 0)
    if (difference !== 0) return difference
  }
  return ID_BYTES - prefix.length
}

function compareEntries(one: Entry, other: Entry): number {
  if (one[0] !== other[0]) return one[0] - other[0]
  return one[1] < other[1] ? -1 : Number(one[1] > other[1])
}

/** Give *entries* in order and each once; at once when they already are. */
function ascending(entries: Entry[]): Entry[] {
  const isNew = (entry: Entry, place: number, all: readonly Entry[]): boolean => {
    const before = place === 0 ? undefined : all[place - 1]
    return before === undefined || compareEntries(before, entry) < 0
  }
  return entries.every(isNew) ? entries : entries.sort(compareEntries).filter(isNew)
}
