/** What goes to one neighbour outside rounds, what comes from it, and how far it is waited for. */

import type { Monotonic } from '../core/clock.ts'
import { OWED_RECORDS_FIRST, OWED_RECORDS_MAX } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import { Inlet } from './inlet.ts'
import { Outlet } from './outlet.ts'
import type { Recents } from './recents.ts'

export const LONG_AGO = Number.NEGATIVE_INFINITY as Monotonic

/** Both ways of one channel. */
export class Ends {
  readonly outlet: Outlet
  readonly inlet = new Inlet()
  /** It understands `Lacking`. */
  readonly hasLacking: boolean
  /** When it last gave something that we had asked it for. */
  gaveAt = LONG_AGO
  /** The channel has not taken what was sent to it. */
  isClogged = false
  /** New records are pushed along here, either way; all others are told of them. */
  isBranch = false
  /** So many records it has to bring that others announced, before it is waited for again. */
  owed = 0
  /** So many when it is waited for in vain the next time. */
  #owedNext = OWED_RECORDS_FIRST

  constructor(peer: PeerId, recents: Recents, hasLacking: boolean) {
    this.outlet = new Outlet(peer, recents)
    this.hasLacking = hasLacking
  }

  /** What is new may be pushed by it: it has its credit, none of which went to what was refused. */
  get isExpected(): boolean {
    return this.isBranch && this.owed === 0 && !this.inlet.isWithholding
  }

  /** Note that it was waited for in vain: who passes nothing on must not be able to delay others again soon. */
  miss(): void {
    this.owed = this.#owedNext
    this.#owedNext = Math.min(2 * this.#owedNext, OWED_RECORDS_MAX)
  }

  /** Note that it brought unasked what others had only announced. */
  bring(): void {
    if (this.owed > 0) this.owed -= 1
  }
}
