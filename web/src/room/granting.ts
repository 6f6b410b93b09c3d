/** What policies let us write, and whom we let write. Loaded once somebody asks. */

import { DAY_SECONDS, type UnixTime } from '../core/clock.ts'
import { ALL, grantText, signGrant } from '../core/grant.ts'
import { FUTURE_SECONDS_MAX, INTEGER_MAX } from '../core/limits.ts'
import { KIND_RECORD, type Record, type RecordId, shellOf } from '../core/record.ts'
import { roomTag } from '../core/signal.ts'
import { type AnyKey, readAuthor, readText, several, shown } from '../core/typed.ts'
import { ConfigError, MalformedError } from '../errors.ts'
import type { DigestSigner } from '../identity/signers.ts'
import { Panel } from '../moderation/panel.ts'
import type { RoomParts } from './peer.ts'
import { namedOwners } from './wallet.ts'

const GRANT_DAYS = 30
const NO_ID = '0'.repeat(64) as RecordId

/** For what and for how long somebody may write. */
export interface GrantOptions {
  /** Names of collections; all, and what is in none, when left out. */
  readonly collections?: string | readonly string[] | undefined
  readonly days?: number | undefined
  /** True: *writer* is a device or a server of ours; in collections on behalf of others, what it writes is ours. */
  readonly onBehalf?: boolean | undefined
}

/** Whether we may write. */
export interface Permission {
  readonly isGiven: boolean
  /** Which policy would refuse it, and why, for people; empty where none would. */
  readonly policy: string
  readonly reason: string
}

type License = Pick<RoomParts, 'signer' | 'sealing' | 'name' | 'driver' | 'wallet' | 'admission'>

/** Say what `Room.mayWrite` says. */
export async function mayWrite(license: License, collection: string | null): Promise<Permission> {
  const { signer, name, driver, wallet, admission } = license
  const createdAt = driver.now().unix
  const named = collection === null ? [] : [['c', readText('a collection', collection)]]
  const granted = wallet?.tags({ kind: KIND_RECORD, tags: named }, createdAt) ?? []
  // Nobody is asked to sign it: what policies judge is signed already.
  const shell = shellOf(NO_ID, signer.publicKey, createdAt, KIND_RECORD)
  const envelope: Record = { ...shell, tags: [['h', roomTag(name)], ...named, ...granted] }
  const panel = new Panel(
    admission.filter(({ judgesEnvelopes }) => judgesEnvelopes === true),
    { onComplaint: () => {} },
  )
  const [verdict] = await panel.judge([envelope])
  if (verdict?.type !== 'Reject') return { isGiven: true, policy: '', reason: '' }
  return { isGiven: false, policy: verdict.policy, reason: verdict.reason }
}

/** Do what `Room.grant` does. */
export function grant(license: License, writer: AnyKey, options: GrantOptions): string {
  const { collections = [], days = GRANT_DAYS, onBehalf = false } = options
  const { signer, name, driver, wallet, sealing } = license
  const now = driver.now().unix
  const until = Math.floor(now + Number(days) * DAY_SECONDS)
  if (!(Number(days) > 0 && until <= INTEGER_MAX)) {
    throw new ConfigError(`a grant holds for a number of days above 0, not ${shown(days)}`)
  }
  const names = several(collections).map(each => readText('a collection', each))
  if (sealing !== null && names.length > 0) {
    throw new ConfigError('a sealed room hides the names of collections: grant all of them')
  }
  if (typeof onBehalf !== 'boolean') throw new ConfigError(`onBehalf is true or false, not ${shown(onBehalf)}`)
  const asking = (names.length > 0 ? names : [null]).flatMap(each => wallet?.asking(KIND_RECORD, each) ?? [])
  if (!onBehalf && asking[0] !== undefined) {
    throw new ConfigError(`a grant of ours lets nobody write here: we are no owner, ask ${namedOwners(asking[0])}`)
  }
  const { publicKey, signDigest: sign }: Partial<DigestSigner> = signer
  if (publicKey === undefined || sign === undefined)
    throw new ConfigError('who signs here signs records alone: grant by a key that is in this page')
  const since = Math.max(0, now - FUTURE_SECONDS_MAX) as UnixTime
  const told = { collections: names.join(' ') || ALL, isOnBehalf: onBehalf }
  const terms = { writer: readAuthor(writer), since, until: until as UnixTime, ...told }
  try {
    return grantText(signGrant({ publicKey, sign }, roomTag(name), terms))
  } catch (error) {
    if (error instanceof MalformedError) throw new ConfigError(error.message)
    throw error
  }
}
