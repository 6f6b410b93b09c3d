/** How long queries take: for each kind of them, whatever the values they ask for. */

import { kindOf } from '../documents/asking.ts'
import type { Plan } from '../documents/plan.ts'

/** So many kinds are remembered, those that were asked last. */
export const KINDS_MAX = 200
export const TIMES_KEPT = 128

/** How long the queries of one kind took. */
export interface QueryFigures {
  readonly collection: string
  /** The kind: what is done, which fields are asked for and how, and in which order; without values. */
  readonly query: string
  readonly count: number
  /** Seconds; the median of the last ones. */
  readonly p50: number
  /** Seconds. */
  readonly longest: number
}

interface Kind {
  readonly collection: string
  readonly query: string
  readonly times: number[]
  count: number
  longest: number
}

/** Counts and times the queries of a room. */
export class Statistics {
  readonly #kinds = new Map<string, Kind>()

  /** Time *work*, which answers *plan*; what is refused is no time. */
  async timed<Result>(what: string, plan: Plan, work: Promise<Result>): Promise<Result> {
    const before = performance.now()
    const result = await work
    this.note(plan.collection, `${what} ${kindOf(plan)}`, (performance.now() - before) / 1_000)
    return result
  }

  /** Count a query that took so long. */
  note(collection: string, query: string, seconds: number): void {
    const name = `${collection} ${query}`
    const kind = this.#kinds.get(name) ?? { collection, query, times: [], count: 0, longest: 0 }
    this.#kinds.delete(name)
    const [oldest] = this.#kinds.keys()
    if (this.#kinds.size >= KINDS_MAX && oldest !== undefined) this.#kinds.delete(oldest)
    this.#kinds.set(name, kind)
    kind.count += 1
    kind.longest = Math.max(kind.longest, seconds)
    kind.times.push(seconds)
    if (kind.times.length > TIMES_KEPT) kind.times.shift()
  }

  /** Give what is known, the slowest first. */
  figures(): QueryFigures[] {
    const found = Array.from(this.#kinds.values(), ({ times, ...kind }) => ({ ...kind, p50: medianOf(times) }))
    return found.sort((one, other) => other.p50 - one.p50)
  }
}

function medianOf(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const pair = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]] as [number, number]
  return (pair[0] + pair[1]) / 2
}
