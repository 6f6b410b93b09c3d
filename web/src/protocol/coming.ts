/** The records that came and are on their way through intake, and who has them. */

import { after, type Monotonic } from '../core/clock.ts'
import { PULL_PATIENCE_SECONDS, RECENT_RECORDS_MAX } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'

/** One of them. */
export interface Coming {
  /** When to believe no longer that it comes through. */
  readonly due: Monotonic
  readonly holders: Set<PeerId>
}

/** At most `RECENT_RECORDS_MAX` of them and those that came last, by what their ids begin with. */
export class Comings extends Map<string, Coming> {
  /** Take that one came which *holders* have. */
  begin(prefix: string, holders: Set<PeerId>, now: Monotonic): void {
    this.set(prefix, { due: after(now, PULL_PATIENCE_SECONDS), holders })
  }

  /** Let go of what did not come through in time, and of the oldest of too many. */
  forget(now: Monotonic): void {
    for (const [prefix, { due }] of this) {
      if (this.size <= RECENT_RECORDS_MAX && due > now) return
      this.delete(prefix)
    }
  }
}
