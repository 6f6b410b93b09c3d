/** The policies of Python that a page has too; each is loaded once it is asked for. */

import type { Policy, SetRule } from '../ports.ts'
import type { Authors } from './authors.ts'
import type { Budgets } from './budget.ts'
import type { GrantPolicy } from './granting.ts'
import type { Moderators, Revokers } from './moderators.ts'
import type { Ownership } from './writers.ts'

/**
 * Make the set rule `budget` of Python: what an author, or all together, write beyond these figures in one UTC day is
 * shadowed everywhere alike.
 *
 * Refused with a ConfigError when a figure cannot be meant.
 */
export async function budget(budgets: Budgets = {}): Promise<SetRule> {
  return (await import('./budget.ts')).makeBudget(budgets)
}

/**
 * Make the admission policy `writers` of Python: owners write, and who carries a grant of one (`Room.grant`).
 *
 * Refused with a ConfigError for what is no key or name.
 */
export async function writers(ownership: Ownership): Promise<GrantPolicy> {
  return (await import('./writers.ts')).makeWriters(ownership)
}

/**
 * Make the admission policy `authors` of Python: only those listed write, or all but those listed.
 *
 * Refused with a ConfigError for what is no key or name, and when nobody is listed.
 */
export async function authors(listed: Authors): Promise<Policy> {
  return (await import('./authors.ts')).makeAuthors(listed)
}

/**
 * Make the set rule `moderators` of Python: what a label of one of these keys names (`Room.label`) is hidden everywhere.
 *
 * Refused with a ConfigError for what is no key, and for none or too many.
 */
export async function moderators(named: Moderators): Promise<SetRule> {
  return (await import('./moderators.ts')).makeModerators(named)
}

/**
 * Make the set rule `revoked` of Python: what a key dates later than an owner's revocation of it (`Room.revoke`) is hidden.
 *
 * Refused with a ConfigError for what is no key, and for none or too many.
 */
export async function revoked(named: Revokers): Promise<SetRule> {
  return (await import('./moderators.ts')).makeRevoked(named)
}
