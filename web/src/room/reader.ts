/** What readers see of a store: all but older versions of keyed records (NIP-78), and what is shadowed or hidden. */

import type { Outline } from '../core/deletion.ts'
import type { Filter } from '../core/filter.ts'
import type { Record } from '../core/record.ts'
import { type AnyId, findId } from '../core/typed.ts'
import type { Shadows } from '../moderation/shadows.ts'
import type { Reading } from './peer.ts'
import type { Resolve } from './query.ts'

/** Says what is hidden. */
export interface Court {
  readonly shadows: Shadows
  hides(record: Record): boolean
}

/** Reads *store* without the older versions of keyed records and what *court* says is hidden. */
export class View {
  readonly #store: Reading
  readonly #court: Court

  constructor(store: Reading, court: Court) {
    this.#store = store
    this.#court = court
  }

  /** Give the visible records that match, newest first, ties by lowest id first. */
  async query(filter: Filter): Promise<Record[]> {
    await this.#court.shadows.settle()
    const limit = filter.limit
    for (let size = limit; ; ) {
      const records = await this.#store.query({ ...filter, limit: size })
      const visible = this.#court.shadows.versions.current(records).filter(record => !this.isHidden(record))
      const isWhole = size === null || records.length < size
      if (isWhole || (limit !== null && visible.length >= limit))
        return limit === null ? visible : visible.slice(0, limit)
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
    return (await import('./asking.ts')).shellsOf(this.#store, filter)
  }

  /** Give the record with this id, or the one whose id begins so, hidden or not; null when it is not here. */
  async get(id: AnyId): Promise<Record | null> {
    const found = await findId(id, this.#store)
    const [record] = found === null ? [] : await this.#store.get([found])
    return record ?? null
  }

  /** Say whether a newer version, a policy or the user hides *record*. */
  isHidden(record: Record): boolean {
    return this.#court.hides(record) || this.#court.shadows.shadowing(record.id) !== null
  }
}
