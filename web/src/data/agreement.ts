/** Up to which time all peers that are present hold what we hold. */

import type { UnixTime } from '../core/clock.ts'
import { UPTO_LAG_SECONDS } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import { MICROSECONDS } from '../core/stamp.ts'
import type { RoomEvent } from '../notices.ts'

/** Follows when our set and each present peer's had equal roots. */
export class Agreement {
  /** The stamp below which all of them did, the highest so far; 0 before they ever did. */
  settled = 0
  readonly #synced = new Map<PeerId, UnixTime>()

  /** Follow what happens in the room, while *present* gives the peers with a session. */
  take(event: RoomEvent, now: UnixTime, present: () => Iterable<PeerId>): void {
    if (event.type === 'PeerSynced') this.#synced.set(event.peer, now)
    else if (event.type === 'PeerJoined' || event.type === 'PeerLeft') this.#synced.delete(event.peer)
    else return
    const here = new Set(present())
    // Of another tab's peers nobody tells that they left when that tab is gone.
    for (const peer of this.#synced.keys()) if (!here.has(peer)) this.#synced.delete(peer)
    if (here.size === 0 || this.#synced.size < here.size) return
    // What is younger may still have been on its way.
    const upto = Math.min(...this.#synced.values()) - UPTO_LAG_SECONDS
    this.settled = Math.max(this.settled, upto * MICROSECONDS)
  }
}
