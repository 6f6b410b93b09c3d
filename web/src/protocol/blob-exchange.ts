/** How the blobs of a room come and go: what we fetch and what we give, among the neighbours that know of blobs. */

import type { Moment, Monotonic } from '../core/clock.ts'
import { type BlobMessage, FEATURE_BLOBS } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import { unreachable } from '../core/unreachable.ts'
import { BlobFetching } from './blob-fetching.ts'
import { BlobServing } from './blob-serving.ts'
import type { Request } from './effects.ts'
import type { BlobInput } from './inputs.ts'

/** The blobs of one node; a node without one neither gives nor fetches any. */
export class BlobExchange {
  readonly #fetching = new BlobFetching()
  readonly #serving = new BlobServing()
  readonly #peers = new Set<PeerId>()

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    return this.#fetching.deadline
  }

  /** Take in *peer*, whose session is established, if its hello's *features* say that it knows of blobs. */
  join(peer: PeerId, features: number, now: Moment): Request[] {
    if ((features & FEATURE_BLOBS) === 0) return []
    this.#peers.add(peer)
    this.#serving.join(peer)
    return this.#fetching.join(peer, now)
  }

  /** Forget *peer*. */
  leave(peer: PeerId, now: Moment): Request[] {
    this.#peers.delete(peer)
    this.#serving.leave(peer)
    return this.#fetching.leave(peer, now)
  }

  /** Give *peer* nothing until its channel has room. */
  clog(peer: PeerId): void {
    this.#serving.clog(peer)
  }

  /** Go on giving to *peer*. */
  drain(peer: PeerId): Request[] {
    return this.#serving.drain(peer)
  }

  /** Take what *peer* asks or answers; of who should not say it nothing is heard. */
  hear(peer: PeerId, message: BlobMessage, now: Moment): Request[] {
    if (!this.#peers.has(peer)) return []
    if (message.type === 'BlobAsk' || message.type === 'BlobWant') return this.#serving.receive(peer, message)
    return this.#fetching.receive(peer, message, now)
  }

  /** Take what our user wants, or what was found, read or kept. */
  receive(event: BlobInput, now: Moment): Request[] {
    switch (event.type) {
      case 'BlobWanted':
        return this.#fetching.want(event, now)
      case 'BlobUnwanted':
        this.#fetching.unwant(event)
        return []
      case 'PiecesKept':
        return this.#fetching.kept(event, now)
      case 'BlobFound':
        return this.#serving.found(event)
      case 'PiecesRead':
        return this.#serving.read(event)
      default:
        return unreachable(event)
    }
  }

  /** Act on what is overdue. */
  tick(now: Moment): Request[] {
    return this.#fetching.tick(now)
  }
}
