/** Writers: who owns a room writes in it, and whoever carries a grant of an owner. Loaded by pages that have the rule. */

import { coversCollection, type Grant, grantTexts, holdsAt, knownGrant, readGrant } from '../core/grant.ts'
import { npub, type PublicKey } from '../core/keys.ts'
import { type Record, roomTagOf, tagValues } from '../core/record.ts'
import { canonicalJson, makeManifest } from '../core/rules.ts'
import { type AnyKey, readAuthor } from '../core/typed.ts'
import { PolicyClass, type Verdict } from '../core/verdict.ts'
import { ConfigError, MalformedError } from '../errors.ts'
import type { GrantPolicy } from './granting.ts'
import { isTimeless, Scope } from './scope.ts'

const OWNERS_MAX = 64

const REASONS = {
  missing: 'it carries no grant',
  malformed: 'its grant is none',
  owner: 'its grant is by nobody who owns this room',
  writer: 'its grant is for another author',
  forged: 'its grant was not signed by its owner for this room',
  early: 'its grant begins later',
  expired: 'its grant had run out by then',
  collection: 'its grant is not for this collection',
}

type Fault = keyof typeof REASONS
/** In the order in which a grant is looked at: the later its fault is found, the nearer it was to a good one. */
const NEARNESS = [...Object.keys(REASONS), null] as readonly (Fault | null)[]

/** Who owns a room, or some of its collections. */
export interface Ownership {
  /** Keys in hex, or npub texts. */
  readonly owners: AnyKey | readonly AnyKey[]
  /** Names; all, and what is in none, when left out. */
  readonly collections?: readonly string[] | undefined
}

/**
 * Make the policy; the same owners and collections as in Python give the same rules.
 *
 * Each of a record's grants is looked at for itself, and one must be good: two make no third. Deletions and commits of
 * batches speak of what their author wrote: any grant will do, also one that has run out.
 */
export function makeWriters({ owners: given, collections }: Ownership): GrantPolicy {
  const owners = readOwners('writers', given)
  const scope = new Scope('writers', collections)
  const asks: GrantPolicy['asks'] = (author, kind, collection) =>
    !owners.has(author) && scope.concerns(kind, collection)
  const others = owners.size > 1 ? ` or another of ${owners.size} owners` : ''
  const whom = `ask ${npub([...owners].sort()[0] as PublicKey)}${others}`
  const parameters = canonicalJson({ collections: scope.names, owners: [...owners].sort() })
  const judgeOne = (record: Record): Verdict => {
    const collection = tagValues(record, 'c')[0] ?? null
    const rule = asks(record.author, record.kind, collection) ? faultIn(record, collection, owners) : null
    if (rule === null) return { type: 'Accept' }
    return { type: 'Reject', policy: 'writers', reason: `${REASONS[rule]}: ${whom}`, rule, span: null }
  }
  return {
    name: 'writers',
    policyClass: PolicyClass.ADMISSION,
    manifest: makeManifest({ name: 'writers', version: 1, parameters }),
    judgesEnvelopes: true,
    namesCollections: scope.names !== null,
    owners,
    asks,
    judge: records => records.map(judgeOne),
  }
}

/** Read who owns a room for *policy*; throws ConfigError for what is no key, and for none or too many. */
export function readOwners(policy: string, given: AnyKey | readonly AnyKey[]): ReadonlySet<PublicKey> {
  const owners = new Set((Array.isArray(given) ? given : [given]).map(readAuthor))
  if (owners.size > 0 && owners.size <= OWNERS_MAX) return owners
  throw new ConfigError(`${policy}: a room has 1 to ${OWNERS_MAX} owners, not ${owners.size}`)
}

/** Say what is wrong with the grants of *record*, by the one that is nearest to good; null when one is. */
function faultIn(record: Record, collection: string | null, owners: ReadonlySet<PublicKey>): Fault | null {
  const faults = grantTexts(record).map(text => NEARNESS.indexOf(faultOf(text, record, { collection, owners })))
  return NEARNESS[Math.max(0, ...faults)] ?? null
}

function faultOf(
  text: string,
  record: Record,
  { collection, owners }: { readonly collection: string | null; readonly owners: ReadonlySet<PublicKey> },
): Fault | null {
  const roomTag = roomTagOf(record)
  if (roomTag === null) return 'missing'
  const grant = read(text)
  if (grant === null) return 'malformed'
  if (!owners.has(grant.owner)) return 'owner'
  if (grant.writer !== record.author) return 'writer'
  if (knownGrant(text, roomTag) === null) return 'forged'
  if (isTimeless(record.kind)) return null
  if (!holdsAt(grant, record.createdAt)) return record.createdAt < grant.since ? 'early' : 'expired'
  return coversCollection(grant, collection) ? null : 'collection'
}

function read(text: string): Grant | null {
  try {
    return readGrant(text)
  } catch (error) {
    if (error instanceof MalformedError) return null
    throw error
  }
}
