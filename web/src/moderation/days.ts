/**
 * UTC days that a rule about days has to look at, told by sums: of all others nothing is read and nothing is held.
 *
 * A set rule whose groups are UTC days may have a method `fits`, which is given what one author wrote on a day, and what
 * all did, and says whether it is sure to keep all of it.
 */

import { pause } from '../adapters/turns.ts'
import { dayOf } from '../core/bucket.ts'
import { type DaySum, DaySums, sumOf } from '../core/day-sum.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record } from '../core/record.ts'
import type { SetRule } from '../ports.ts'

/** Stands for all authors of a day. */
const EVERYBODY = '' as PublicKey

/** The days of one room. */
export class Days {
  readonly #rules: readonly SetRule[]
  #sums = new DaySums()
  readonly #opened = new Set<number>()
  readonly #due = new Set<number>()

  constructor(rules: readonly SetRule[], sums: readonly DaySum[] = []) {
    this.#rules = rules
    this.restart(sums)
  }

  /** Count what is here anew: *sums*. */
  restart(sums: readonly DaySum[]): void {
    this.#sums = new DaySums()
    for (const sum of this.#rules.length > 0 ? sums : []) this.#count(sum)
  }

  /** Count a new member. */
  add(record: Record): void {
    if (this.#rules.length > 0) this.#count(sumOf(record))
  }

  /** Let all whole days before *before* go. */
  forgetBefore(before: number): void {
    const first = dayOf(before)
    this.#sums = new DaySums(this.#sums.all.filter(({ day }) => day >= first))
    for (const days of [this.#opened, this.#due]) for (const day of days) if (day < first) days.delete(day)
  }

  /** Say whether the day of *record* has to be looked at. */
  isOpened({ createdAt }: Record): boolean {
    return this.#opened.has(dayOf(createdAt))
  }

  /** Some day is still to be opened. */
  get hasDue(): boolean {
    return this.#due.size > 0
  }

  /** Open the first day that is due, and give it; null when none is. */
  openNext(): number | null {
    const [day = null] = this.#due
    if (day === null) return null
    this.#due.delete(day)
    this.#opened.add(day)
    return day
  }

  /** Open it later: it could not be read. */
  putBack(day: number): void {
    this.#opened.delete(day)
    this.#due.add(day)
  }

  #count(one: DaySum): void {
    // What goes is not taken away: the sums say too much then, and a day is looked at that need not be.
    const author = this.#sums.add(one)
    const whole = this.#sums.add({ ...one, author: EVERYBODY })
    if (this.#opened.has(one.day) || this.#due.has(one.day)) return
    if (!this.#rules.every(rule => fits(rule, author, whole))) this.#due.add(one.day)
  }
}

/** How days are read. */
export interface Reading {
  /** One is about to be read. */
  readonly begin: () => void
  readonly load: (day: number) => Promise<readonly Record[]>
  /** Some records of it. */
  readonly take: (records: readonly Record[]) => void
  /** All of it was taken. */
  readonly end: () => void
}

/** Records of a day between which others have no turn. */
const TAKEN_AT_ONCE = 128

/** Reads the days that are due. */
export class Opener {
  readonly #days: Days
  readonly #reading: Reading
  #current: Promise<void> | null = null

  constructor(days: Days, reading: Reading) {
    this.#days = days
    this.#reading = reading
  }

  /** Read all that is due; refused when the store cannot be read, and tried again then. */
  async settle(): Promise<void> {
    while (this.#days.hasDue || this.#current !== null) {
      this.#current ??= this.#openNext().finally(() => {
        this.#current = null
      })
      await this.#current
    }
  }

  async #openNext(): Promise<void> {
    const day = this.#days.openNext()
    if (day === null) return
    const { begin, load, take, end } = this.#reading
    begin()
    const records = await load(day).catch((error: unknown) => {
      this.#days.putBack(day)
      throw error
    })
    for (let start = 0; start < records.length; start += TAKEN_AT_ONCE) {
      // Whoever flooded a day shall not hold up the page while it is looked at.
      if (start > 0) await pause()
      take(records.slice(start, start + TAKEN_AT_ONCE))
    }
    end()
  }
}

function fits(rule: SetRule, author: DaySum, whole: DaySum): boolean {
  try {
    return rule.fits?.(author, whole) ?? false
  } catch {
    // A stranger's code may throw anything; then the day is looked at.
    return false
  }
}
