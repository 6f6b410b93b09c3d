/**
 * Which deletions name what, for stores that keep their records in memory.
 *
 * Whoever deletes what nobody has leaves sixty marks a record: each is here a key and no more, unless several deletions of
 * one author name the same.
 */

import { type Name, namesDeleted } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'

const NAME_DIGITS = 64

/** The ids of deletions by what they name, and their author. */
export class Marks {
  /** By name and author, one behind the other. */
  readonly #deletions = new Map<string, RecordId | Set<RecordId>>()

  /** How many things are named. */
  get size(): number {
    return this.#deletions.size
  }

  /** Take in *record*, if it is a deletion. */
  add(record: Record): void {
    const { id, author } = record
    for (const name of namesDeleted(record)) {
      const held = this.#deletions.get(name + author)
      if (held instanceof Set) held.add(id)
      else if (held !== id) this.#deletions.set(name + author, held === undefined ? id : new Set([held, id]))
    }
  }

  /** Let go of *record*. */
  remove(record: Record): void {
    const { id, author } = record
    for (const name of namesDeleted(record)) {
      const held = this.#deletions.get(name + author)
      if (held === id) this.#deletions.delete(name + author)
      if (!(held instanceof Set)) continue
      held.delete(id)
      const [last] = held
      if (held.size === 1 && last !== undefined) this.#deletions.set(name + author, last)
    }
  }

  /** Give the deletions of *author* that name *name*. */
  of(name: Name, author: PublicKey): RecordId[] {
    const held = this.#deletions.get(name + author)
    return held instanceof Set ? [...held] : held === undefined ? [] : [held]
  }

  /** Give the authors of all. */
  authors(): Set<PublicKey> {
    return new Set(Array.from(this.#deletions.keys(), key => key.slice(NAME_DIGITS) as PublicKey))
  }
}
