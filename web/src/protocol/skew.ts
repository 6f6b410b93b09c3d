/** How far our clock is from those of the peers, by what their hellos say. */

import { CLOCK_SKEW_SECONDS_NOTED } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import type { ClockSkewed } from './events.ts'

/** One peer's clock says nothing of ours. */
export const PEERS_MIN = 2

/** The median of what proven peers report; it warns, and never moves our clock. */
export class ClockComparison {
  readonly #offsets = new Map<PeerId, number>()
  #isSkewed = false

  /** Note that *peer*'s clock is *aheadSeconds* ahead of ours; tell once when ours seems wrong. */
  compare(peer: PeerId, aheadSeconds: number): ClockSkewed | null {
    this.#offsets.set(peer, aheadSeconds)
    const middle = roundHalfToEven(median([...this.#offsets.values()]))
    const wasSkewed = this.#isSkewed
    this.#isSkewed = this.#offsets.size >= PEERS_MIN && Math.abs(middle) > CLOCK_SKEW_SECONDS_NOTED
    if (!this.#isSkewed || wasSkewed) return null
    return { type: 'ClockSkewed', seconds: -middle, peers: this.#offsets.size }
  }

  /** Leave out a peer that is gone. */
  forget(peer: PeerId): void {
    this.#offsets.delete(peer)
  }
}

/** Give the middle of *numbers*, which are not empty; halfway between the middle two of an even count. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((first, second) => first - second)
  const half = sorted.length / 2
  const [low = 0, high = low] = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1)
  return (low + high) / 2
}

/** Round *value* to a whole number, halves to the even neighbour (IEEE 754), as every peer does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const isUp = value - floor > 0.5 || (value - floor === 0.5 && floor % 2 !== 0)
  return isUp ? floor + 1 : floor
}
