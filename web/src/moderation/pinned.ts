/** What policies are asked about pins: the record inside, and whether anybody may pin (docs/protocol.md, "Pins"). */

import { checkedIn, pinnedIn } from '../core/pin.ts'
import { KIND_PIN, type Record } from '../core/record.ts'
import type { Reject, Verdict } from '../core/verdict.ts'
import { MalformedError } from '../errors.ts'
import type { Policy } from '../ports.ts'
import type { Court } from './curtain.ts'

/** The name of the policy that says who may pin; it alone is asked about the pin itself. */
const PINS = 'pins'

/**
 * Give what *panel*, which asks *policies*, says of *records*, in order; refused are all pins where no policy is about them,
 * and everywhere those that hold nothing to be pinned.
 */
export async function judge(
  records: readonly Record[],
  panel: Court,
  policies: readonly Pick<Policy, 'name'>[],
): Promise<Verdict[]> {
  const takesPins = mayBePinned(policies)
  const refusals = records.map(record => refusalOf(record, takesPins))
  const judged = await panel.judge(records.filter((_, place) => refusals[place] === null))
  let at = 0
  return refusals.map(refusal => refusal ?? (judged[at++] as Verdict))
}

/** Say whether anybody may pin in a room of these policies. */
export function mayBePinned(policies: readonly Pick<Policy, 'name'>[]): boolean {
  return policies.some(({ name }) => name === PINS)
}

/** Give what the policy of the name *policy* is asked about: of a pin the record inside. */
export function subjectOf(record: Record, policy: string): Record {
  if (record.kind !== KIND_PIN || policy === PINS) return record
  try {
    return pinnedIn(record)
  } catch (error) {
    if (error instanceof MalformedError) return record
    throw error
  }
}

function refusalOf(record: Record, takesPins: boolean): Reject | null {
  if (record.kind !== KIND_PIN) return null
  if (!takesPins) return refused('nobody may pin in this room: it has no policy such as pins:allow=npub1...', 'allow')
  try {
    checkedIn(record)
    return null
  } catch (error) {
    if (error instanceof MalformedError) return refused(error.message, 'form')
    throw error
  }
}

function refused(reason: string, rule: string): Reject {
  return { type: 'Reject', policy: PINS, reason, rule, span: null }
}
