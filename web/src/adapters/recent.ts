/** What was lately put into a store, for when the browser takes that away. */

import type { UnixTime } from '../core/clock.ts'
import type { Record, RecordId } from '../core/record.ts'

/** The bytes of records that a page keeps beside its database; those added last stay. */
export const RECENT_BYTES_MAX = 4_000_000

/** The records added last, and every note that passed by. */
export class Recent {
  /** In the order in which they were added. */
  readonly #records = new Map<RecordId, Record>()
  #bytes = 0
  readonly #notes = new Map<string, Map<string, string>>()

  /** The records, those added first at the head. */
  get records(): readonly Record[] {
    return [...this.#records.values()]
  }

  /** The notes, as [kind, key, text]. */
  get notes(): readonly (readonly [kind: string, key: string, text: string])[] {
    return [...this.#notes].flatMap(([kind, notes]) => [...notes].map(([key, text]) => [kind, key, text] as const))
  }

  /** Keep *records*, in place of the oldest additions where there is no room. */
  add(records: readonly Record[]): void {
    for (const record of records) {
      if (this.#records.has(record.id)) continue
      this.#records.set(record.id, record)
      this.#bytes += record.wire.length
    }
    for (const id of this.#records.keys()) {
      if (this.#bytes <= RECENT_BYTES_MAX) break
      this.remove([id])
    }
  }

  /** Let *ids* go. */
  remove(ids: readonly RecordId[]): void {
    for (const id of ids) {
      this.#bytes -= this.#records.get(id)?.wire.length ?? 0
      this.#records.delete(id)
    }
  }

  /** Let go of what was created before *time*, all others than *but*. */
  expire(time: UnixTime, but?: ReadonlySet<RecordId>): void {
    for (const { id, createdAt } of this.records) if (createdAt < time && !but?.has(id)) this.remove([id])
  }

  /** Keep *text* under *kind* and *key*; null lets it go. */
  note(kind: string, key: string, text: string | null): void {
    const notes = this.#notes.get(kind) ?? new Map<string, string>()
    this.#notes.set(kind, notes)
    if (text === null) notes.delete(key)
    else notes.set(key, text)
  }
}
