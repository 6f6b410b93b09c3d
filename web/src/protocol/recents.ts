/** The last records that were passed on, which can still be pulled, and who has them. */

import type { PublicKey } from '../core/keys.ts'
import { RECENT_BYTES_MAX, RECENT_RECORDS_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'

/**
 * Records are told by so many bytes of their ids.
 *
 * They are no secret and carry no salt: what two neighbours announce must be seen to be the same, or it would be pulled
 * twice. Whoever makes two records with one beginning keeps one of them from being pulled, and sync brings it.
 */
export const PREFIX_BYTES = 8

/** A record that can still be pulled, and who has it. Its tags, once read, would take several times its wire form. */
export interface Recent {
  /** What it is told by. */
  readonly prefix: string
  readonly author: PublicKey
  /** Its wire form; empty once it was purged. */
  wire: Uint8Array
  readonly holders: Set<PeerId>
  /** Those of them to whom it was given unasked. */
  pushed?: ReadonlySet<PeerId>
  /** Those that were told of it: what they say of it now proves nothing. */
  readonly told: Set<PeerId>
  /** Our own user wrote it just now: it goes before what is passed on. */
  isOurs?: boolean
}

/** At most `RECENT_RECORDS_MAX` of them, of `RECENT_BYTES_MAX`; the oldest go first. */
export class Recents {
  readonly #recents = new Map<string, Recent>()
  #bytes = 0

  /** Give the one whose id begins with *prefix*. */
  get(prefix: string): Recent | undefined {
    return this.#recents.get(prefix)
  }

  /** Keep *record*, or give what is kept of it already, unless that was purged. */
  add({ id, author, wire }: Record): Recent {
    const prefix = prefixOf(id)
    let recent = this.#recents.get(prefix)
    if (!recent?.wire.length) {
      recent = { prefix, author, wire, holders: new Set(), told: new Set() }
      this.#recents.set(prefix, recent)
      this.#bytes += wire.length
    }
    for (const [oldest, { wire }] of this.#recents) {
      if (this.#recents.size <= RECENT_RECORDS_MAX && this.#bytes <= RECENT_BYTES_MAX) break
      this.#recents.delete(oldest)
      this.#bytes -= wire.length
    }
    return recent
  }

  /** Keep no content of *ids*. They stay known, so that they are not asked for again. */
  purge(ids: Iterable<RecordId>): void {
    for (const id of ids) {
      const recent = this.#recents.get(prefixOf(id))
      if (recent === undefined) continue
      this.#bytes -= recent.wire.length
      recent.wire = new Uint8Array()
    }
  }
}

/** Give the first `PREFIX_BYTES` of an id. */
export function prefixOf(id: RecordId): string {
  return id.slice(0, 2 * PREFIX_BYTES)
}
