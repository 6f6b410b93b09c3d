/** Which budgets bite, and since when: what a room spends, what it may, and what that cost so far. */

import type { UnixTime } from '../core/clock.ts'

/** One thing of which there is only so much. */
export interface Budget {
  readonly name: string
  /** How much of it is taken. */
  readonly used: number
  /** How much of it there may be. */
  readonly limit: number
  /** When it began to bite: something is put off, forgotten or refused because of it. Null when it does not. */
  readonly since: UnixTime | null
  /** How often it did, since the room was joined. */
  readonly count: number
}

/** How a room stands at a time. */
export interface Health {
  readonly at: UnixTime
  readonly budgets: readonly Budget[]
  /** Those of them that bite. */
  readonly biting: readonly Budget[]
  /** By how much our clock is ahead of the median of the peers' (negative: behind); null with too few peers. */
  readonly skewSeconds: number | null
}

/** When a budget began to bite, and how often it did. */
export class Bite {
  since: UnixTime | null = null
  count = 0

  /** Note that it bit, so many *times*, and goes on to. */
  bite(at: UnixTime, times = 1): void {
    this.since ??= at
    this.count += times
  }

  /** Note that there is room again. */
  ease(): void {
    this.since = null
  }

  /** Show it as the budget *name*. */
  budget(name: string, used: number, limit: number): Budget {
    return { name, used, limit, since: this.since, count: this.count }
  }
}
