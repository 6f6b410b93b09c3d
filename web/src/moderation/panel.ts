/**
 * The panel: asks a room's policies of each batch of records, and contains those that break.
 *
 * Policies are strangers' code. One that throws, never answers, answers nonsense or changes its mind is named in
 * `Panel.complaints`, and the room goes on without its help: what it could not judge is refused, unless the policy
 * says `failsOpen`. A page has one thread, so a policy that never returns cannot be stopped: only a promise can.
 */

import type { Record } from '../core/record.ts'
import { FAILED, PolicyClass, type Verdict } from '../core/verdict.ts'
import type { Policy } from '../ports.ts'
import { subjectOf } from './pinned.ts'

/** How long one policy may take for one batch. */
export const TIMEOUT_MILLISECONDS = 2_000
/** Every so many batches an admission policy is asked again, backwards: a pure one gives the same answers. */
export const RECHECK_BATCHES = 32

const ACCEPT: Verdict = { type: 'Accept' }

/** The policies of one class, in order; the first refusal wins. */
export class Panel {
  /** Policies that broke: name -> what happened. */
  readonly complaints = new Map<string, string>()
  readonly #policies: readonly Policy[]
  readonly #onComplaint: (policy: string, what: string) => void
  readonly #hung = new Set<string>()
  #batches = 0

  constructor(policies: readonly Policy[], { onComplaint }: { onComplaint: (policy: string, what: string) => void }) {
    this.#policies = policies
    this.#onComplaint = onComplaint
  }

  /** There are no policies, so nothing is ever refused. */
  get isEmpty(): boolean {
    return this.#policies.length === 0
  }

  /** Give one verdict a record, in order; about a pin they are asked of the record inside, all but the policy of pins. */
  async judge(records: readonly Record[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = records.map(() => ACCEPT)
    this.#batches += 1
    for (const policy of this.#policies) {
      const places = verdicts.flatMap((verdict, place) => (verdict.type === 'Accept' ? [place] : []))
      if (places.length === 0) break
      const asked = places.flatMap(place => records[place] ?? [])
      const subjects = asked.map(record => subjectOf(record, policy.name))
      const answers = await this.#ask(policy, subjects)
      for (const [number, place] of places.entries()) {
        const verdict = answers[number] ?? this.#standIn(policy)
        verdicts[place] = subjects[number] === asked[number] ? verdict : elsewhere(verdict)
      }
    }
    return verdicts
  }

  async #ask(policy: Policy, records: readonly Record[]): Promise<readonly Verdict[]> {
    if (this.#hung.has(policy.name)) return records.map(() => this.#standIn(policy))
    const answers = await this.#call(policy, records)
    if (answers === null) {
      // One record may have broken it: the others of its batch shall not suffer.
      const alone: Verdict[] = []
      for (const record of records) alone.push(await this.#askOfOne(policy, record))
      return alone
    }
    if (policy.policyClass === PolicyClass.ADMISSION && this.#batches % RECHECK_BATCHES === 1) {
      await this.#recheck(policy, records, answers)
    }
    return answers
  }

  async #askOfOne(policy: Policy, record: Record): Promise<Verdict> {
    const answers = this.#hung.has(policy.name) ? null : await this.#call(policy, [record])
    return answers?.[0] ?? this.#standIn(policy)
  }

  /** Ask *policy*; null when it broke. */
  async #call(policy: Policy, records: readonly Record[]): Promise<readonly Verdict[] | null> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<'late'>(resolve => {
      timer = setTimeout(() => resolve('late'), TIMEOUT_MILLISECONDS)
    })
    try {
      const judging = policy.judge(records)
      const answers = await Promise.race([judging, late])
      if (answers === 'late') {
        this.#hang(policy.name, judging)
        this.#complain(policy, `gave no answer within ${TIMEOUT_MILLISECONDS / 1_000} s and is not asked until it has`)
        return null
      }
      if (isAnswer(answers, records.length)) return answers
      this.#complain(policy, 'did not give one verdict a record')
    } catch (error) {
      this.#complain(policy, `threw ${String(error)}`)
    } finally {
      clearTimeout(timer)
    }
    return null
  }

  /** Do not ask *name* before it has answered: on a machine that is busy for a while it is slow, and no more. */
  async #hang(name: string, judging: ReturnType<Policy['judge']>): Promise<void> {
    this.#hung.add(name)
    await Promise.allSettled([judging])
    this.#hung.delete(name)
  }

  async #recheck(policy: Policy, records: readonly Record[], answers: readonly Verdict[]): Promise<void> {
    const again = await this.#call(policy, records.toReversed())
    if (again !== null && JSON.stringify(again.toReversed()) !== JSON.stringify(answers)) {
      this.#complain(policy, 'gave other verdicts when asked again: it is no admission policy')
    }
  }

  #standIn(policy: Policy): Verdict {
    if (policy.failsOpen === true) return ACCEPT
    const reason = `the policy ${policy.name} does not work here`
    return { type: 'Reject', policy: policy.name, reason, rule: FAILED, span: null }
  }

  #complain(policy: Policy, what: string): void {
    const isNews = this.complaints.get(policy.name) !== what
    this.complaints.set(policy.name, what)
    if (isNews) this.#onComplaint(policy.name, what)
  }
}

/** Say whether *answers* is one verdict a record. */
export function isAnswer(answers: unknown, count: number): answers is readonly Verdict[] {
  return Array.isArray(answers) && answers.length === count && answers.every(isVerdict)
}

function isVerdict(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('type' in answer)) return false
  if (answer.type === 'Accept') return true
  const { policy, reason, rule } = answer as { readonly [name: string]: unknown }
  return answer.type === 'Reject' && [policy, reason, rule].every(text => typeof text === 'string')
}

/** Leave out where something was found: that is within what a pin holds, and its own text has other places. */
function elsewhere(verdict: Verdict): Verdict {
  return verdict.type === 'Accept' ? verdict : { ...verdict, span: null }
}
