/**
 * Who named what to a light member lately, and whose names it does not believe for a while.
 *
 * A name that nobody can show any more is no fault: records are lost, purged and deleted, and expire. So whoever named one
 * is not listened to for two minutes, and twice as long each further time, and that is all: who makes names up again and
 * again is hardly ever heard, and what an honest one would have named, others name (docs/protocol.md, "Light members").
 */

import type { Entry } from '../core/block.ts'
import { after, DAY_SECONDS, type Monotonic } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import {
  DISBELIEF_SECONDS_MAX,
  DISBELIEF_SECONDS_MIN,
  DISBELIEVED_KEYS_MAX,
  NAMES_FRESH_SECONDS,
} from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'

/** A neighbour, by the key that it proved. */
export interface Namer {
  readonly peer: PeerId
  readonly key: PublicKey
}

interface Disbelief {
  readonly seconds: number
  readonly until: Monotonic
}

/** Those who named something for a while, and what each was the first to name. */
class Span {
  readonly #named = new Map<string, Namer & { readonly ids: Set<RecordId> }>()

  add({ peer, key }: Namer, ids: readonly RecordId[]): void {
    const place = peer + key
    const here = this.#named.get(place) ?? { peer, key, ids: new Set<RecordId>() }
    this.#named.set(place, here)
    for (const id of ids) here.ids.add(id)
  }

  get all(): (Namer & { readonly ids: ReadonlySet<RecordId> })[] {
    return [...this.#named.values()]
  }
}

/** Those of one light member. */
export class Namers {
  #newer = new Span()
  #older = new Span()
  #turnedAt = Number.NEGATIVE_INFINITY as Monotonic
  readonly #disbelieved = new Map<PublicKey, Disbelief>()

  /** Say whether what the owner of *key* names is taken. */
  isBelieved(key: PublicKey, now: Monotonic): boolean {
    return now >= (this.#disbelieved.get(key)?.until ?? now)
  }

  /** Note that *namer* was the first to name *ids*. */
  named(namer: Namer, ids: readonly RecordId[], now: Monotonic): void {
    this.#turn(now)
    this.#newer.add(namer, ids)
  }

  /** Give who named a record lately. */
  peerOf(id: RecordId): PeerId | undefined {
    return this.#all.find(({ ids }) => ids.has(id))?.peer
  }

  /** Believe none of those who lately named what is *hidden*; give those of *doubtful* that they named, too. */
  disbelieve(hidden: readonly Entry[], doubtful: readonly Entry[], now: Monotonic): Entry[] {
    this.#turn(now)
    const vain = this.#all.filter(({ ids }) => hidden.some(([, id]) => ids.has(id)))
    for (const { key } of vain) this.#lose(key, now)
    return doubtful.filter(([, id]) => vain.some(({ ids }) => ids.has(id)))
  }

  #lose(key: PublicKey, now: Monotonic): void {
    const before = this.#disbelieved.get(key)
    // What it named before costs it nothing more.
    if (before !== undefined && now < before.until) return
    this.#disbelieved.delete(key)
    // Half as long for each day that it was believed.
    const again = before === undefined ? 0 : (2 * before.seconds) / 2 ** ((now - before.until) / DAY_SECONDS)
    const seconds = Math.min(Math.max(again, DISBELIEF_SECONDS_MIN), DISBELIEF_SECONDS_MAX)
    this.#disbelieved.set(key, { seconds, until: after(now, seconds) })
    const [oldest] = this.#disbelieved.keys()
    if (this.#disbelieved.size > DISBELIEVED_KEYS_MAX && oldest !== undefined) this.#disbelieved.delete(oldest)
  }

  /** Forget what was named long ago: much may have become of it since. */
  #turn(now: Monotonic): void {
    if (now < after(this.#turnedAt, NAMES_FRESH_SECONDS)) return
    this.#older = now < after(this.#turnedAt, 2 * NAMES_FRESH_SECONDS) ? this.#newer : new Span()
    this.#newer = new Span()
    this.#turnedAt = now
  }

  get #all() {
    return [...this.#newer.all, ...this.#older.all]
  }
}
