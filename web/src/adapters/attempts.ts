/** How many strangers one place may have us try at once: each costs a connection, and none proves anything before. */

import { ATTEMPT_TIMEOUT_SECONDS, ATTEMPTS_MAX } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'

/** The strangers of one place whom we try. */
export class Attempts {
  /** Until when each may come, in milliseconds of the page; the oldest first. */
  readonly #until = new Map<PeerId, number>()

  /** Say whether *peer* may be tried. */
  admit(peer: PeerId): boolean {
    const now = performance.now()
    for (const [other, until] of this.#until) {
      if (until > now) break
      this.#until.delete(other)
    }
    if (this.#until.has(peer)) return true
    if (this.#until.size >= ATTEMPTS_MAX) return false
    this.#until.set(peer, now + ATTEMPT_TIMEOUT_SECONDS * 1_000)
    return true
  }

  /** Count *peer* no more: it came. */
  forget(peer: PeerId): void {
    this.#until.delete(peer)
  }
}
