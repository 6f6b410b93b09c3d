/** What it takes to join a room, as an address and as options of `join`; loaded when an address is read or asked for. */

import type { Address, Target } from '../core/address.ts'
import { bind } from '../core/bound.ts'
import { RETENTION_SECONDS } from '../core/limits.ts'
import { checkPortable } from '../core/portable.ts'
import { makeRules } from '../core/rules.ts'
import { lower, readAuthor, readPhases, readRetention, readText, readWholeId, several, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import { readPolicies } from '../moderation/rulebook.ts'
import type { Directions, Named } from './addressed.ts'
import type { JoinOptions } from './joining.ts'

/** A bare address of a websocket is a tracker. */
const TRACKER = /^torrent:(?=wss?:\/\/)/

/** Give the address of *target*; policies that no address can name are left out of it. */
export function addressOf({ name, options, keptSeconds }: Directions, target: Target | null): Address {
  const { signaling, phases, policies = [], password = '' } = options
  return {
    ...name,
    target,
    signaling: [...new Set(several(signaling ?? []).map(spec => String(spec).replace(TRACKER, '')))],
    phases: phases == null ? null : readPhases(phases),
    policies: [...new Set(several(policies).filter(isPortable))],
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

/** Give the room that *address* names, and the options to join it with: its own where *given* has none. */
export function joinedBy(address: Address, given: JoinOptions): readonly [string, JoinOptions] {
  const { app, room, signaling, phases, policies, retention, password, seals, grants } = address
  if (given.app !== undefined && given.app !== app) {
    throw new ConfigError(`the address is of a room of the app ${shown(app)}, not of ${shown(given.app)}`)
  }
  const made = policies.filter(spec => spec !== 'budget:off')
  if (given.policies === undefined && made.length > 0) {
    throw new ConfigError(
      `the address names the policies ${made.join(' ')}: give the same as \`policies\`, or [] to join with other rules`,
    )
  }
  const said: JoinOptions = {
    app,
    ...(signaling.length > 0 && { signaling }),
    ...(phases !== null && { phases }),
    ...(password !== '' && { password }),
    ...(retention !== null && { retention }),
    ...(seals.length > 0 && { seal: seals }),
    ...(grants.length > 0 && { grants }),
    ...(policies.length > made.length && { policies: ['budget:off'] }),
  }
  const wished = Object.entries(given).filter(([, value]) => value !== undefined)
  return [room, { ...said, ...Object.fromEntries(wished) }]
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
