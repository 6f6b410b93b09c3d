/**
 * Sketches: short sums over a whole set, out of which two sides read what differs (docs/protocol.md, "Sketches").
 *
 * A sketch is a rateless invertible Bloom lookup table: symbol *i* is the sum of the items that the walk of each item
 * leads to it, 2 in i + 2 of them. The difference of two sketches is the sketch of the difference, and is read off a
 * symbol at a time, wherever a single item is left. All arithmetic is of whole numbers, the same in every language.
 * A symbol has 104 bits, in four lanes of 32 of them, the lowest first.
 */
import type { Entry } from './block.ts'
import { SKETCH_SYMBOLS_MAX } from './limits.ts'
import type { Bound } from './message.ts'
import { SYMBOL_BYTES } from './packing.ts'

const LANES = 4
const LANE = 2 ** 32
const COUNT_MASK = 0xff
const TIME_FACTOR = 0x9e3779b1
const MIX_FACTORS = [0x85ebca6b, 0xc2b2ae35] as const
const WALK_FACTOR = 0x915f77f5
const PREFIX_DIGITS = 8
const STEPS = Float64Array.from({ length: SKETCH_SYMBOLS_MAX }, (_, at) => (at + 1) * (at + 2) * 2 ** 24)

/** What two sketches differ by, in the order of the set: of each record createdAt, and the first digits of its id. */
export interface Difference {
  /** What the other side lacks. */
  readonly ours: readonly Bound[]
  /** What we lack. */
  readonly theirs: readonly Bound[]
}

/** What a record adds to symbols: its time, the first 32 bits of its id, a check over both, and 1. */
interface Item {
  readonly createdAt: number
  readonly prefix: number
  readonly lanes: readonly [number, number, number, number]
}

/** Give so many symbols of nothing. */
export function emptySymbols(count: number): Uint32Array {
  return new Uint32Array(LANES * count)
}

/** Say how many *symbols* there are. */
export function countOf(symbols: Uint32Array): number {
  return symbols.length / LANES
}

/** Add *entries* of a set to *symbols*, or take them out with a *sign* of -1. */
export function addEntries(symbols: Uint32Array, entries: Iterable<Entry>, sign: 1 | -1 = 1): void {
  const stop = countOf(symbols)
  for (const [createdAt, id] of entries) {
    const item = itemOf(createdAt % LANE, Number.parseInt(id.slice(0, PREFIX_DIGITS), 16))
    for (const at of walk(item, stop)) add(symbols, at, item.lanes, sign)
  }
}

/**
 * Give the symbols before *stop* that an item is part of; the first always is.
 *
 * From *at* it goes to the first one behind with `(next + 1)(next + 2) > (at + 1)(at + 2) / r`, for an *r* between 0
 * and 1 that looks random.
 */
export function walk({ createdAt, prefix }: Pick<Item, 'createdAt' | 'prefix'>, stop: number): number[] {
  const step = (prefix | 1) >>> 0
  const past = stop * (stop + 1)
  const steps: number[] = []
  let state = mixed(createdAt, prefix)
  for (let at = 0; at < stop; ) {
    steps.push(at)
    state = (Math.imul(state, WALK_FACTOR) + step) >>> 0
    // No more than 2^46 by no more than 2^24: doubles divide these, and take the root below, without a wrong digit.
    const product = Math.floor((STEPS[at] ?? 0) / ((state >>> 8) + 1))
    if (product >= past) break
    at = (Math.floor(Math.sqrt(4 * product + 1)) - 1) >> 1
  }
  return steps
}

/** Write the *symbols* from *start* to *stop* - 1 one after the other. */
export function packSymbols(symbols: Uint32Array, start: number, stop: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(SYMBOL_BYTES * Math.max(0, stop - start)))
  for (let at = start; at < stop; at += 1) {
    const [low = 0, middle = 0, high = 0, top = 0] = lanesOf(symbols, at)
    const offset = SYMBOL_BYTES * (at - start)
    view.setUint8(offset, top)
    view.setUint32(offset + 1, high)
    view.setUint32(offset + 5, middle)
    view.setUint32(offset + 9, low)
  }
  return new Uint8Array(view.buffer)
}

/** Read as many symbols as *data* has. */
export function unpackSymbols(data: Uint8Array): Uint32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const symbols = emptySymbols(Math.floor(data.length / SYMBOL_BYTES))
  for (let at = 0; at < countOf(symbols); at += 1) {
    const offset = SYMBOL_BYTES * at
    const lanes = [9, 5, 1].map(place => view.getUint32(offset + place))
    symbols.set([...lanes, view.getUint8(offset)], LANES * at)
  }
  return symbols
}

/** Give the sketch of the difference, as long as that of *theirs*. */
export function subtract(ours: Uint32Array, theirs: Uint32Array): Uint32Array {
  const left = ours.slice(0, theirs.length)
  for (let at = 0; at < countOf(left); at += 1) add(left, at, lanesOf(theirs, at), -1)
  return left
}

/**
 * Read the items off *symbols* of a difference; null when there are too few of them, or they are of no set.
 *
 * It takes at most as many items out as there are symbols, whatever they say.
 */
export function solve(symbols: Uint32Array): Difference | null {
  const left = symbols.slice()
  const size = countOf(left)
  const alone = Array.from({ length: size }, (_, at) => at).filter(at => isAlone(left, at))
  const found = new Map<string, { item: Item; sign: 1 | -1 }>()
  for (let at = alone.pop(); at !== undefined; at = alone.pop()) {
    const sign = countIn(left, at) === 1 ? 1 : -1
    const item = readItem(left, at, sign)
    if (item === null) continue
    const name = `${item.createdAt} ${item.prefix}`
    if (found.has(name) || found.size === size) return null
    found.set(name, { item, sign })
    for (const step of walk(item, size)) {
      add(left, step, item.lanes, sign === 1 ? -1 : 1)
      if (isAlone(left, step)) alone.push(step)
    }
  }
  if (left.some(lane => lane !== 0)) return null
  const sorted = [...found.values()].sort(
    ({ item: one }, { item: other }) => one.createdAt - other.createdAt || one.prefix - other.prefix,
  )
  const places = (wanted: 1 | -1) => sorted.filter(({ sign }) => sign === wanted).map(({ item }) => placeOf(item))
  return { ours: places(1), theirs: places(-1) }
}

/** Guess from how counts scatter how many items *symbols* of a difference have; *apart* more of them are ours. */
export function guess(symbols: Uint32Array, apart: number): number {
  const size = countOf(symbols)
  let total = 0
  for (let at = 1; at < size; at += 1) {
    const wide = at + 2
    // An item is in one of `wide / 2` symbols, so that the square of what is off is 2 at / wide^2 an item.
    const off = ((countIn(symbols, at) - Math.floor((2 * apart) / wide) + 128) & COUNT_MASK) - 128
    total += Math.floor((off * off * wide * wide) / (2 * at))
  }
  return Math.max(Math.abs(apart), Math.floor(total / Math.max(size - 1, 1)))
}

/** Give what a record adds: its time, 32 bits of its id, and what makes the check. */
export function itemOf(createdAt: number, prefix: number): Item {
  const check = (Math.imul(mixed(createdAt, prefix), WALK_FACTOR) + prefix) >>> 0
  const low = ((check << 8) | 1) >>> 0
  const middle = ((prefix << 8) | (check >>> 24)) >>> 0
  const high = ((createdAt << 8) | (prefix >>> 24)) >>> 0
  return { createdAt, prefix, lanes: [low, middle, high, createdAt >>> 24] }
}

/** Mix both into 32 bits that look random. */
function mixed(createdAt: number, prefix: number): number {
  let state = prefix ^ Math.imul(createdAt, TIME_FACTOR)
  state = Math.imul(state ^ (state >>> 16), MIX_FACTORS[0])
  state = Math.imul(state ^ (state >>> 13), MIX_FACTORS[1])
  return (state ^ (state >>> 16)) >>> 0
}

function countIn(symbols: Uint32Array, at: number): number {
  return (symbols[LANES * at] ?? 0) & COUNT_MASK
}

/** Say whether one item of ours, or one of theirs, may be left in a symbol. */
function isAlone(symbols: Uint32Array, at: number): boolean {
  const count = countIn(symbols, at)
  return count === 1 || count === COUNT_MASK
}

/** Give the item that a symbol is, or is less; null when it is none. */
function readItem(symbols: Uint32Array, at: number, sign: 1 | -1): Item | null {
  const lone = emptySymbols(1)
  add(lone, 0, lanesOf(symbols, at), sign)
  const [, middle = 0, high = 0, top = 0] = lone
  const item = itemOf(((high >>> 8) | (top << 24)) >>> 0, ((middle >>> 8) | (high << 24)) >>> 0)
  return lone.every((lane, place) => lane === item.lanes[place]) ? item : null
}

function lanesOf(symbols: Uint32Array, at: number): Uint32Array {
  return symbols.subarray(LANES * at, LANES * (at + 1))
}

/** Add to a symbol, or take from it; a lane's overflow goes to the next. */
function add(symbols: Uint32Array, at: number, lanes: ArrayLike<number>, sign: 1 | -1): void {
  let carry = 0
  for (let lane = 0; lane < LANES; lane += 1) {
    const sum = (symbols[LANES * at + lane] ?? 0) + sign * (lanes[lane] ?? 0) + carry
    carry = Math.floor(sum / LANE)
    symbols[LANES * at + lane] = lane === LANES - 1 ? sum & COUNT_MASK : sum
  }
}

function placeOf({ createdAt, prefix }: Item): Bound {
  return [createdAt, prefix.toString(16).padStart(PREFIX_DIGITS, '0')]
}
