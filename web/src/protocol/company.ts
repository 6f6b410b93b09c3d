/** When what is new is told: at once after a quiet moment; what follows waits for company, ours less long. */
import type { Moment, Monotonic } from '../core/clock.ts'
import { ANNOUNCE_DELAY_SECONDS, PUSH_DELAY_SECONDS } from '../core/limits.ts'
import type { Request } from './effects.ts'

/** The times of one relay: it says by `wait` that something is queued, and lets that go by `go`. */
export class Company {
  readonly #tell: (hasIds: boolean) => Request[]
  // Long ago: the clock begins at 0.
  #toldAt = -1
  #sentAt = -1
  /** When something of what waits goes; null when nothing waits. */
  deadline: Monotonic | null = null

  /** *tell* lets go what waits, ids if *hasIds*, and gives what is sent. */
  constructor(tell: (hasIds: boolean) => Request[]) {
    this.#tell = tell
  }

  get #idsDue(): Monotonic {
    return (this.#toldAt + ANNOUNCE_DELAY_SECONDS) as Monotonic
  }

  /** Note that a record was queued: with a flood of others', many small messages would cost all. */
  wait(isOurs: boolean): void {
    const due = isOurs ? this.#sentAt + PUSH_DELAY_SECONDS : this.#idsDue
    this.deadline = Math.min(this.deadline ?? this.#idsDue, due) as Monotonic
  }

  /** Let go what waited long enough. */
  go({ monotonic }: Moment): Request[] {
    if (this.deadline === null || monotonic < this.deadline) return []
    const hasIds = monotonic >= this.#idsDue
    this.deadline = hasIds ? null : this.#idsDue
    if (hasIds) this.#toldAt = monotonic
    const effects = this.#tell(hasIds)
    if (effects.length > 0) this.#sentAt = monotonic
    return effects
  }
}
