/** What one author wrote on one UTC day, as far as its content is here: figures that a budget is compared with. */

import { dayOf } from './bucket.ts'
import { namesDeleted } from './deletion.ts'
import type { PublicKey } from './keys.ts'
import type { Record } from './record.ts'

/** The sums of one author and day. */
export interface DaySum {
  /** Numbered from the Unix epoch. */
  readonly day: number
  readonly author: PublicKey
  /** Bytes of the wire forms. */
  readonly size: number
  readonly records: number
  /** How many things its deletions name. */
  readonly names: number
}

/** Give what *record* alone makes. */
export function sumOf(record: Record): DaySum {
  const { createdAt, author, wire } = record
  return { day: dayOf(createdAt), author, size: wire.length, records: 1, names: namesDeleted(record).length }
}

/** The sums of many authors and days. */
export class DaySums {
  readonly #sums = new Map<string, DaySum>()

  /** Take *sums* to begin with. */
  constructor(sums: Iterable<DaySum> = []) {
    for (const sum of sums) this.add(sum)
  }

  /** All of them, by day and author. */
  get all(): DaySum[] {
    return [...this.#sums.values()].sort((one, other) => one.day - other.day || (one.author < other.author ? -1 : 1))
  }

  /** Add *sum*, or take it away with a *sign* of -1; give what that makes of its author and day. */
  add({ day, author, size, records, names }: DaySum, sign = 1): DaySum {
    const key = `${day} ${author}`
    const known = this.#sums.get(key)
    const sum = {
      day,
      author,
      size: (known?.size ?? 0) + sign * size,
      records: (known?.records ?? 0) + sign * records,
      names: (known?.names ?? 0) + sign * names,
    }
    if (sum.records === 0) this.#sums.delete(key)
    else this.#sums.set(key, sum)
    return sum
  }
}

/** Give the sums of *records*, by day and author. */
export function sumsOf(records: Iterable<Record>): DaySum[] {
  return new DaySums([...records].map(sumOf)).all
}
