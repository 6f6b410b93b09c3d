/** The records an element shows: the newest, in pages, read again when something happens but never all the time. */

import type { Cursor } from '../../core/filter.ts'
import { KIND_DELETION, type Record, type RecordId } from '../../core/record.ts'
import { stampOf } from '../../core/stamp.ts'
import type { Query } from '../../room/query.ts'
import { type Face, faceOf } from './face.ts'

export const PAGE_RECORDS = 50
/** However far a reader goes back, and whatever comes meanwhile, no more are shown at once: newer ones are let go of. */
export const SHOWN_RECORDS_MAX = 500
/** Of the page's time, reading takes at most one part in so many. */
const TIME_SHARE = 8
const PAUSE_MILLISECONDS_MAX = 1_000

/** What pages of records work with. */
export interface PagesOptions {
  /** Gives the newest records that match. */
  readonly read: (query: Query) => Promise<readonly Record[]>
  readonly onChange: () => void
  readonly onFailure: (error: unknown) => void
  /** Calls once the page is about to be painted; a page that nobody sees need not. */
  readonly schedule: (work: () => void) => void
}

/** Reads the newest records, and older ones page by page. */
export class Pages {
  /** The reader is where new records appear. */
  isFollowing = true
  readonly #options: PagesOptions
  #query: Query = {}
  #wanted = PAGE_RECORDS
  /** Where what is shown begins, newest first, after how many pages were let go of. */
  #starts: Cursor[] = []
  #shown: readonly Face[] = []
  #hasEarlier = false
  #isWhole = false
  #isStale = false
  #isReading = false
  /** Counts the rooms and collections that were shown: what is read of an older one is dropped. */
  #turn = 0

  constructor(options: PagesOptions) {
    this.#options = options
  }

  /** What is shown, oldest first. */
  get shown(): readonly Face[] {
    return this.#shown
  }

  /** There are older records than those shown. */
  get hasEarlier(): boolean {
    return this.#hasEarlier
  }

  /** There are newer records than those shown, and a reader who went far back. */
  get hasLater(): boolean {
    return this.#starts.length > 0
  }

  /** The room was read at least once. */
  get isRead(): boolean {
    return this.#isWhole
  }

  /** Show the records of another room or collection. */
  restart(query: Query): void {
    this.#turn += 1
    this.#query = query
    this.#wanted = PAGE_RECORDS
    this.#starts = []
    this.#shown = []
    this.#hasEarlier = false
    this.#isWhole = false
    this.refresh()
  }

  /** Read again, soon; *added* records push none of those out of view that a reader looks at. */
  refresh(added = 0): void {
    if (!this.isFollowing && !this.hasLater) this.#wanted = Math.min(this.#wanted + added, SHOWN_RECORDS_MAX)
    if (this.#isStale) return
    this.#isStale = true
    if (!this.#isReading) this.#options.schedule(() => void this.#read())
  }

  /** Show one page of older records more. */
  showEarlier(): void {
    this.#wanted = this.#shown.length + PAGE_RECORDS
    if (this.#wanted > SHOWN_RECORDS_MAX) {
      this.#wanted = SHOWN_RECORDS_MAX
      const last = this.#shown.at(-PAGE_RECORDS)
      if (last !== undefined) this.#starts.push({ stamp: stampOf(last.record), id: last.record.id })
    }
    this.refresh()
  }

  /** Show one page of newer records again, in the place of the oldest ones. */
  showLater(): void {
    this.#starts.pop()
    this.refresh()
  }

  /** Show no more than the newest page. */
  showNewest(): void {
    this.#wanted = PAGE_RECORDS
    this.#starts = []
    this.refresh()
  }

  async #read(): Promise<void> {
    this.#isStale = false
    this.#isReading = true
    const turn = this.#turn
    const began = performance.now()
    try {
      const found = await this.#newest(this.#wanted)
      if (turn === this.#turn) this.#show(found)
    } catch (error) {
      if (turn === this.#turn) this.#options.onFailure(error)
    }
    const pause = Math.min((performance.now() - began) * TIME_SHARE, PAUSE_MILLISECONDS_MAX)
    setTimeout(() => this.#rest(), turn === this.#turn ? pause : 0)
  }

  #rest(): void {
    this.#isReading = false
    if (this.#isStale) this.#options.schedule(() => void this.#read())
  }

  #show(found: readonly Record[]): void {
    const known = new Map<RecordId, Face>(this.#shown.map(face => [face.record.id, face]))
    const kept = found.slice(0, this.#wanted).reverse()
    this.#shown = kept.map(record => known.get(record.id) ?? faceOf(record))
    this.#hasEarlier = found.length > this.#wanted
    this.#isWhole = true
    this.#options.onChange()
  }

  /** Give one record more than *count* if there is one; a filter cannot leave deletions out, so more are asked for. */
  async #newest(count: number): Promise<Record[]> {
    const after = this.#starts.at(-1) ?? null
    for (let limit = count + 1; ; limit *= 2) {
      const found = await this.#options.read({ ...this.#query, after, limit })
      const visible = found.filter(({ kind }) => kind !== KIND_DELETION)
      if (visible.length > count || found.length < limit) return visible
    }
  }
}
