/** What the rules of one of two neighbours refuse of the other's records: it says so, and is not given it again. */

import type { Entry } from '../core/block.ts'
import { DECLINED_IDS_MAX } from '../core/limits.ts'
import { shortId } from '../core/ranges.ts'
import type { RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request } from './effects.ts'
import { Shortlist } from './shortlist.ts'

/** What one session knows of that, by short id; past `DECLINED_IDS_MAX` it is not remembered. */
export class Declined {
  readonly #peer: PeerId
  readonly #salt: Uint8Array
  readonly #isUnderstood: boolean
  readonly #theirs = new Shortlist(DECLINED_IDS_MAX)

  constructor(peer: PeerId, salt: Uint8Array, { isUnderstood }: { isUnderstood: boolean }) {
    this.#peer = peer
    this.#salt = salt
    this.#isUnderstood = isUnderstood
  }

  get size(): number {
    return this.#theirs.size
  }

  /** Note that the neighbour takes none of *shortIds*. */
  heard(shortIds: readonly string[]): void {
    this.#theirs.note(shortIds)
  }

  /** Tell the neighbour that we take none of *ids*, if it understands that. */
  tell(ids: Iterable<RecordId>): Request[] {
    if (!this.#isUnderstood) return []
    const shortIds = Array.from(ids, id => shortId(this.#salt, id))
    return [{ type: 'Send', peer: this.#peer, message: { type: 'Declining', shortIds } }]
  }

  /** Leave out of *entries* what the neighbour does not take. */
  sift(entries: readonly Entry[]): readonly Entry[] {
    return this.size === 0 ? entries : entries.filter(([, id]) => !this.#theirs.has(shortId(this.#salt, id)))
  }
}
