/**
 * What a light member knows by name alone: time and id, as a neighbour claims (docs/protocol.md, "Light members").
 *
 * Claims count in the set, are given to nobody, and last as long as the process. A neighbour that keeps such records
 * whole and lacks one makes it doubtful. A few of what is doubtful are then fetched, first from who named it: what nobody
 * can show is forgotten, with all that is doubtful of who named it lately, and all that is doubtful when nobody can show
 * any.
 */

import type { Entry } from '../core/block.ts'
import { after, DAY_SECONDS, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import { CLAIMS_MAX, DOUBTS_MAX, DOUBTS_TRIED, TRIAL_INTERVAL_SECONDS } from '../core/limits.ts'
import { Index } from '../core/merkle.ts'
import type { RecordId } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import type { Request } from './effects.ts'
import type { Fetching } from './fetching.ts'
import type { Giving } from './giving.ts'
import { Bite, type Budget } from './health.ts'
import type { Lightness } from './lightness.ts'
import { type Namer, Namers } from './namers.ts'
import { prefixOf } from './recents.ts'
import type { Refused } from './refused.ts'
import type { Retention } from './retention.ts'
import type { Wanting } from './wanting.ts'

/** What claims need of their node. */
export interface ClaimParts {
  readonly index: Index
  readonly fetching: Fetching
  readonly refused: Refused
  readonly retention: Retention
  readonly rng: Rng
  readonly giving: Giving
}

/** What is doubtful together, and what of it is fetched. */
interface Trial {
  readonly doubtful: readonly Entry[]
  readonly fetched: readonly Entry[]
}

/** The claims of a member that keeps the content of *windowSeconds*; they are in the node's index too. */
export class Claims {
  readonly #windowSeconds: number
  readonly #machine: typeof Wanting
  #parts: ClaimParts | null = null
  readonly #entries = new Index()
  #doubtful = new Map<RecordId, number>()
  #trial: Trial | null = null
  #restedAt = Number.NEGATIVE_INFINITY as Monotonic
  readonly #bite = new Bite()
  readonly #namers = new Namers()

  /** *Machine* is what asks for the content of shells. */
  constructor(windowSeconds: number, Machine: typeof Wanting) {
    this.#windowSeconds = windowSeconds
    this.#machine = Machine
  }

  /** Serve the node that has these parts. */
  attach(parts: ClaimParts): void {
    this.#parts = parts
    parts.fetching.onCame = (createdAt, id) => this.#shown(createdAt, id)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Every claim, the oldest first. */
  get all(): Entry[] {
    return [...this.#entries.entries([0, ''], [Number.MAX_SAFE_INTEGER, ''])]
  }

  /** Give the time from which on content is kept: the beginning of a UTC day. */
  edge(now: UnixTime): number {
    return Math.max(0, Math.floor((now - this.#windowSeconds) / DAY_SECONDS) * DAY_SECONDS)
  }

  /** How many there are; bites while some found no room. */
  get budget(): Budget {
    if (this.size < CLAIMS_MAX) this.#bite.ease()
    return this.#bite.budget('claims', this.size, CLAIMS_MAX)
  }

  /** Take what *namer*, a neighbour, names; give how many are new. */
  take(names: readonly Entry[], lightness: Lightness, namer: Namer, now: Moment): number {
    if (this.#parts === null || !this.#namers.isBelieved(namer.key, now.monotonic)) return 0
    const { index, refused, retention } = this.#parts
    const fresh: RecordId[] = []
    const since = retention.window(now.unix).acceptedFrom
    for (const [createdAt, id] of names) {
      if (createdAt < since || !lightness.takes(createdAt) || refused.hasPrefix(prefixOf(id))) continue
      if (index.has(createdAt, id)) continue
      if (this.size >= CLAIMS_MAX) {
        this.#bite.bite(now.unix)
        continue
      }
      this.#entries.add(createdAt, id)
      index.add(createdAt, id)
      fresh.push(id)
    }
    this.#namers.named(namer, fresh, now.monotonic)
    this.#parts.giving.count(fresh.length)
    return fresh.length
  }

  /** Forget what is dated before *before*, as the index does. */
  forgetBefore(before: UnixTime): void {
    this.#entries.discardBefore(before)
  }

  /** Note that a neighbour lacks *entries*, which it would keep whole. */
  doubt(entries: readonly Entry[]): void {
    for (const [createdAt, id] of entries) {
      const isNew = this.#entries.has(createdAt, id) && this.#doubtful.size < DOUBTS_MAX
      if (isNew) this.#doubtful.set(id, createdAt)
    }
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    if (this.#trial !== null) return this.#isOver(this.#trial) ? this.#restedAt : null
    return this.#doubtful.size > 0 ? after(this.#restedAt, TRIAL_INTERVAL_SECONDS) : null
  }

  /** Forget what nobody can show, and fetch some of what is doubtful by now. */
  tick(now: Moment): Request[] {
    const trial = this.#trial
    if (trial === null || !this.#isOver(trial)) return this.#try(now)
    this.#trial = null
    const hidden = trial.fetched.filter(([createdAt, id]) => this.#entries.has(createdAt, id))
    const before = this.size
    const vain = this.#namers.disbelieve(hidden, trial.doubtful, now.monotonic)
    const gone = hidden.length === trial.fetched.length ? trial.doubtful : [...hidden, ...vain]
    for (const [createdAt, id] of gone) {
      if (this.#entries.discard(createdAt, id)) this.#parts?.index.discard(createdAt, id)
    }
    this.#parts?.giving.count(this.size - before)
    return gone.length > 0 ? [{ type: 'CatchUp' }, ...this.#try(now)] : this.#try(now)
  }

  #shown(createdAt: number, id: RecordId): void {
    this.#entries.discard(createdAt, id)
    this.#doubtful.delete(id)
  }

  #try(now: Moment): Request[] {
    if (this.#parts === null || this.#trial !== null) return []
    if (now.monotonic < after(this.#restedAt, TRIAL_INTERVAL_SECONDS)) return []
    const doubtful = Array.from(this.#doubtful, ([id, createdAt]): Entry => [createdAt, id]).filter(([createdAt, id]) =>
      this.#entries.has(createdAt, id),
    )
    this.#doubtful.clear()
    if (doubtful.length === 0) return []
    const fetched = this.#parts.rng.sample(doubtful, Math.min(DOUBTS_TRIED, doubtful.length))
    this.#trial = { doubtful, fetched }
    this.#restedAt = now.monotonic
    const wanted = { type: 'Wanted', entries: fetched, Machine: this.#machine } as const
    return this.#parts.fetching.want(wanted, now, id => this.#namers.peerOf(id))
  }

  #isOver({ fetched }: Trial): boolean {
    return !fetched.some(([, id]) => this.#parts?.fetching.wanting?.wants(id))
  }
}
