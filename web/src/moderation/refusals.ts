/** The latest records that policies refused here, so that a refusal can be explained. Loaded where there are policies. */

import type { Entry } from '../core/block.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Reject, Verdict } from '../core/verdict.ts'
import type { RoomEvent } from '../notices.ts'

/** So many are known, those that were refused last. */
export const REFUSALS_MAX = 256

/** A record that an admission policy refused here, and why; its content is not kept. */
export interface Refusal extends Pick<Reject, 'policy' | 'reason' | 'rule'> {
  readonly id: RecordId
  readonly createdAt: number
}

/** Knows the newest refusals of one room, while this page is in it. */
export class Refusals {
  readonly #kept = new Map<RecordId, Refusal>()

  /** Give why a record was refused; undefined when that is not known here. */
  get(id: RecordId): Refusal | undefined {
    return this.#kept.get(id)
  }

  /** Give the place of each, for who looks for one by the first digits of its id. */
  get entries(): Entry[] {
    return Array.from(this.#kept.values(), ({ createdAt, id }) => [createdAt, id])
  }

  /** Keep what *verdicts* say against *records*, in place of the oldest. */
  add(records: readonly Record[], verdicts: readonly Verdict[]): void {
    for (const [at, { id, createdAt }] of records.entries()) {
      const verdict = verdicts[at]
      if (verdict?.type !== 'Reject' || this.#kept.has(id)) continue
      const { policy, reason, rule } = verdict
      this.#kept.set(id, { id, createdAt, policy, reason, rule })
      const [oldest] = this.#kept.keys()
      if (this.#kept.size > REFUSALS_MAX && oldest !== undefined) this.#kept.delete(oldest)
    }
  }

  /** Let go of what became a member after all, or is too old. */
  take(event: RoomEvent): void {
    if (event.type === 'RecordAdded') this.#kept.delete(event.record.id)
    else if (event.type === 'RecordsExpired') {
      for (const { id, createdAt } of [...this.#kept.values()]) if (createdAt < event.before) this.#kept.delete(id)
    }
  }
}
