/**
 * The sketch of a set, kept up as the set changes, so that no comparing has to go through all of it.
 *
 * It covers what lies between two bounds, and grows to the end of the set a stretch at a time. What lies outside a
 * window that is asked for, or is not covered yet, is taken out or added for that once, as long as it is little.
 */
import type { Entry } from './block.ts'
import { isBefore } from './bucket.ts'
import { INTEGER_MAX, SKETCH_OUTSIDE_RECORDS_MAX, SKETCH_STRETCH_RECORDS, SKETCH_SYMBOLS_MAX } from './limits.ts'
import type { Index } from './merkle.ts'
import type { Bound } from './message.ts'
import { addEntries, emptySymbols } from './sketch.ts'

const END: Bound = [INTEGER_MAX, '']

/** The symbols of what *entries* hold from *lower* on, of which nothing is covered at first. */
export class Summary {
  readonly #entries: Pick<Index, 'count' | 'entries'>
  #symbols = emptySymbols(SKETCH_SYMBOLS_MAX)
  #lower: Bound
  #upper: Bound
  #start: Bound
  #ahead = 0

  constructor(entries: Pick<Index, 'count' | 'entries'>, lower: Bound) {
    this.#entries = entries
    this.#lower = this.#upper = this.#start = lower
    this.#begin(lower)
  }

  /** More is not covered than can be made up for when somebody asks, or something that is too old still is. */
  get isBehind(): boolean {
    return this.#ahead >= SKETCH_STRETCH_RECORDS || isBefore(this.#lower, this.#start)
  }

  /** Note an entry that is new. */
  added(createdAt: number, id: Entry[1]): void {
    this.#change([createdAt, id], 1)
  }

  /** Note that an entry is gone. */
  discarded(createdAt: number, id: Entry[1]): void {
    this.#change([createdAt, id], -1)
  }

  /** Note that all entries before a time are gone. */
  discardedBefore(before: number): void {
    const bound: Bound = [before, '']
    if (isBefore(this.#lower, bound)) this.#begin(isBefore(bound, this.#start) ? this.#start : bound)
  }

  /** Cover what lies from *lower* on, once that is worked off. */
  startAt(lower: Bound): void {
    if (isBefore(lower, this.#lower)) this.#begin(lower)
    this.#start = lower
  }

  /** Cover the next stretch, or let go of one that lies before the start. */
  work(): void {
    if (isBefore(this.#lower, this.#start)) this.#letGo()
    else this.#goOn()
  }

  /** Give the symbols of what lies between the bounds; null while that takes more than a moment. */
  symbols(lower: Bound, upper: Bound): Uint32Array | null {
    const outside = this.#edges(lower, upper).reduce((sum, [first, last]) => sum + this.#entries.count(first, last), 0)
    if (Math.max(this.#ahead, outside) > SKETCH_OUTSIDE_RECORDS_MAX) return null
    while (this.#ahead > 0) this.#goOn()
    const symbols = this.#symbols.slice()
    for (const [first, last, sign] of this.#edges(lower, upper)) {
      addEntries(symbols, this.#entries.entries(first, last), sign)
    }
    return symbols
  }

  #begin(lower: Bound): void {
    this.#symbols.fill(0)
    this.#lower = this.#upper = this.#start = lower
    this.#ahead = this.#entries.count(lower, END)
  }

  #goOn(): void {
    const taken = this.#take(this.#upper, END)
    addEntries(this.#symbols, taken)
    this.#upper = behind(taken) ?? this.#upper
    this.#ahead -= taken.length
  }

  #letGo(): void {
    const taken = this.#take(this.#lower, isBefore(this.#start, this.#upper) ? this.#start : this.#upper)
    addEntries(this.#symbols, taken, -1)
    this.#lower = (taken.length === SKETCH_STRETCH_RECORDS ? behind(taken) : null) ?? this.#start
    if (!isBefore(this.#upper, this.#lower)) return
    this.#upper = this.#lower
    this.#ahead = this.#entries.count(this.#lower, END)
  }

  #take(lower: Bound, upper: Bound): Entry[] {
    const taken: Entry[] = []
    for (const entry of this.#entries.entries(lower, upper)) {
      if (taken.push(entry) === SKETCH_STRETCH_RECORDS) break
    }
    return taken
  }

  /** Give what is covered outside the bounds, to be taken out, and what is not covered between them. */
  #edges(lower: Bound, upper: Bound): (readonly [first: Bound, last: Bound, sign: 1 | -1])[] {
    const edges = [
      [this.#lower, lower, -1] as const,
      [lower, this.#lower, 1] as const,
      [upper, this.#upper, -1] as const,
    ]
    return edges.filter(([first, last]) => isBefore(first, last))
  }

  #change(entry: Entry, sign: 1 | -1): void {
    if (!isBefore(entry, this.#upper)) this.#ahead += sign
    else if (!isBefore(entry, this.#lower)) addEntries(this.#symbols, [entry], sign)
  }
}

/** Give the bound that comes right after the last of *entries*. */
function behind(entries: readonly Entry[]): Bound | null {
  const last = entries.at(-1)
  return last === undefined ? null : [last[0], `${last[1]}00`]
}
