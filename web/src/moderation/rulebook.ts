/** A room's policies, sorted by what they may do. */

import type { Manifest } from '../core/rules.ts'
import { several } from '../core/typed.ts'
import { PolicyClass } from '../core/verdict.ts'
import { ConfigError } from '../errors.ts'
import { type Opinion, view } from '../policies/function.ts'
import type { Policy, SetRule } from '../ports.ts'

/** Of a function's name, in its policy's. */
const FUNCTION_NAME_MAX = 32

/** Of a room that shows all that anybody writes. */
export const NO_BUDGET = 'budget:off' as const
/** What a room has that says nothing of it: more than anybody writes who means well. */
const DEFAULT_BUDGET = { author: 2 ** 28, room: 2 ** 30, deletions: 100_000 }

/** A moderation rule; a plain function is a view policy. */
export type AnyPolicy = Policy | SetRule | Opinion | typeof NO_BUDGET

/** A room's policies, by what they may do. */
export interface Rulebook {
  readonly admission: readonly Policy[]
  readonly setRules: readonly SetRule[]
  readonly views: readonly Policy[]
  /** Of what decides what is in the set and seen of it, for the rules id. */
  readonly manifests: readonly Manifest[]
  /** It says itself how much of a day is shown. */
  readonly hasBudget: boolean
}

/** Give the policies of a room, which has a generous budget unless it says otherwise: it is in no rules id. */
export async function withBudget(rulebook: Rulebook): Promise<Rulebook> {
  if (rulebook.hasBudget) return rulebook
  const { makeBudget } = await import('../policies/budget.ts')
  return { ...rulebook, setRules: [...rulebook.setRules, makeBudget(DEFAULT_BUDGET)] }
}

/** Sort what a room was given; throws ConfigError for what is no policy. */
export function readPolicies(given: AnyPolicy | readonly AnyPolicy[]): Rulebook {
  const all = several(given)
  const named = all.filter(each => each !== NO_BUDGET)
  const policies = named.map((each, place) =>
    typeof each === 'function' ? viewOf(each as Opinion, place) : Object(each),
  )
  const admission = policies.filter(each => 'judge' in each && each.policyClass === PolicyClass.ADMISSION)
  const views = policies.filter(each => 'judge' in each && each.policyClass === PolicyClass.VIEW)
  const setRules = policies.filter(each => 'keep' in each && each.policyClass === PolicyClass.SET_RULE)
  if (admission.length + views.length + setRules.length !== policies.length) {
    throw new ConfigError('a policy judges records (admission, view) or keeps some of a group (set rule)')
  }
  return {
    admission: admission as Policy[],
    views: views as Policy[],
    setRules: setRules as SetRule[],
    manifests: [...admission, ...setRules].map(each => each.manifest),
    hasBudget: named.length < all.length || setRules.some(({ name }) => name === 'budget'),
  }
}

/** Make a policy of a plain function: minifiers give them any names, even the same, so its place tells it apart. */
function viewOf(opinion: Opinion, place: number): Policy {
  const name = opinion.name.toLowerCase().replace(/[^a-z0-9_.-]/g, '')
  return view(`view-${place}${name && '-'}${name.slice(0, FUNCTION_NAME_MAX)}`, { version: 0 }, opinion)
}
