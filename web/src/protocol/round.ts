/** One round of sync with one peer: what is compared, what was asked, what it may cost. */

import { isBefore } from '../core/bucket.ts'
import { DAY_SECONDS, type Monotonic, type UnixTime } from '../core/clock.ts'
import {
  ANSWER_FRAMES_MAX,
  CREDIT_WINDOW_BYTES,
  FRAME_BYTES_MAX,
  RANGE_ITEMS_MAX,
  ROUND_BYTES_BASE,
  ROUND_BYTES_PER_RECORD,
  ROUND_FRAMES_MAX,
  ROUND_HASHES_BASE,
  ROUND_HASHES_PER_RECORD,
  WINDOW_DAYS_MAX,
} from '../core/limits.ts'
import type { Bound, Days, Fin, RangeItem, Ranges, Root, Want } from '../core/message.ts'
import type { RecordId } from '../core/record.ts'
import { Transfer } from './transfer.ts'

/** The most a range item takes on the wire beside its fingerprint or list. */
export const ITEM_BYTES = 48
export const SHORT_ID_BYTES = 8
const WANTS_PER_MESSAGE = Math.floor(FRAME_BYTES_MAX / SHORT_ID_BYTES) - 8

/** What a round compares: the records from midnight of UTC day *firstDay* up to, not including, *upto*. */
export interface Compared {
  readonly number: number
  readonly firstDay: number
  readonly upto: UnixTime
}

/** What one answer cost. */
export interface Cost {
  /** Ids that were hashed. */
  readonly hashed: number
  /** What is sent. */
  readonly items: readonly RangeItem[]
  /** Records that are asked for. */
  readonly wanted: number
  /** Records that we hold. */
  readonly held: number
}

/** The state both sides keep from `Root` to the second `Fin`. */
export class Round {
  readonly number: number
  firstDay: number
  upto: UnixTime
  /** When the peer, or our store, last moved the round on. */
  touched: Monotonic
  readonly transfer = new Transfer()
  /** Short id -> id of what our last whole answer listed and the peer may want. */
  listed = new Map<string, RecordId>()
  /** The same for the answer we are at; the peer gets to it once its own answer is complete. */
  listing = new Map<string, RecordId>()
  /** Where the next range item that arrives begins. */
  lower: Bound
  /** The overview by days is in; from here on only ranges come. */
  hasDays = false
  /** Some frames of the peer's answer are in, and more will come. */
  isAnswering = false
  /** Our own answer so far holds an open range. */
  hasAsked = false
  gained = 0
  /** Blobs of the peer that arrived in this round, that intake is done with, and that we gave credit for. */
  receivedBytes = 0
  dealtBytes = 0
  creditedBytes = 0
  isFinDue = false
  isFinSent = false
  fin: Fin | null = null
  #frames = 0
  #bytesOut = 0
  #hashed = 0

  constructor(number: number, firstDay: number, upto: UnixTime, { now }: { now: Monotonic }) {
    this.number = number
    this.firstDay = firstDay
    this.upto = upto
    this.touched = now
    this.lower = this.start
  }

  /** The lower bound of everything compared. */
  get start(): Bound {
    return [this.firstDay * DAY_SECONDS, '']
  }

  /** More of the peer's blobs wait than credit, and what was on its way meanwhile, can account for. */
  get isFlooded(): boolean {
    return this.receivedBytes - this.dealtBytes > CREDIT_WINDOW_BYTES + 2 * FRAME_BYTES_MAX
  }

  /** Narrow the round to what *days* compares; false when it does not fit what was asked. */
  adopt(days: Days): boolean {
    const span = days.upto - days.firstDay * DAY_SECONDS
    if (days.firstDay < this.firstDay || days.upto > this.upto || span <= 0) return false
    if (days.cellDays < 1 || days.cellDays > WINDOW_DAYS_MAX) return false
    if (days.cells.length !== Math.ceil(span / (days.cellDays * DAY_SECONDS))) return false
    this.firstDay = days.firstDay
    this.upto = days.upto
    return true
  }

  /** Say whether *items* ascend from `lower` and stay inside the round. */
  holds(items: readonly RangeItem[]): boolean {
    const end: Bound = [this.upto, '']
    let lower = this.lower
    for (const item of items) {
      if (!isBefore(lower, item.upper) || isBefore(end, item.upper)) return false
      lower = item.upper
    }
    return true
  }

  /** Count one answer; false when the peer made us work more than the records *held* justify. */
  spend({ hashed, items, wanted, held }: Cost): boolean {
    this.#frames += 1
    this.#hashed += hashed
    this.#bytesOut += items.reduce((size, item) => size + itemBytes(item), 0) + SHORT_ID_BYTES * wanted
    return (
      this.#frames <= ROUND_FRAMES_MAX &&
      this.#hashed <= ROUND_HASHES_BASE + ROUND_HASHES_PER_RECORD * held &&
      this.#bytesOut <= ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * held
    )
  }
}

/** Say whether a round may compare from *firstDay* up to *upto*. */
export function isWindow({ firstDay, upto }: Omit<Compared, 'number'>): boolean {
  const span = upto - firstDay * DAY_SECONDS
  return span > 0 && span <= WINDOW_DAYS_MAX * DAY_SECONDS
}

/** Say whether two roots are the same in every field. */
export function isSameRoot(one: Root, other: Root): boolean {
  return (['round', 'firstDay', 'upto', 'count', 'digest'] as const).every(name => one[name] === other[name])
}

/** Give the end of the round that finds the set at *root*. */
export function finOf({ round, count, digest }: Root): Fin {
  return { type: 'Fin', round, count, digest }
}

/** Give the most *item* takes on the wire. */
export function itemBytes(item: RangeItem): number {
  const bytes = 16 + item.upper[1].length / 2
  return item.type === 'IdList' ? bytes + SHORT_ID_BYTES * item.shortIds.length : bytes
}

/** Ask for the records *shortIds*, in messages of at most `FRAME_BYTES_MAX`. */
export function wantsFor(round: number, shortIds: readonly string[]): Want[] {
  const wants: Want[] = []
  for (let at = 0; at < shortIds.length; at += WANTS_PER_MESSAGE) {
    wants.push({ type: 'Want', round, shortIds: shortIds.slice(at, at + WANTS_PER_MESSAGE) })
  }
  return wants
}

/** Say *items*, in at most `ANSWER_FRAMES_MAX` messages; the last of a whole answer, with nothing *more*, may be empty. */
export function answersOf(round: number, items: readonly RangeItem[], { more }: { more: boolean }): Ranges[] {
  const frames = [...cutIntoFrames(items)].slice(0, ANSWER_FRAMES_MAX)
  if (!more && frames.length === 0) frames.push([])
  return frames.map((frame, at) => ({ type: 'Ranges', round, items: frame, more: more || at < frames.length - 1 }))
}

/** Cut *items*, in order, into messages of at most `FRAME_BYTES_MAX`. */
export function* cutIntoFrames(items: readonly RangeItem[]): Generator<readonly RangeItem[]> {
  let frame: RangeItem[] = []
  let size = ITEM_BYTES
  for (const item of items) {
    size += itemBytes(item)
    if (frame.length > 0 && (size > FRAME_BYTES_MAX || frame.length === RANGE_ITEMS_MAX)) {
      yield frame
      frame = []
      size = ITEM_BYTES + itemBytes(item)
    }
    frame.push(item)
  }
  if (frame.length > 0) yield frame
}
