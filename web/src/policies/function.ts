/**
 * Policies from plain functions: what most pages need.
 *
 *     const noShouting = admission('no-shouting', { version: 1 }, record =>
 *       record.content === record.content.toUpperCase() ? 'please do not shout' : null)
 */

import type { Record } from '../core/record.ts'
import { type Manifest, makeManifest } from '../core/rules.ts'
import { PolicyClass, type Verdict } from '../core/verdict.ts'
import type { Policy } from '../ports.ts'

/** Gives the reason for which a record is refused, or nothing. */
export type Opinion = (record: Record) => string | null | undefined

/** What a policy is, beside its function: raise *version* whenever its judgement changes. */
export interface Description {
  readonly version: number
  /** A JSON object in canonical form, such as `{"words":3}`. */
  readonly parameters?: string | undefined
  /** SHA-256, in hex, of each list of data it judges by. */
  readonly hashes?: readonly string[] | undefined
}

/**
 * Make an admission policy of a function that gives the reason for a refusal, or null.
 *
 * The function must be pure: the record alone decides. What it refuses is no member, and peers with the same policy
 * agree. Throws ConfigError when *name* or the parameters are malformed.
 */
export function admission(name: string, description: Description, opinion: Opinion): Policy {
  return policyOf(makeManifest({ name, ...description }), PolicyClass.ADMISSION, opinion)
}

/**
 * Make a view policy of a function; it may depend on anything, and hides records here only.
 *
 * Throws ConfigError when *name* or the parameters are malformed.
 */
export function view(name: string, description: Description, opinion: Opinion): Policy {
  return policyOf(makeManifest({ name, ...description }), PolicyClass.VIEW, opinion)
}

function policyOf(manifest: Manifest, policyClass: PolicyClass, opinion: Opinion): Policy {
  const judgeOne = (record: Record): Verdict => {
    const reason = opinion(record)
    return reason === null || reason === undefined
      ? { type: 'Accept' }
      : { type: 'Reject', policy: manifest.name, reason, rule: '', span: null }
  }
  return { name: manifest.name, manifest, policyClass, judge: records => records.map(judgeOne) }
}
