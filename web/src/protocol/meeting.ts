/** How neighbours bring peers together, where the transport lets them (docs/protocol.md, "Introductions"). */

import type { Moment } from '../core/clock.ts'
import { FEATURE_INTRODUCING, type Hello, type Message } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import type { Effect } from './effects.ts'
import { Passing } from './passing.ts'

/** The introductions of one room; the node tells it of its neighbours. */
export class Meeting {
  readonly #passing = new Passing()

  /** Count *peer* among the neighbours, if its *hello* says that it understands introductions. */
  join(peer: PeerId, { features, publicKey }: Hello, _now: Moment): Effect[] {
    if (features & FEATURE_INTRODUCING) this.#passing.join(peer, publicKey)
    return []
  }

  /** Forget the neighbour *peer*. */
  leave(peer: PeerId, _now: Moment): void {
    this.#passing.leave(peer)
  }

  /** Take *message* of the neighbour *peer*, if it is about others. */
  hear(peer: PeerId, message: Message, now: Moment): Effect[] {
    if (message.type === 'Seek') return this.#passing.tell(peer, now)
    return message.type === 'Introduce' ? this.#passing.passOn(peer, message, now) : []
  }
}
