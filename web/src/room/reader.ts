/** What readers see of a store: all but older versions of keyed records (NIP-78), and what is shadowed or hidden. */

import { type Filter, makeFilter } from '../core/filter.ts'
import { isKeyedKind, type Record, type RecordId, tagValues } from '../core/record.ts'
import type { Shadows } from '../moderation/shadows.ts'
import type { Store } from '../ports.ts'

/** Reads *store* without the older versions of keyed records and what *shadows* or *hides* say is hidden. */
export class View {
  readonly #store: Store
  readonly #shadows: Shadows
  readonly #hides: (record: Record) => boolean

  constructor(store: Store, shadows: Shadows, { hides }: { hides: (record: Record) => boolean }) {
    this.#store = store
    this.#shadows = shadows
    this.#hides = hides
  }

  /** Give the visible records that match, newest first, ties by lowest id first. */
  async query(filter: Filter): Promise<Record[]> {
    const limit = filter.limit
    for (let size = limit; ; ) {
      const records = await this.#store.query({ ...filter, limit: size })
      const visible = await this.#visible(records)
      const isWhole = size === null || records.length < size
      if (isWhole || (limit !== null && visible.length >= limit))
        return limit === null ? visible : visible.slice(0, limit)
      size = records.length * 2
    }
  }

  /** Give the record with this id, hidden or not; null when it is not here. */
  async get(id: RecordId): Promise<Record | null> {
    const [found] = await this.#store.get([id])
    return found ?? null
  }

  async #visible(records: readonly Record[]): Promise<Record[]> {
    const visible: Record[] = []
    for (const record of records) {
      if (this.isHidden(record) || (isKeyedKind(record.kind) && (await this.#isSuperseded(record)))) continue
      visible.push(record)
    }
    return visible
  }

  /** Say whether a policy or the user hides *record*; whether a newer version takes its place is not looked up. */
  isHidden(record: Record): boolean {
    return this.#hides(record) || this.#shadows.shadowing(record.id) !== null
  }

  async #isSuperseded(record: Record): Promise<boolean> {
    const latest = { authors: [record.author], kinds: [record.kind], tags: { d: tagValues(record, 'd').slice(0, 1) } }
    if (latest.tags.d.length === 0) latest.tags.d.push('')
    const [newest] = await this.#store.query(makeFilter({ ...latest, limit: 1 }))
    return newest !== undefined && newest.id !== record.id && newest.createdAt >= record.createdAt
  }
}
