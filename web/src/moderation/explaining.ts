/** Why readers of a page do not see a record. Loaded once somebody asks. */

import type { UnixTime } from '../core/clock.ts'
import { expiresAt } from '../core/expiration.ts'
import { makeFilter } from '../core/filter.ts'
import { npub } from '../core/keys.ts'
import {
  isUnread,
  KIND_COMMIT,
  KIND_KEYED,
  KIND_RECORD,
  type Record,
  type RecordId,
  tagValues,
} from '../core/record.ts'
import { shortened } from '../core/signal.ts'
import { type AnyId, findId, nameOf } from '../core/typed.ts'
import { type Commit, readCommit } from '../documents/commit.ts'
import { BATCH_TAG } from '../documents/document.ts'
import { ConfigError } from '../errors.ts'
import type { Store } from '../ports.ts'
import type { Moderator } from './moderator.ts'

const NAMED_MAX = 3

/** What of a store is asked. */
type Asked = Pick<Store, 'get' | 'query' | 'named' | 'marks' | 'entries'>

/** Why a record is refused, shadowed or hidden here. */
export interface Explanation {
  readonly id: RecordId
  readonly fate: 'refused' | 'shadowed' | 'hidden'
  /** Its name; `mute` when the author is muted, `batch` when its batch is not complete, `expiration` when it has expired. */
  readonly policy: string
  readonly reason: string
  /** Which of the policy's rules; empty when there is only one. */
  readonly rule: string
}

type Shown = Pick<Moderator, 'shadowing' | 'shadows' | 'quarantine' | 'muted' | 'refusals'>

/**
 * Say why a record is not seen; null when it is. Refused with a ConfigError when it is neither here nor among the latest
 * that were refused.
 */
export async function explain(
  moderation: Shown,
  store: Asked,
  given: AnyId,
  now: UnixTime,
): Promise<Explanation | null> {
  const { refusals } = moderation
  const entries = async () => [...(await store.entries()), ...(refusals?.entries ?? [])]
  const id = await findId(given, { entries, query: filter => store.query(filter) })
  const refusal = id === null ? undefined : refusals?.get(id)
  if (refusal !== undefined) {
    const { policy, reason, rule } = refusal
    return { id: refusal.id, fate: 'refused', policy, reason, rule }
  }
  const [record] = id === null ? [] : await store.get([id])
  if (id === null || record === undefined) {
    throw new ConfigError(`record ${nameOf(given)} is neither here nor among the latest that policies refused here`)
  }
  if (isUnread(record))
    return { id, fate: 'hidden', policy: 'seal', reason: SEALED[record.unread ?? 'blind'], rule: '' }
  await moderation.shadows.settle()
  moderation.shadows.versions.meet([record])
  const found = moderation.shadowing(id)
  if (found !== null) return { id, fate: 'shadowed', policy: found.policy, reason: found.reason, rule: found.rule }
  const hidden = (policy: string, reason: string, rule = ''): Explanation => {
    return { id, fate: 'hidden', policy, reason, rule }
  }
  const kept = moderation.quarantine().find(each => each.id === id)
  if (kept !== undefined) return hidden(kept.policy, kept.reason, kept.rule)
  const { author } = record
  if (moderation.muted().includes(author)) return hidden('mute', `its author ${npub(author)} is muted here`)
  const at = expiresAt(record)
  if (at !== null && at <= now) return hidden('expiration', `it has expired, as its author wished: at ${timeText(at)}`)
  const reason = await whyIncomplete(store, record)
  return reason === null ? null : hidden('batch', reason)
}

const SEALED = {
  blind: 'it is sealed, and this page was given no secret',
  unsealed: 'it is not sealed',
  foreign: 'it is sealed by another secret',
  broken: 'it does not open by the secret that it names',
} as const

function timeText(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Say in words what the batch of *record* lacks; null when it lacks nothing, or *record* is of none. */
async function whyIncomplete(store: Asked, record: Record): Promise<string | null> {
  const nonce = tagValues(record, BATCH_TAG)[0]
  if (nonce === undefined || (record.kind !== KIND_KEYED && record.kind !== KIND_RECORD)) return null
  const own = await store.query(makeFilter({ authors: [record.author], kinds: [KIND_COMMIT] }))
  const commits = own.map(readCommit).filter(commit => commit?.nonce === nonce)
  const listing = commits.filter(commit => commit !== null).filter(({ ids }) => ids.includes(record.id))
  if (listing.length === 0) {
    const isUnlisted = commits.length > 0
    const said = isUnlisted ? 'that does not list it' : 'whose commit, the record that lists all of it, is not here'
    return `it is part of a batch ${said}, so nobody sees it`
  }
  const lacking = await Promise.all(listing.map(commit => lackingOf(store, record, commit)))
  const said = listing.map((commit, at) => [commit, lacking[at] ?? []] as const)
  const [fewest] = said.sort(([, one], [, other]) => one.length - other.length)
  return fewest === undefined || fewest[1].length === 0 ? null : inWords(...fewest)
}

/** Give what is listed, and neither here nor deleted by the author. */
async function lackingOf(store: Asked, { author }: Record, { ids }: Commit): Promise<RecordId[]> {
  const here = new Set((await store.named(ids)).map(({ id }) => id))
  const away = ids.filter(id => !here.has(id)).sort()
  const deleted = new Set((await store.marks(away.map(id => [id, author] as const))).map(({ name }) => name))
  return away.filter(id => !deleted.has(id))
}

function inWords({ ids }: Commit, lacking: readonly RecordId[]): string {
  const names = lacking.slice(0, NAMED_MAX).map(shortened).join(', ')
  const more = lacking.length > NAMED_MAX ? ` and ${lacking.length - NAMED_MAX} others` : ''
  const are = lacking.length === 1 ? 'is' : 'are'
  const batch = `a batch of ${ids.length} records, of which ${names}${more} ${are} not here`
  return `it is part of ${batch}: until then nobody sees any of them`
}
