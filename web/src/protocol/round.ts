/** One round of sync with one peer: what is compared, and how far it is; how answers are cut into messages. */

import { after, DAY_SECONDS, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import {
  CREDIT_INTERVAL_SECONDS,
  CREDIT_WINDOW_BYTES,
  FRAME_BYTES_MAX,
  IDS_PER_MESSAGE_MAX,
  RANGE_ITEMS_MAX,
  ROUND_BYTES_BASE,
  ROUND_BYTES_MAX,
  ROUND_BYTES_PER_RECORD,
  ROUND_TIMEOUT_SECONDS,
  WINDOW_DAYS_MAX,
} from '../core/limits.ts'
import type { Bound, Credit, Days, Fin, RangeItem, Ranges, Root, Want } from '../core/message.ts'
import { LISTED_ID_BYTES } from '../core/packing.ts'
import { firstBound, startOf, windowDays } from '../core/window.ts'
import type { Transfer } from './transfer.ts'

/** The most a range item takes on the wire beside its fingerprint or list. */
export const ITEM_BYTES = 48

/** What a round compares: the records from UTC day *firstDay* on, or a step in one, up to, not including, *upto*. */
export interface Compared {
  readonly number: number
  readonly firstDay: number
  readonly upto: UnixTime
}

/** The state both sides keep from `Root` to the second `Fin`. */
export class Round {
  readonly number: number
  firstDay: number
  upto: UnixTime
  /** When the peer, our store or our own comparing last moved the round on. */
  touched: Monotonic
  readonly transfer: Transfer
  gained = 0
  /** Records that were asked for by name. */
  asked = 0
  /** Blobs of the peer that arrived in this round, that intake is done with, and that we gave credit for. */
  receivedBytes = 0
  dealtBytes = 0
  creditedBytes = 0
  isFinDue = false
  isFinSent = false
  fin: Fin | null = null

  constructor({ number, firstDay, upto }: Compared, transfer: Transfer, { now }: { now: Monotonic }) {
    this.number = number
    this.firstDay = firstDay
    this.upto = upto
    this.transfer = transfer
    this.touched = now
  }

  /** The lower bound of everything compared. */
  get start(): Bound {
    return firstBound(this.firstDay)
  }

  /** The upper bound of everything compared. */
  get end(): Bound {
    return [this.upto, '']
  }

  /** What the peer gave in this round, and intake is not done with. */
  get undealtBytes(): number {
    return this.receivedBytes - this.dealtBytes
  }

  /** When it is to be given up, or said to go on. */
  get deadline(): Monotonic {
    return after(this.touched, this.undealtBytes > 0 ? CREDIT_INTERVAL_SECONDS : ROUND_TIMEOUT_SECONDS)
  }

  /** Note *size* bytes of the peer's blobs; false when they are more than what it was given credit for. */
  arrive(size: number, now: Moment): boolean {
    this.touched = now.monotonic
    this.receivedBytes += size
    return this.undealtBytes <= CREDIT_WINDOW_BYTES + 2 * FRAME_BYTES_MAX
  }

  /** Note that intake is done with *size* bytes, *added* records of which are new; give the credit that is due. */
  deal(size: number, added: number, now: Moment): Credit[] {
    this.touched = now.monotonic
    this.gained += added
    this.dealtBytes += size
    const isDue = this.dealtBytes - this.creditedBytes >= CREDIT_WINDOW_BYTES / 2
    return isDue ? [this.giveCredit(now)] : []
  }

  /** Say how much of this round intake is done with. */
  giveCredit(now: Moment): Credit {
    this.touched = now.monotonic
    this.creditedBytes = this.dealtBytes
    return { type: 'Credit', round: this.number, totalBytes: this.dealtBytes }
  }

  /** Narrow the round to what *days* compares; false when it does not fit what was asked. */
  adopt(days: Days): boolean {
    if (days.cellDays < 1 || days.cellDays > WINDOW_DAYS_MAX) return false
    return days.cells.length === Math.ceil(windowDays(days.firstDay, days.upto) / days.cellDays) && this.narrow(days)
  }

  /** Compare less than was asked; false when it is not within that, or nothing at all. */
  narrow({ firstDay, upto }: Omit<Compared, 'number'>): boolean {
    const start = startOf(firstDay)
    if (start < startOf(this.firstDay) || upto > this.upto || upto <= start) return false
    this.firstDay = firstDay
    this.upto = upto
    return true
  }
}

/** A round that the peer opens while we judge what it gave before: answered afterwards, and kept open until then. */
export class Deferral {
  readonly root: Root
  #touched: Monotonic

  constructor(root: Root, now: Moment) {
    this.root = root
    this.#touched = now.monotonic
  }

  /** When the peer is to hear once more that its round goes on. */
  get deadline(): Monotonic {
    return after(this.#touched, CREDIT_INTERVAL_SECONDS)
  }

  /** Say that the round goes on, of which nothing can have come. */
  say(now: Moment): Credit {
    this.#touched = now.monotonic
    return { type: 'Credit', round: this.root.round, totalBytes: 0 }
  }
}

/** Give how much one side may say in a round of two sets that hold so many *records* together: at *most* so much. */
export function roundBytes(records: number, most = ROUND_BYTES_MAX): number {
  return Math.min(ROUND_BYTES_BASE + ROUND_BYTES_PER_RECORD * records, most)
}

/** Say whether a round may compare from *firstDay* up to *upto*. */
export function isWindow({ firstDay, upto }: Omit<Compared, 'number'>): boolean {
  const span = upto - startOf(firstDay)
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
  return item.type === 'IdList' ? bytes + LISTED_ID_BYTES * item.shortIds.length : bytes
}

/** Ask for the records *shortIds*, in messages of at most `IDS_PER_MESSAGE_MAX`. */
export function wantsFor(round: number, shortIds: readonly string[]): Want[] {
  const wants: Want[] = []
  for (let at = 0; at < shortIds.length; at += IDS_PER_MESSAGE_MAX) {
    wants.push({ type: 'Want', round, shortIds: shortIds.slice(at, at + IDS_PER_MESSAGE_MAX) })
  }
  return wants
}

/** Say *items*; the last message of a whole answer, with nothing *more*, may be empty. */
export function answersOf(round: number, items: readonly RangeItem[], { more }: { more: boolean }): Ranges[] {
  const frames = [...cutIntoFrames(items)]
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
