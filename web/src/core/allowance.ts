/** How much a peer may do in a time: a token bucket on the monotonic clock. */

import type { Moment } from './clock.ts'

/** So much a second, and so much at once; full at first. */
export class Allowance {
  readonly #perSecond: number
  readonly #burst: number
  #left: number
  #refilled = 0

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst
  }

  /** Say how much may be taken. */
  left(now: Moment): number {
    const gained = (now.monotonic - this.#refilled) * this.#perSecond
    this.#left = Math.min(this.#left + gained, this.#burst)
    this.#refilled = now.monotonic
    return this.#left
  }

  /** Take *amount* of what is `left`. */
  take(amount: number): void {
    this.#left -= amount
  }

  /** Take *amount*; false, and nothing is taken, when so much is not left. */
  spend(amount: number, now: Moment): boolean {
    if (amount > this.left(now)) return false
    this.take(amount)
    return true
  }
}
