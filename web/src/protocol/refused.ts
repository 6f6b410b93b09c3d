/**
 * Records refused before, which are neither asked for nor judged again, and what bringing a refused one costs.
 *
 * A peer whose hello names our rules knows what we refuse. Any other may be honest: it cannot know, so what it says
 * when asked, or in a round of sync, costs it next to nothing, and more only what it pushes.
 */

import { REFUSED_IDS_MAX } from '../core/limits.ts'
import { shortId } from '../core/ranges.ts'
import type { RecordId } from '../core/record.ts'
import { type Arrival, isPushed } from './arrivals.ts'
import type { Request, Strike } from './effects.ts'
import { Fault } from './strikes.ts'

/** Prefixes are the first 8 bytes of an id. */
const PREFIX_HEX = 16

/** The ids of the latest `REFUSED_IDS_MAX` records that were refused. */
export class Refused {
  readonly #areByPolicy = new Map<RecordId, boolean>()
  readonly #prefixes = new Set<string>()

  /** Say whether *id* is one of them. */
  has(id: RecordId): boolean {
    return this.#areByPolicy.has(id)
  }

  /** Add *id*, and forget the oldest of too many. */
  remember(id: RecordId, { isByPolicy }: { isByPolicy: boolean }): void {
    this.#areByPolicy.set(id, isByPolicy)
    this.#prefixes.add(id.slice(0, PREFIX_HEX))
    const [oldest] = this.#areByPolicy.keys()
    if (oldest === undefined || this.#areByPolicy.size <= REFUSED_IDS_MAX) return
    this.#areByPolicy.delete(oldest)
    this.#prefixes.delete(oldest.slice(0, PREFIX_HEX))
  }

  /** Say whether *prefix* (8 bytes in hex) begins the id of one of them. */
  hasPrefix(prefix: string): boolean {
    return this.#prefixes.has(prefix)
  }

  /** Give their short ids under *salt*. */
  shortIds(salt: Uint8Array): ReadonlySet<string> {
    return new Set(Array.from(this.#areByPolicy.keys(), id => shortId(salt, id)))
  }

  /** Give what it costs to bring a record that was refused before. */
  faultOf(arrival: Arrival): Fault | null {
    if (arrival.isBound && this.#areByPolicy.get(arrival.record.id) === true) return Fault.BREACH
    // With other rules a round brings the same records each time, and all it costs us is to look here.
    return isPushed(arrival) ? Fault.REFUSED : null
  }
}

/** Give what it costs to bring a record that a policy refuses for the first time. */
export function faultOfRefused(arrival: Arrival): 'breach' | 'unwelcome' | 'fruitless' {
  if (arrival.isBound) return Fault.BREACH
  return isPushed(arrival) ? Fault.UNWELCOME : Fault.FRUITLESS
}

/** Put one strike, with how many times, in place of equal ones; what else is asked comes first. */
export function sumUp(effects: readonly Request[]): Request[] {
  const strikes = new Map<string, Strike>()
  for (const effect of effects) {
    if (effect.type !== 'Strike') continue
    const account = JSON.stringify([effect.peer, effect.fault, effect.reason])
    const times = (strikes.get(account)?.times ?? 0) + 1
    // A queue that is full is one flood, however many records of a message find it so.
    strikes.set(account, { ...effect, times: effect.fault === Fault.FLOOD ? 1 : times })
  }
  return [...effects.filter(effect => effect.type !== 'Strike'), ...strikes.values()]
}
