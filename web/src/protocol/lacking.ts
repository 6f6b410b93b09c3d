/** What only one of two neighbours has and cannot give: its set counts the record, but the content is gone. */

import { LACKING_IDS_MAX } from '../core/limits.ts'
import { listed, shortId } from '../core/ranges.ts'
import type { RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request } from './effects.ts'
import { Shortlist } from './shortlist.ts'

/** What one session knows of that, by short id; past `LACKING_IDS_MAX` a side it is not remembered. */
export class Lacked {
  readonly #peer: PeerId
  readonly #salt: Uint8Array
  readonly #isUnderstood: boolean
  readonly #theirs = new Shortlist(LACKING_IDS_MAX)
  readonly #ours = new Shortlist(LACKING_IDS_MAX)

  constructor(peer: PeerId, salt: Uint8Array, { isUnderstood }: { isUnderstood: boolean }) {
    this.#peer = peer
    this.#salt = salt
    this.#isUnderstood = isUnderstood
  }

  /** Note that the neighbour has no content of *shortIds*. */
  heard(shortIds: readonly string[]): void {
    // As lists name them, by which they are known again.
    this.#theirs.note(shortIds.map(listed))
  }

  /** Tell the neighbour in *round* that we have no content of *ids*, if it understands that. */
  tell(round: number, ids: readonly RecordId[]): Request[] {
    if (ids.length === 0 || !this.#isUnderstood) return []
    const shortIds = ids.map(id => shortId(this.#salt, id))
    this.#ours.note(shortIds)
    return [{ type: 'Send', peer: this.#peer, message: { type: 'Lacking', round, shortIds } }]
  }

  /** Leave out of *wanted* what the neighbour cannot give: others may. */
  sift(wanted: readonly string[]): readonly string[] {
    return wanted.filter(short => !this.#theirs.has(short))
  }

  /** Say whether this alone may be why we have *surplus* records more than the neighbour; below 0: fewer. */
  explains(surplus: number): boolean {
    const [theirs, ours] = [this.#theirs.size, this.#ours.size]
    return theirs + ours > 0 && -theirs <= surplus && surplus <= ours
  }
}
