/** Whose keys were useful for long, over restarts (docs/protocol.md, "Places"). */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { ACQUAINTANCES_MAX, ACQUAINTED_SECONDS } from '../core/limits.ts'

/** A key, and when it was last seen to be useful. */
export type Acquaintance = readonly [key: PublicKey, seen: UnixTime]

/** The keys that were useful for `ACQUAINTED_SECONDS` on end, the latest of them; *saved* is an earlier life's. */
export class Acquaintances {
  readonly #seen: Map<PublicKey, UnixTime>

  constructor(saved: Iterable<Acquaintance> = []) {
    const ordered = [...saved].sort(([one, seen], [other, later]) => seen - later || (one < other ? -1 : 1))
    this.#seen = new Map(ordered.slice(-ACQUAINTANCES_MAX))
  }

  /** All of them, the latest last. */
  get all(): Acquaintance[] {
    return [...this.#seen]
  }

  /** Say whether *key* is one. */
  has(key: PublicKey): boolean {
    return this.#seen.has(key)
  }

  /** Keep *key*, which has been useful for long enough; say whether that is worth writing down. */
  meet(key: PublicKey, now: UnixTime): boolean {
    const before = this.#seen.get(key)
    if (before !== undefined && before <= now && now < before + ACQUAINTED_SECONDS) return false
    this.#seen.delete(key)
    this.#seen.set(key, now)
    const [oldest = key] = this.#seen.keys()
    if (this.#seen.size > ACQUAINTANCES_MAX) this.#seen.delete(oldest)
    return true
  }
}
