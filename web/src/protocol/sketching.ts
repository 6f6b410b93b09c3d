/**
 * The part of a round in which its sides tell what differs by sketches: what to offer, to ask for and to read.
 *
 * Whatever cannot be read that way, and whatever does not pay, is compared by days.
 */
import { isBefore, isSameBound } from '../core/bucket.ts'
import { SKETCH_APART_RECORDS_MAX, SKETCH_SYMBOLS_MAX, SKETCHES_MAX } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import type { Bound, More, RangeItem, Sketch } from '../core/message.ts'
import { LISTED_ID_BYTES, SYMBOL_BYTES } from '../core/packing.ts'
import { type Share, type Step, shortened } from '../core/ranges.ts'
import {
  countOf,
  type Difference,
  emptySymbols,
  guess,
  packSymbols,
  solve,
  subtract,
  unpackSymbols,
} from '../core/sketch.ts'
import type { Refuses } from './refused.ts'
import type { Round } from './round.ts'

/** They tell some 10 records apart. */
export const SYMBOLS_FIRST = 32
/** No more are asked for by a guess of the first ones, which are so few that it is off by a quarter. */
export const SYMBOLS_GUESSED_MAX = (SKETCH_SYMBOLS_MAX * 13) / 16
/** The number of symbols by which `More` asks for `Days`. */
const DAYS_INSTEAD = 0

/** How a session compares. */
export interface Compares {
  readonly salt: Uint8Array
  readonly refuses?: Refuses
}

/** What one side says and hears of sketches in a round; the set stands still for that. */
export class Sketching {
  /** A sketch was offered or came. */
  isUsed = false
  readonly #round: Round
  readonly #index: Index
  readonly #ways: Compares
  #count = 0
  #otherCount = 0
  #ours: Uint32Array | null = null
  #heard = emptySymbols(0)
  #said = 0
  #asked = 0
  #tries = 0

  constructor(round: Round, index: Index, ways: Compares) {
    this.#round = round
    this.#index = index
    this.#ways = ways
  }

  // Who answers a Root.

  /** Give the first symbols to a peer with *otherCount* records; null when days are the better start. */
  offer(otherCount: number): Sketch | null {
    this.#countBoth(otherCount)
    const apart = Math.abs(this.#count - otherCount)
    const symbols = SYMBOLS_FIRST + Math.floor((3 * apart) / 2)
    if (apart > SKETCH_APART_RECORDS_MAX || !this.#pays(symbols) || !this.#sumUp()) return null
    this.isUsed = true
    return this.#say(symbols)
  }

  /** Give what follows up to so many *symbols*; null when there are no such. */
  more(symbols: number): Sketch | null {
    return this.isOpen && this.#said < symbols && symbols <= SKETCH_SYMBOLS_MAX ? this.#say(symbols) : null
  }

  /** Give no more. */
  close(): void {
    this.#ours = null
  }

  /** What was offered may still be followed by more, or by days. */
  get isOpen(): boolean {
    return this.isUsed && this.#ours !== null
  }

  // Who opened the round.

  /** Answer what came so far, or say what is to come instead; null when it is not what was asked for. */
  take({ count, symbols }: Sketch): Step | More | null {
    const heard = unpackSymbols(symbols)
    if (!this.isUsed) {
      this.isUsed = true
      this.#countBoth(count)
      this.#sumUp()
    }
    const all = new Uint32Array([...this.#heard, ...heard])
    const length = countOf(all)
    this.#heard = all
    if (heard.length === 0 || length > SKETCH_SYMBOLS_MAX || (this.#asked > 0 && length !== this.#asked)) return null
    const difference = this.#ours === null ? DAYS_INSTEAD : this.#read(subtract(this.#ours, all))
    if (typeof difference === 'number') {
      this.#asked = difference
      return { type: 'More', round: this.#round.number, symbols: difference }
    }
    this.#round.asked += difference.theirs.length
    return settle(this.#index, difference, this.#ways)
  }

  /** Give what *symbols* say, or how many it takes. */
  #read(symbols: Uint32Array): Difference | number {
    this.#tries += 1
    const found = solve(symbols)
    if (found === null) return this.#needed(symbols)
    const { start, end } = this.#round
    const places = [...found.ours, ...found.theirs]
    const isCompared = places.every(place => !isBefore(place, start) && isBefore(place, end))
    // Nothing differs, though the roots do: two records are one item.
    return isCompared && places.length > 0 ? found : DAYS_INSTEAD
  }

  #needed(symbols: Uint32Array): number {
    const length = countOf(symbols)
    const count = guess(symbols, this.#count - this.#otherCount)
    const guessed = Math.min(Math.floor((7 * count) / 4), this.#tries === 1 ? SYMBOLS_GUESSED_MAX : SKETCH_SYMBOLS_MAX)
    const needed = Math.min(Math.max(Math.floor((5 * length) / 4), guessed), SKETCH_SYMBOLS_MAX)
    // Of few symbols it is a rough guess, and days cost ten times as much: only what is hopeless is not tried.
    const isVain = this.#tries === SKETCHES_MAX || length === SKETCH_SYMBOLS_MAX || count > SKETCH_SYMBOLS_MAX
    return isVain || !this.#pays(needed) ? DAYS_INSTEAD : needed
  }

  #countBoth(otherCount: number): void {
    this.#count = this.#index.count(this.#round.start, this.#round.end)
    this.#otherCount = otherCount
  }

  /** Take our sketch as it is now; say whether there is one. */
  #sumUp(): boolean {
    this.#ours = this.#index.summary?.symbols(this.#round.start, this.#round.end) ?? null
    return this.#ours !== null
  }

  /** Say whether so many *symbols* are shorter than lists of everything. */
  #pays(symbols: number): boolean {
    return SYMBOL_BYTES * symbols <= LISTED_ID_BYTES * Math.max(this.#count, this.#otherCount)
  }

  #say(stop: number): Sketch {
    const symbols = packSymbols(this.#ours ?? emptySymbols(0), this.#said, stop)
    this.#said = stop
    const { number: round, firstDay, upto } = this.#round
    return { type: 'Sketch', round, firstDay, upto, count: this.#count, symbols }
  }
}

/** Answer a sketch: list what we have where the peer has more, unless we refused that; push what it lacks. */
export function settle(index: Index, { ours, theirs }: Difference, { salt, refuses = () => false }: Compares): Step {
  const items: RangeItem[] = []
  const listed: Share[] = []
  let reached: Bound = [0, '']
  for (const place of theirs) {
    if (isBefore(place, reached)) continue
    let [lower, upper]: [Bound, Bound] = [secondOf(place[0]), secondOf(place[0] + 1)]
    // Mostly we have nothing in that second, and nobody else has more. It is counted, not listed: it may have as many
    // records as there are, and each of them may be a place.
    if (isBefore(lower, reached) || index.count(lower, upper) > 0 || refuses(lower, upper)) {
      lower = place
      upper = past(place)
      if (refuses(lower, upper)) continue
    }
    const shortIds = shortened(index, salt, lower, upper)
    if (!isSameBound(lower, reached)) items.push({ type: 'Skip', upper: lower })
    items.push({ type: 'IdList', upper, shortIds })
    if (shortIds.length > 0) listed.push({ lower, upper, shortIds: shortIds.join(''), isNamed: true })
    reached = upper
  }
  const pushed = ours.map(place => ({ lower: place, upper: past(place), shortIds: '', isNamed: false }))
  return { items, opened: [], listed, wanted: [], pushed }
}

function secondOf(createdAt: number): Bound {
  return [createdAt, '']
}

/** Give the bound behind all ids of the second that begin like that of *place*. */
function past([createdAt, prefix]: Bound): Bound {
  const following = (Number.parseInt(prefix, 16) + 1).toString(16).padStart(prefix.length, '0')
  return following.length > prefix.length ? [createdAt + 1, ''] : [createdAt, following]
}
