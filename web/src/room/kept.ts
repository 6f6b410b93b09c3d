/**
 * Open a peer whose records outlive the page: it shares its database with the other tabs of its origin, and so is one
 * peer for all of them. Loaded only by pages that keep their records.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { databaseName } from '../adapters/storage.ts'
import { hasTabs } from '../adapters/tabs.ts'
import type { Entry } from '../core/block.ts'
import { INTEGER_MAX } from '../core/limits.ts'
import type { Identity } from '../identity/given.ts'
import type { Held, Peer, Voice } from './peer.ts'
import { Tab, type TabOptions } from './tab.ts'

/** Tabs with another version of what they say to each other are no group. */
const TABS_VERSION = 2

/** What tabs must agree on to be one peer, and what else they work with. */
export interface Plan extends Omit<TabOptions, 'group' | 'open'> {
  readonly terms: string
  /** For how many seconds records are kept; null: as the store kept them before. */
  readonly said: number | null
  /** It is reached in a way of its own, which other tabs cannot have. */
  readonly isAlone: boolean
}

/** Opens the peer itself. */
export type Open = (identity: Identity, means: Means) => Promise<Peer>

/** What a peer is opened with. */
export interface Means {
  readonly voice?: Voice
  readonly lose: (held: Held, left: readonly Entry[]) => void
}

/** Open the peer of *plan*, or follow the tab that is it; refused as *open* is. */
export async function openKept(plan: Plan, identity: Identity, open: Open): Promise<Peer> {
  if (plan.isAlone || !(await hasTabs())) return await open(identity, { lose })
  const agreed = bytesToHex(sha256(utf8ToBytes(JSON.stringify([plan.terms, plan.said])))).slice(0, 32)
  const group = `${databaseName(plan.name)}/tabs${TABS_VERSION}/${agreed}`
  const tab = new Tab({ ...plan, group, open: (who, voice) => open(who, { voice, lose }) }, identity)
  return await tab.enter()
}

/** Let go of all but *left*, which is what the browser left of the store; peers have the rest. */
function lose({ driver, guests, moderation, tell }: Held, left: readonly Entry[]): void {
  guests?.doubt()
  const kept = new Set(left.map(([, id]) => id))
  const entries = [...driver.node.index.entries([0, ''], [INTEGER_MAX, ''])].filter(([, id]) => !kept.has(id))
  if (entries.length === 0) return
  for (const [, id] of entries) moderation.shadows.remove(id)
  driver.take({ type: 'Lost', entries })
  tell({ type: 'StorageDamaged', reason: `the browser took ${entries.length} records away` })
}
