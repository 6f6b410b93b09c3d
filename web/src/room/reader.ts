/** What readers see of a store: all but older versions, and what is shadowed, hidden or has expired. */

import type { Outline } from '../core/deletion.ts'
import type { Filter } from '../core/filter.ts'
import { isUnread, type Record } from '../core/record.ts'
import { type AnyId, findId } from '../core/typed.ts'
import type { Shadows } from '../moderation/shadows.ts'
import { isWithheld, type Court as Judging } from '../moderation/withheld.ts'
import type { Expirations } from './expirations.ts'
import type { Reading } from './peer.ts'
import type { Resolve } from './query.ts'

/** Says what is hidden. */
export interface Court extends Judging {
  readonly shadows: Shadows
}

/** Reads *store* without older versions, what *court* says is hidden, and what *expirations* hide. */
export class View {
  readonly #store: Reading
  readonly #court: Court
  readonly expirations: Expirations

  constructor(store: Reading, court: Court, expirations: Expirations) {
    this.#store = store
    this.#court = court
    this.expirations = expirations
  }

  /** Give the visible records that match, newest first, ties by lowest id first. */
  async query(filter: Filter): Promise<Record[]> {
    await this.#court.shadows.settle()
    const limit = filter.limit
    for (let size = limit; ; ) {
      const records = await this.#store.query({ ...filter, limit: size })
      const visible = this.#court.shadows.versions.current(records).filter(record => !this.isHidden(record))
      const isWhole = size === null || records.length < size
      if (isWhole || (limit !== null && visible.length >= limit)) {
        const shown = visible.slice(0, limit ?? visible.length)
        this.expirations.expect(shown)
        return shown
      }
      size = records.length * 2
    }
  }

  /** Look up what a query needs of the store. */
  resolve(resolve: Resolve): Promise<Filter> {
    return resolve(this.#store)
  }

  /** Give every member that matches, hidden or not, newest first. */
  members(filter: Filter): Promise<Record[]> {
    return this.#store.query(filter)
  }

  /** Give what is left of the members that match, as far as that can tell, and are here without content. */
  async shells(filter: Filter): Promise<Outline[]> {
    return (await import('./shells.ts')).shellsOf(this.#store, filter)
  }

  /** Give the record with this id, or the one whose id begins so, hidden or not; null when it is not here. */
  async get(id: AnyId): Promise<Record | null> {
    const found = await findId(id, this.#store)
    const [record] = found === null ? [] : await this.#store.get([found])
    return record ?? null
  }

  /** Say whether a newer version, a policy or the user hides *record*, it has expired, or it does not open here. */
  isHidden(record: Record): boolean {
    return isUnread(record) || isWithheld(record, this.#court, this.expirations)
  }
}
