/**
 * Records refused before, which are neither asked for nor judged again.
 *
 * What policies refused is kept on disk too, so that nothing is fetched twice, whatever the number of peers with other
 * rules and of reloads. Whoever brings such records is blamed for none: it may have other rules, or another clock. It
 * is slowed down instead (docs/protocol.md, "Live credit").
 */

import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import { REFUSED_BRIEFLY_MAX, REFUSED_IDS_MAX } from '../core/limits.ts'
import { Index } from '../core/merkle.ts'
import type { Bound, RangeItem } from '../core/message.ts'
import { shortened } from '../core/ranges.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { Arrival } from './arrivals.ts'
import type { Request, Strike } from './effects.ts'
import { Bite, type Budget } from './health.ts'

/** Give the first 8 bytes of an id. */
function prefixOf(id: RecordId): string {
  return id.slice(0, 16)
}

/** As `Refused.sift`. */
export type Sift = (
  salt: Uint8Array,
  wanted: readonly string[],
  lower: Bound,
  items: Iterable<RangeItem>,
) => readonly string[]

/** As `Refused.isIn`. */
export type Refuses = (lower: Bound, upper: Bound) => boolean

/**
 * What was refused under the rules *rulesId*: for good by a policy, or else for as long as this page lives.
 *
 * Of the first kind there are at most `REFUSED_IDS_MAX` and as many as *members* holds; what comes when it is full is
 * not remembered, so that what is stays. Of the second, the latest `REFUSED_BRIEFLY_MAX`.
 */
export class Refused {
  readonly #rulesId: string
  readonly #members: Index
  readonly #index: Index
  readonly #prefixes: Set<string>
  readonly #brief = new Map<RecordId, number>()
  readonly #bite = new Bite()

  constructor(rulesId: string, members: Index, entries: readonly Entry[] = []) {
    this.#rulesId = rulesId
    this.#members = members
    this.#index = Index.bulk(entries)
    this.#prefixes = new Set(entries.map(([, id]) => prefixOf(id)))
  }

  /** Say whether the record is one of them. */
  has({ createdAt, id }: Record): boolean {
    return this.#index.has(createdAt, id)
  }

  /** How many are remembered for good; bites while some cannot be. */
  get budget(): Budget {
    return this.#bite.budget('refused', this.#count, REFUSED_IDS_MAX + this.#members.size)
  }

  /** Remember *records*, which a policy refuses, here and on disk; what finds no room is noted as of *at*. */
  keep(records: readonly Record[], at: UnixTime | null = null): Request[] {
    const refused: Entry[] = []
    let lost = 0
    for (const record of records) {
      if (this.has(record)) continue
      if (this.#count >= REFUSED_IDS_MAX + this.#members.size) lost += 1
      else if (this.#add(record)) refused.push([record.createdAt, record.id])
    }
    if (at !== null && lost > 0) this.#bite.bite(at, lost)
    else if (refused.length > 0) this.#bite.ease()
    return refused.length > 0 ? [{ type: 'KeepRefused', refused, rules: this.#rulesId }] : []
  }

  /** Remember the record for a while: what refuses it may change its mind. */
  remember(record: Record): void {
    if (!this.#add(record)) return
    this.#brief.set(record.id, record.createdAt)
    const [oldest] = this.#brief
    if (oldest === undefined || this.#brief.size <= REFUSED_BRIEFLY_MAX) return
    const [id, createdAt] = oldest
    this.#brief.delete(id)
    this.#index.discard(createdAt, id)
    this.#prefixes.delete(prefixOf(id))
  }

  /** Say whether *prefix* (8 bytes in hex) begins the id of one of them. */
  hasPrefix(prefix: string): boolean {
    return this.#prefixes.has(prefix)
  }

  /** Say whether *id* was refused by a policy, so that it is never taken under our rules. */
  isFinal(id: RecordId): boolean {
    return this.#prefixes.has(prefixOf(id)) && !this.#brief.has(id)
  }

  /** Tell those who brought *arrivals* that we take none of these, as far as a policy refused them. */
  decline(arrivals: readonly Arrival[]): Request[] {
    const declined = new Map<PeerId, Set<RecordId>>()
    for (const { peer, record } of arrivals) {
      if (peer === null || !this.isFinal(record.id)) continue
      declined.set(peer, (declined.get(peer) ?? new Set()).add(record.id))
    }
    return Array.from(declined, ([peer, ids]) => ({ type: 'Decline', peer, ids: [...ids] }))
  }

  /**
   * Leave out of *wanted* the short ids, under *salt*, of records refused before.
   *
   * They come from a peer's *items*, the first of which begins at *lower*: only what it lists is looked through.
   */
  readonly sift: Sift = (salt, wanted, lower, items) => {
    if (wanted.length === 0) return wanted
    const refused = new Set<string>()
    let start = lower
    for (const item of items) {
      if (item.type === 'IdList')
        for (const short of shortened(this.#index, salt, start, item.upper)) refused.add(short)
      start = item.upper
    }
    return wanted.filter(short => !refused.has(short))
  }

  /** Say whether one of them lies from *lower* up to *upper*. */
  readonly isIn: Refuses = (lower, upper) => this.#index.count(lower, upper) > 0

  /** Forget what is dated before *before*: its age refuses it. */
  forgetBefore(before: UnixTime): void {
    for (const [, id] of this.#index.entries([0, ''], [before, ''])) {
      this.#prefixes.delete(prefixOf(id))
      this.#brief.delete(id)
    }
    this.#index.discardBefore(before)
  }

  get #count(): number {
    return this.#index.size - this.#brief.size
  }

  #add({ createdAt, id }: Record): boolean {
    this.#prefixes.add(prefixOf(id))
    return this.#index.add(createdAt, id)
  }
}

/** Put one strike, with how many times, in place of equal ones; what else is asked comes first. */
export function sumUp(effects: readonly Request[]): Request[] {
  const strikes = new Map<string, Strike>()
  for (const effect of effects) {
    if (effect.type !== 'Strike') continue
    const account = JSON.stringify([effect.peer, effect.fault, effect.reason])
    const times = (strikes.get(account)?.times ?? 0) + 1
    strikes.set(account, { ...effect, times })
  }
  return [...effects.filter(effect => effect.type !== 'Strike'), ...strikes.values()]
}
