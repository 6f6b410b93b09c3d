/**
 * Which deletions name what, for stores that keep their records in memory.
 *
 * Whoever deletes what nobody has leaves sixty marks a record: each is here a name and no more, unless several deletions of
 * one author name the same.
 */

import { type Name, namesDeleted } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'

type Deletions = RecordId | Set<RecordId>

/** The ids of deletions by what they name, and their author. */
export class Marks {
  readonly #deletions = new Map<PublicKey, Map<Name, Deletions>>()

  /** How many things are named. */
  get size(): number {
    return Array.from(this.#deletions.values(), each => each.size).reduce((sum, each) => sum + each, 0)
  }

  /** Take in *record*, if it is a deletion. */
  add(record: Record): void {
    const { id, author } = record
    const names = namesDeleted(record)
    if (names.length === 0) return
    const held = this.#deletions.get(author) ?? new Map<Name, Deletions>()
    this.#deletions.set(author, held)
    for (const name of names) {
      const before = held.get(name)
      if (before instanceof Set) before.add(id)
      else if (before !== id) held.set(name, before === undefined ? id : new Set([before, id]))
    }
  }

  /** Let go of *record*. */
  remove(record: Record): void {
    const { id, author } = record
    const held = this.#deletions.get(author)
    for (const name of held === undefined ? [] : namesDeleted(record)) {
      const before = held?.get(name)
      if (before === id) held?.delete(name)
      if (!(before instanceof Set)) continue
      before.delete(id)
      const [last] = before
      if (before.size === 1 && last !== undefined) held?.set(name, last)
    }
    if (held?.size === 0) this.#deletions.delete(author)
  }

  /** Give the deletions of *author* that name *name*. */
  of(name: Name, author: PublicKey): RecordId[] {
    const held = this.#deletions.get(author)?.get(name)
    return held instanceof Set ? [...held] : held === undefined ? [] : [held]
  }

  /** Give the authors of all. */
  authors(): Set<PublicKey> {
    return new Set(this.#deletions.keys())
  }
}
