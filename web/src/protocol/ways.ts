/** By whom new records came lately, and by whom they would have come as well (docs/protocol.md, "Live records"). */

import { after, type Moment } from '../core/clock.ts'
import { SHORTCUT_SECONDS, WAYS_REMEMBERED_MAX } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import type { Send } from './effects.ts'
import type { Ends } from './ends.ts'
import { type Pulled, Pulls } from './pulls.ts'

type Neighbours = ReadonlyMap<PeerId, Ends>

/** The last `WAYS_REMEMBERED_MAX` of each. */
export class Ways {
  /** What was announced and is not here. It is kept here for what a join loads beside the library is loaded later. */
  readonly pulls = new Pulls()
  /** Who brought what was new, the last first. */
  #sources: PeerId[] = []
  /** Who told of what others pushed later, the last first: it has its records by another way than ours. */
  #ahead: PeerId[] = []

  /** So little came by now that the ways of others may be formed after what they hear from us. */
  get isYoung(): boolean {
    return this.#sources.length < WAYS_REMEMBERED_MAX
  }

  /**
   * Note that *peer* brought a record that was new, and in *pull*, if anybody did, who had told of it before.
   *
   * Who did so long before pushes what is new from now on, in place of *peer*, which is told so by *prefix*.
   */
  came(peer: PeerId, prefix: string, pull: Pulled | undefined, neighbours: Neighbours, now: Moment): Send[] {
    this.#sources = [peer, ...this.#sources].slice(0, WAYS_REMEMBERED_MAX)
    const ends = neighbours.get(peer)
    if (ends === undefined || pull === undefined) return []
    ends.bring()
    this.#ahead = [pull.peer, ...this.#ahead].slice(0, WAYS_REMEMBERED_MAX)
    const isShort = !pull.isAsked && now.monotonic >= after(pull.begun, SHORTCUT_SECONDS)
    const effects = isShort ? branchTo(pull.peer, neighbours) : []
    if (effects.length > 0) {
      ends.isBranch = false
      ends.outlet.refer(prefix)
    }
    return effects
  }

  /** Have what is new pushed by another of *neighbours* when *lost* is gone, by which half of it or more came. */
  around(lost: PeerId, neighbours: Neighbours): Send[] {
    const isMost = 2 * this.#sources.filter(peer => peer === lost).length >= this.#sources.length
    return isMost
      ? branchTo(
          this.#ahead.find(peer => neighbours.has(peer)),
          neighbours,
        )
      : []
  }
}

/** Make a branch of *peer*, unless it is one already or owes records. */
function branchTo(peer: PeerId | undefined, neighbours: Neighbours): Send[] {
  const ends = peer && neighbours.get(peer)
  if (!ends || ends.isBranch || ends.owed > 0) return []
  ends.isBranch = true
  return [{ type: 'Send', peer, message: { type: 'Pull', prefixes: [] } }]
}
