/** Young records that were announced and are not here: which are asked for, of whom, and which may come unasked. */

import { after, earliest, type Moment, type Monotonic } from '../core/clock.ts'
import { PULL_TIMEOUT_SECONDS, PULLS_MAX, PULLS_PER_PEER_MAX, PUSH_PATIENCE_SECONDS } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'

export const ANNOUNCERS_MAX = 8

/** A record that somebody is asked for, or will be when it does not come by itself. */
export interface Pulled {
  readonly peer: PeerId
  readonly isAsked: boolean
  readonly begun: Monotonic
  due: Monotonic
  /** Whom to ask next, the first first. */
  readonly announcers: PeerId[]
}

/** At most `PULLS_MAX` of them, and `PULLS_PER_PEER_MAX` of one peer. */
export class Pulls {
  // Each in order of their due times.
  readonly #asked = new Map<string, Pulled>()
  readonly #expected = new Map<string, Pulled>()
  readonly #counts = new Map<PeerId, number>()

  get size(): number {
    return this.#asked.size + this.#expected.size
  }

  /** When somebody is to be asked, or asked again. */
  get deadline(): Monotonic | null {
    return earliest([this.#asked, this.#expected].map(pulls => [...pulls.values()][0]?.due ?? null))
  }

  /** Give the pull of *prefix*. */
  get(prefix: string): Pulled | undefined {
    return this.#asked.get(prefix) ?? this.#expected.get(prefix)
  }

  /** Note that *peer* has what *pull* is for, too. */
  heard(pull: Pulled | undefined, peer: PeerId): void {
    if (pull !== undefined && pull.announcers.length < ANNOUNCERS_MAX) pull.announcers.push(peer)
  }

  /** Note that *peer* is asked, or with *isAsked* false may be; false when so much is asked for already. */
  begin(prefix: string, peer: PeerId, now: Moment, isAsked: boolean, announcers = isAsked ? [] : [peer]): boolean {
    const count = this.#counts.get(peer) ?? 0
    // What one peer announces shall not keep us from asking the others.
    if (this.size >= PULLS_MAX || count >= PULLS_PER_PEER_MAX) return false
    const begun = now.monotonic
    const due = after(begun, isAsked ? PULL_TIMEOUT_SECONDS : PUSH_PATIENCE_SECONDS)
    const pulls = isAsked ? this.#asked : this.#expected
    pulls.set(prefix, { peer, isAsked, begun, due, announcers })
    this.#counts.set(peer, count + 1)
    return true
  }

  /** Let go of a pull, and give it, if there is one. */
  end(prefix: string): Pulled | undefined {
    const pull = this.get(prefix)
    if (pull === undefined) return pull
    this.#asked.delete(prefix)
    this.#expected.delete(prefix)
    const left = (this.#counts.get(pull.peer) ?? 0) - 1
    if (left > 0) this.#counts.set(pull.peer, left)
    else this.#counts.delete(pull.peer)
    return pull
  }

  /** Give who was asked for *prefix* more time. */
  waitOn(prefix: string, pull: Pulled, now: Moment): void {
    pull.due = after(now.monotonic, PULL_TIMEOUT_SECONDS)
    this.#asked.delete(prefix)
    this.#asked.set(prefix, pull)
  }

  /** Give what is due, what was asked for first. */
  late(now: Moment): [string, Pulled][] {
    const found: [string, Pulled][] = []
    for (const pulls of [this.#asked, this.#expected]) {
      for (const each of pulls) {
        if (each[1].due > now.monotonic) break
        found.push(each)
      }
    }
    return found
  }
}
