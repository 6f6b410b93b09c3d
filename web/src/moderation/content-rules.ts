/**
 * In a sealed room, admission policies that look at content, as rules over the set. Loaded by pages that seal a room.
 *
 * Whoever has no secret must admit what all others do, so what is inside an envelope cannot decide who is a member. What
 * such a policy refuses is shadowed instead, alike for all who have the secret and the policy. It is in no rules id.
 */

import { KIND_PIN, type Record, type RecordId } from '../core/record.ts'
import { PolicyClass, type Verdict } from '../core/verdict.ts'
import { ConfigError } from '../errors.ts'
import type { Policy, SetRule } from '../ports.ts'
import type { Rulebook } from './rulebook.ts'

const NOTHING: ReadonlySet<RecordId> = new Set()

/**
 * Give the rules of a sealed room: of its admission policies those judge envelopes that say `judgesEnvelopes`.
 *
 * Throws ConfigError when one tells collections apart, or one of the others answers later, which no rule can.
 */
export function withContentRules(rulebook: Rulebook): Rulebook {
  const admission = rulebook.admission.filter(({ judgesEnvelopes }) => judgesEnvelopes === true)
  const naming = admission.find(({ namesCollections }) => namesCollections === true)
  if (naming !== undefined) {
    throw new ConfigError(
      `a sealed room hides the names of collections: let the policy ${naming.name} be about all of them`,
    )
  }
  const rules = rulebook.admission.filter(each => !admission.includes(each)).map(contentRule)
  return {
    ...rulebook,
    admission,
    setRules: [...rules, ...rulebook.setRules],
    manifests: [...admission, ...rulebook.setRules].map(({ manifest }) => manifest),
  }
}

/** Make the rule that shadows what *policy* refuses, each record by itself. */
function contentRule(policy: Policy): SetRule {
  const { name, manifest } = policy
  judge(policy, [])
  return {
    name,
    policyClass: PolicyClass.SET_RULE,
    seesPins: true,
    manifest,
    reason: `its content is refused by ${name}`,
    // Of a pin, what is inside is asked about when it is shown.
    group: record => {
      if (record.unread !== undefined || record.kind === KIND_PIN) return null
      return judge(policy, [record])[0]?.type === 'Reject' ? [record.id] : null
    },
    keep: () => NOTHING,
  }
}

function judge(policy: Policy, records: readonly Record[]): readonly Verdict[] {
  const verdicts = policy.judge(records)
  if ('then' in verdicts) {
    throw new ConfigError(`the policy ${policy.name} answers later: in a sealed room it can only be a view`)
  }
  return verdicts
}
