/** What has expired loses its content, so that nothing is left of it but an id in the set. */

import type { UnixTime } from '../core/clock.ts'
import type { RecordId } from '../core/record.ts'
import type { DocumentStore } from '../ports.ts'

/**
 * How often it is looked for. What had expired the last time is purged, so within ten minutes, and views read on first.
 *
 * A view that had not been told by then would have to begin anew.
 */
export const PURGE_SECONDS = 280
export const PURGED_AT_ONCE = 500

type Perishing = Pick<DocumentStore, 'expired'>
type Purge = (ids: readonly RecordId[]) => Promise<void>

/** Purges the documents of a store that have expired. */
export class Expiry {
  readonly #store: Perishing
  readonly #purge: Purge
  /** The last time. */
  #expired: ReadonlySet<RecordId> = new Set()
  #next = 0

  /** *purge* destroys the content of records, wherever it rests. */
  constructor(store: Perishing, purge: Purge) {
    this.#store = store
    this.#purge = purge
  }

  /** Purge what has expired, if it is time again; give how many. */
  async purge(now: UnixTime): Promise<number> {
    if (now < this.#next) return 0
    this.#next = now + PURGE_SECONDS
    const ids = await this.#store.expired()
    const due = ids.filter(id => this.#expired.has(id))
    this.#expired = new Set(ids)
    for (let start = 0; start < due.length; start += PURGED_AT_ONCE) {
      await this.#purge(due.slice(start, start + PURGED_AT_ONCE))
    }
    return due.length
  }
}
