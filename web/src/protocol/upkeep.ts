/** Keeping up the sketch of the set while there is somebody to compare it with: a stretch at a time. */

import { after, type Moment, type Monotonic } from '../core/clock.ts'
import { SKETCH_INTERVAL_SECONDS } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import { Summary } from '../core/summary.ts'
import { firstBound } from '../core/window.ts'
import { window } from './retention.ts'
import type { Round } from './round.ts'
import { type Compares, Sketching } from './sketching.ts'

/** Covers what is compared of an index, whose records are kept for so many seconds. */
export class Upkeep {
  readonly #index: Index
  readonly #retentionSeconds: number
  #due = 0 as Monotonic

  constructor(index: Index, retentionSeconds: number) {
    this.#index = index
    this.#retentionSeconds = retentionSeconds
  }

  /** When to go on; null while little is left to do. */
  get deadline(): Monotonic | null {
    return this.#index.summary?.isBehind ? this.#due : null
  }

  /** Begin, or do what is next. */
  tick(now: Moment): void {
    if (now.monotonic < this.#due) return
    const start = firstBound(window(now.unix, { retentionSeconds: this.#retentionSeconds }).firstDay)
    this.#index.summary ??= new Summary(this.#index, start)
    const { summary } = this.#index
    summary.startAt(start)
    if (!summary.isBehind) return
    summary.work()
    this.#due = after(now.monotonic, SKETCH_INTERVAL_SECONDS)
  }

  /** Give the part of a round in which its sides tell what differs by sketches. */
  compare(round: Round, ways: Compares): Sketching {
    return new Sketching(round, this.#index, ways)
  }
}

/** Keep up the sketch of *index*. */
export function keepUp(index: Index, retentionSeconds: number): Upkeep {
  return new Upkeep(index, retentionSeconds)
}
