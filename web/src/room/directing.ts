/** What it takes to join a room, as an address and as options of `join`; loaded when an address is read or asked for. */

import type { Address, Target } from '../core/address.ts'
import { bind } from '../core/bound.ts'
import { RETENTION_SECONDS } from '../core/limits.ts'
import { checkPortable } from '../core/portable.ts'
import { makeRules } from '../core/rules.ts'
import { lower, readAuthor, readPhases, readRetention, readText, readWholeId, several, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import { type AnyPolicy, NO_BUDGET, readPolicies } from '../moderation/rulebook.ts'
import type { Directions, Named } from './addressed.ts'
import type { JoinOptions } from './joining.ts'

/** A bare address of a websocket is a tracker. */
const TRACKER = /^torrent:(?=wss?:\/\/)/

/** Give the address of *target*; policies that no address can name, or that have no spec, are left out of it. */
export function addressOf({ name, options, keptSeconds }: Directions, target: Target | null): Address {
  const { signaling, phases, policies = [], password = '' } = options
  return {
    ...name,
    target,
    signaling: [...new Set(several(signaling ?? []).map(spec => String(spec).replace(TRACKER, '')))],
    phases: phases == null ? null : readPhases(phases),
    policies: [...new Set(several(policies).map(specOf).filter(isPortable))],
    retention: keptSeconds === RETENTION_SECONDS ? null : keptSeconds,
    password,
    seals: several(options.seal ?? [])
      .map(String)
      .filter(isSeal)
      .map(lower),
    grants: [],
  }
}

/** Read what in a room is named; throws a ConfigError for what has no address. */
export function targetOf({ record, collection, key, path, author, at }: Named): Target | null {
  const whose = author === undefined ? null : readAuthor(author)
  const version = at === undefined ? null : readWholeId(at)
  const isInside = collection !== undefined && record === undefined && (key === undefined) !== (path === undefined)
  if (isInside) {
    const own = { collection: readText('a collection', collection), author: whose, at: version }
    return key === undefined
      ? { type: 'file', path: readText('a path', path), ...own }
      : { type: 'key', key: readText('a key', key), ...own }
  }
  const isWhole = [collection, key, path, author, at].every(each => each === undefined)
  if (!isWhole)
    throw new ConfigError('an address is that of the room, of a record, or of a key or path in a collection')
  return record === undefined ? null : { type: 'record', id: readWholeId(record) }
}

/** Give the name of *room* with a hash of its rules. */
export async function boundBy(
  room: string,
  { policies = [], retention, seal }: Pick<JoinOptions, 'policies' | 'retention' | 'seal'>,
): Promise<string> {
  const retentionSeconds = retention === undefined ? RETENTION_SECONDS : readRetention(retention)
  const rulebook = readPolicies(policies)
  const { manifests } =
    seal == null ? rulebook : (await import('../moderation/content-rules.ts')).withContentRules(rulebook)
  return bind(readText('the room', room), makeRules({ retentionSeconds, policies: manifests }))
}

/**
 * Give the room that *address* names, and the options to join it with: its own where *given* has none.
 *
 * Refused with a ConfigError for another app than *given* says, and for policies that a page does not have.
 */
export async function joinedBy(address: Address, given: JoinOptions): Promise<readonly [string, JoinOptions]> {
  const { app, room, signaling, phases, policies, retention, password, seals, grants } = address
  if (given.app !== undefined && given.app !== app) {
    throw new ConfigError(`the address is of a room of the app ${shown(app)}, not of ${shown(given.app)}`)
  }
  const said: JoinOptions = {
    app,
    ...(signaling.length > 0 && { signaling }),
    ...(phases !== null && { phases }),
    ...(password !== '' && { password }),
    ...(retention !== null && { retention }),
    ...(seals.length > 0 && { seal: seals }),
    ...(grants.length > 0 && { grants }),
    ...(policies.length > 0 && given.policies === undefined && { policies: await policiesOf(policies) }),
  }
  const wished = Object.entries(given).filter(([, value]) => value !== undefined)
  return [room, { ...said, ...Object.fromEntries(wished) }]
}

/** Make what an address names of policies; refused with a ConfigError for what a page does not have, or cannot be meant. */
async function policiesOf(specs: readonly string[]): Promise<readonly AnyPolicy[]> {
  const { isMade, policyOf } = await import('../policies/specs.ts')
  const named = specs.filter(spec => spec !== NO_BUDGET)
  const foreign = named.filter(spec => !isMade(spec))
  if (foreign.length > 0) {
    throw new ConfigError(
      `the address names the policies ${foreign.join(' ')}, which a page does not have: give the same as \`policies\`, or [] to join with other rules`,
    )
  }
  const made: AnyPolicy[] = await Promise.all(named.map(policyOf))
  return named.length < specs.length ? [NO_BUDGET, ...made] : made
}

/** Give what an address names *policy* by, if it was made of that. */
function specOf(policy: unknown): unknown {
  return typeof policy === 'object' && policy !== null && 'spec' in policy ? policy.spec : policy
}

/** A passphrase is for people to hand on: what is made of it opens one room alone, and they may have meant it for more. */
function isSeal(text: string): boolean {
  return lower(text).startsWith('seal1')
}

function isPortable(spec: unknown): spec is string {
  if (typeof spec !== 'string') return false
  try {
    checkPortable(spec)
    return true
  } catch {
    return false
  }
}
