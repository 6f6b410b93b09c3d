/**
 * The comparing of one round: what each answer of the peer leads to, and which ranges are open to the next.
 *
 * An answer may speak of nothing but ranges that the one before it left open, so each record of ours is listed or
 * pushed at most once, and every round ends. What the peer says is worked off a stretch at a time, so that no message
 * holds the loop up, and within a budget: what does not fit is left for another round (docs/protocol.md, "What a
 * round may cost").
 */

import { earlier, isBefore, isSameBound } from '../core/bucket.ts'
import { ROUND_BYTES_MAX, STRETCH_RECORDS } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import type { Bound, Days, More, RangeItem, Ranges, Sketch, Want } from '../core/message.ts'
import {
  Budget,
  compareDays,
  compareRanges,
  dayCells,
  LISTED_MAX,
  namesOf,
  openCells,
  type Share,
  type Step,
  type Stretch,
} from '../core/ranges.ts'
import { cellDays } from '../core/window.ts'
import { decode, encode } from '../core/wire.ts'
import type { Outcome } from './pace.ts'
import type { Refuses, Sift } from './refused.ts'
import { answersOf, type Round, roundBytes, wantsFor } from './round.ts'
import type { Sketching } from './sketching.ts'
import type { Upkeep } from './upkeep.ts'

/** So many ids go into a digest in the time that one takes to become a short id. */
const DIGESTED_PER_SHORT_ID = 16
/** What looking up a range costs, in short ids. */
const ITEM_RECORDS = 8

/** How one side compares. */
export interface ComparingOptions {
  /** The session's salt, 16 bytes. */
  readonly salt: Uint8Array
  /** Leaves out what was refused before. */
  readonly sift: Sift
  /** Says where something was refused before. */
  readonly refuses?: Refuses
  /** Keeps up the sketch of the set, once it is loaded; without, sets are compared by days. */
  readonly upkeep?: Upkeep | null
  /** What it says in a round at most, beside what it wants. */
  readonly bytesMax?: number
}

/** How far a round is. */
export interface Progress {
  /** Records that the peer has and we lack, at least: those asked for, or by which its count is above ours. */
  readonly wanted: number
  /** Those of them that are here by now. */
  readonly arrived: number
  /** What came of the peer's records, in bytes. */
  readonly arrivedBytes: number
}

/** What one side finds out in a round. */
export class Comparing {
  readonly round: Round
  /** By what the other may begin, as far as it has not: then only ranges come. */
  awaited: readonly ('Days' | 'Sketch')[] = ['Days', 'Sketch']
  /** The digests at the end were equal, if it came to that. */
  isSame: boolean | null = null
  /** The peer's last whole answer left nothing open on our side. */
  isOver = false
  /** How much was compared so far, in short ids. */
  worked = 0
  readonly #index: Index
  readonly #salt: Uint8Array
  readonly #resume: Bound | null
  readonly #sift: Sift
  readonly #bytesMax: number
  readonly #sketching: Sketching | undefined
  #hasDays = false
  #otherCount = 0
  #budget = new Budget(0)
  #open: Stretch[] = []
  #opening: Stretch[] = []
  #listed: Share[] = []
  #share: Share | undefined
  #wantable = new Set<string>()
  #next: Ranges | null = null
  #current: Ranges | null = null
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #items: RangeItem[] = []
  /** Where the peer's answer so far ends. */
  #lower: Bound
  /** Where our own answer to it so far ends. */
  #reached: Bound
  /** Where the peer's last list ends. */
  #heard: Bound | null = null
  #isAnswering = false
  #hasAsked = false

  /** Compare in *round*, which goes on where the one before it stopped: at *resume*. */
  constructor(round: Round, index: Index, ways: ComparingOptions, resume: Bound | null) {
    this.round = round
    this.#index = index
    const { salt, sift, bytesMax = ROUND_BYTES_MAX, upkeep } = ways
    this.#salt = salt
    this.#sketching = upkeep?.compare(round, ways)
    this.#resume = resume
    this.#sift = sift
    this.#bytesMax = bytesMax
    this.#lower = this.#reached = round.start
  }

  /** From where on ranges were left for another round. */
  get left(): Bound | null {
    return this.#budget.left
  }

  /** Where the next round begins if this one left ranges out: where the peer stopped, if that is before. */
  get reached(): Bound | null {
    const heard = this.#heard
    if (this.left === null || heard === null || !isBefore(this.#resume ?? this.round.start, heard)) return this.left
    return earlier(this.left, heard)
  }

  /** How far the round is. */
  get progress(): Progress {
    const { asked, gained, receivedBytes } = this.round
    const wanted = Math.max(asked, gained + this.#otherCount - this.#index.size)
    return { wanted, arrived: gained, arrivedBytes: receivedBytes }
  }

  /** Say how the round ended. */
  outcome({ isEqual }: { isEqual: boolean }): Outcome {
    const { gained, transfer, upto } = this.round
    const isSame = this.isSame ?? isEqual
    return {
      isEqual,
      isSame,
      gained,
      given: transfer.count,
      otherCount: this.#otherCount,
      isCut: this.left !== null,
      upto,
    }
  }

  /** Something that the peer said is still to be answered. */
  get hasWork(): boolean {
    return this.#current !== null || this.#next !== null || this.#waiting.length > 0
  }

  /** What differs was read off a sketch. */
  get isSketched(): boolean {
    return this.#sketching?.isUsed === true && !this.#hasDays
  }

  /** Answer the peer, which says that it has *otherCount* records: by a sketch of our set, or by days. */
  begin(otherCount: number, { isByDays }: { isByDays: boolean }): Days | Sketch {
    this.#limit(otherCount)
    const sketch = isByDays || this.#resume !== null ? undefined : this.#sketching?.offer(otherCount)
    if (!sketch) return this.#overview()
    this.#leaveOpen([[this.round.start, this.round.end]])
    return sketch
  }

  /** Give more of the sketch, or days in place of it; null when there is no such. */
  takeMore(symbols: number): Days | Sketch | null {
    const sketching = this.#sketching
    if (!sketching?.isOpen) return null
    if (symbols > 0) return sketching.more(symbols)
    sketching.close()
    this.#opening = []
    return this.#overview()
  }

  /** Answer the peer's sketch, over the window of the round; null when it does not fit. */
  takeSketch(sketch: Sketch, { isByDays }: { isByDays: boolean }): (Want | Ranges | More)[] | null {
    const { number: round, firstDay, upto } = this.round
    const isFirst = this.awaited.length > 1
    if (!this.awaited.includes('Sketch') || !this.round.narrow(sketch)) return null
    if (isFirst) this.#limit(sketch.count)
    else if (sketch.firstDay !== firstDay || sketch.upto !== upto) return null
    const daysInstead: More = { type: 'More', round, symbols: 0 }
    const answer = isByDays || !this.#sketching ? daysInstead : this.#sketching.take(sketch)
    if (answer === null) return null
    if ('items' in answer) {
      this.awaited = []
      return this.#answer(answer, [], this.round.start, false)
    }
    this.awaited = [answer.symbols > 0 ? 'Sketch' : 'Days']
    return [answer]
  }

  #overview(): Days {
    this.#hasDays = true
    const { number: round, firstDay, upto } = this.round
    const layout = { firstDay, upto, cellDays: cellDays(firstDay, upto) }
    const cells = dayCells(this.#index, this.#salt, layout)
    const days: Days = { type: 'Days', round, ...layout, cells }
    this.#leaveOpen(openCells(days))
    return days
  }

  /** Answer the peer's set by days, over the window of the round. */
  takeDays(days: Days): (Want | Ranges)[] {
    this.awaited = []
    this.#hasDays = true
    this.#limit(days.cells.reduce((sum, [count]) => sum + count, 0))
    return this.#answer(compareDays(this.#index, this.#salt, days, this.#budget), [], this.round.start, false)
  }

  /** Take an answer of the peer, or a part of one, for `work`. */
  take(ranges: Ranges): void {
    this.#sketching?.close()
    if (!this.hasWork) {
      this.#next = ranges
      return
    }
    const data = encode(ranges)
    // No honest answer is that long.
    const kept = this.#waitingBytes + data.length > ROUND_BYTES_MAX ? encode({ ...ranges, items: [] }) : data
    this.#waiting.push(kept)
    this.#waitingBytes += kept.length
  }

  /** Answer the next stretch of what was taken; null when it speaks of what is not open. */
  work(): (Want | Ranges)[] | null {
    this.#current ??= this.#begin(this.#nextWaiting())
    if (this.#current === null) return null
    if (this.#settleStretch()) return []
    const lower = this.#lower
    const items = this.#stretch()
    const step = compareRanges(this.#index, this.#salt, lower, items, this.#budget, this.#reached)
    const isPart = this.#items.length > 0
    if (!isPart) this.#current = null
    const wanted = this.#sift(this.#salt, step.wanted, lower, items)
    return this.#answer(step, wanted, lower, this.#isAnswering || isPart)
  }

  /** Queue the records that the peer wants; false when they were not listed, or not in this order. */
  give(shortIds: readonly string[]): boolean {
    for (const short of shortIds) {
      while (!this.#wantable.delete(short)) {
        this.#share = this.#listed.shift()
        if (this.#share === undefined) return false
        this.#wantable = new Set(namesOf(this.#share))
      }
      if (this.#share !== undefined) this.round.transfer.push({ ...this.#share, shortIds: short })
    }
    return true
  }

  /** Forget what is open: the peer's comparing is over. */
  stop(): void {
    this.#listed = []
    this.#waiting = []
    this.#items = []
    this.#wantable.clear()
    this.#next = this.#current = null
  }

  #limit(otherCount: number): void {
    this.#otherCount = otherCount
    this.round.transfer.purse?.said(otherCount, this.round.touched)
    this.#budget = new Budget(roundBytes(this.#index.size + otherCount, this.#bytesMax), this.#resume)
  }

  #nextWaiting(): Ranges {
    const following = this.#next
    this.#next = null
    if (following !== null) return following
    const data = this.#waiting.shift() ?? new Uint8Array()
    this.#waitingBytes -= data.length
    return decode(data) as Ranges
  }

  /** Begin with a message; give it back when all of it was left open. */
  #begin(ranges: Ranges): Ranges | null {
    if (!this.#isAnswering) {
      this.#open = this.#opening
      this.#opening = []
      this.#lower = this.#reached = this.round.start
      this.#hasAsked = false
    }
    this.#isAnswering = ranges.more
    let lower = this.#lower
    for (const { type, upper } of ranges.items) {
      if (!isBefore(lower, upper) || isBefore(this.round.end, upper)) return null
      if (type !== 'Skip' && !this.#isOpen(lower, upper)) return null
      lower = upper
      if (type === 'IdList') this.#heard = upper
    }
    this.#items = [...ranges.items]
    return ranges
  }

  /** Say whether our last answer left a range open; ranges are asked about in order. */
  #isOpen(lower: Bound, upper: Bound): boolean {
    for (let first = this.#open[0]; first !== undefined; first = this.#open[0]) {
      if (isBefore(lower, first[1])) return !isBefore(lower, first[0]) && !isBefore(first[1], upper)
      this.#open.shift()
    }
    return false
  }

  /**
   * Settle the first stretch of a list against more records than are compared at once, if that is next; what the peer
   * lists and this stretch lacks is in the rest.
   */
  #settleStretch(): boolean {
    const [item] = this.#items
    if (item?.type !== 'IdList' || item.shortIds.length === 0) return false
    const lower = this.#lower
    if (this.#index.count(lower, item.upper) <= STRETCH_RECORDS) return false
    const upper = this.#index.bound(lower, item.upper, STRETCH_RECORDS)
    const part = [{ ...item, upper }]
    const step = compareRanges(this.#index, this.#salt, lower, part, this.#budget)
    this.#push(step)
    this.#items[0] = { ...item, shortIds: this.#sift(this.#salt, step.wanted, lower, part) }
    this.#lower = upper
    this.worked += STRETCH_RECORDS
    return true
  }

  /** Take as many items as are compared at once: at least one, if there is any. */
  #stretch(): RangeItem[] {
    let records = 0
    let taken = 0
    for (const item of this.#items) {
      const cost = this.#cost(item)
      if (taken > 0 && records + cost > STRETCH_RECORDS) break
      records += cost
      taken += 1
      this.#lower = item.upper
    }
    this.worked += records
    return this.#items.splice(0, taken)
  }

  /** Estimate what answering *item* takes, in short ids. */
  #cost(item: RangeItem): number {
    if (item.type === 'Skip') return 0
    if (item.type === 'IdList' && item.shortIds.length === 0) return ITEM_RECORDS
    const count = this.#index.count(this.#lower, item.upper)
    if (item.type === 'IdList') return ITEM_RECORDS + count
    return ITEM_RECORDS + Math.min(count, LISTED_MAX) + Math.floor(count / DIGESTED_PER_SHORT_ID)
  }

  #answer(step: Step, wanted: readonly string[], lower: Bound, more: boolean): (Want | Ranges)[] {
    const wants = wantsFor(this.round.number, wanted.slice(0, this.#budget.wants(lower, wanted.length)))
    for (const { shortIds } of wants) this.round.asked += shortIds.length
    this.#push(step)
    for (const share of step.listed) this.#listed.push(share)
    this.#leaveOpen(step.opened)
    const last = step.items.at(-1)
    if (last !== undefined) {
      this.#hasAsked = true
      this.#reached = last.upper
    }
    this.isOver = !more && !this.#hasAsked
    return this.isOver ? wants : [...wants, ...answersOf(this.round.number, step.items, { more })]
  }

  #push(step: Step): void {
    for (const share of step.pushed) this.round.transfer.push(share)
  }

  #leaveOpen(ranges: readonly Stretch[]): void {
    for (const [lower, upper] of ranges) {
      const last = this.#opening.at(-1)
      if (last !== undefined && isSameBound(last[1], lower)) this.#opening[this.#opening.length - 1] = [last[0], upper]
      else this.#opening.push([lower, upper])
    }
  }
}
