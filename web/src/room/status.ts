/** How a peer stands, as other tabs of its page are told. */

import type { PublicKey } from '../core/keys.ts'
import { EVENTS_BUFFERED_MAX } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'
import type { Ban } from '../moderation/bans.ts'
import type { Hidden } from '../moderation/curtain.ts'
import type { SignalingStatus } from '../ports.ts'
import type { Budget, Health } from '../protocol/health.ts'
import type { PeerStatus } from '../protocol/neighbour.ts'
import type { Peer } from './peer.ts'

/** All that a room shows without asking its store. */
export interface Status {
  readonly peerId: PeerId
  readonly peers: PeerStatus[]
  readonly signaling: SignalingStatus[]
  readonly count: number
  readonly root: string
  readonly days: [day: number, count: number][]
  readonly isQuiet: boolean
  readonly settled: number
  readonly health: Health
  readonly quarantine: Hidden[]
  readonly muted: PublicKey[]
  readonly bans: Ban[]
}

/** The budget that each tab has for itself. */
const EVENTS = 'events'

/** Give *health*, as another tab told it, with the *events* of this one. */
export function withEvents(health: Health, events: Budget): Health {
  const budgets = health.budgets.map(budget => (budget.name === EVENTS ? events : budget))
  return { ...health, budgets, biting: budgets.filter(({ since }) => since !== null) }
}

/** Say how *peer* stands now. */
export function statusOf({ parts: { agreement, driver, health, transport, moderation } }: Peer): Status {
  const { node } = driver
  return {
    peerId: transport.peerId,
    peers: node.peers,
    signaling: transport.signaling(),
    count: node.count,
    root: node.root(driver.now()),
    days: node.index.dayCounts(),
    isQuiet: node.isQuiet,
    settled: agreement.settled,
    health: health({ name: EVENTS, used: 0, limit: EVENTS_BUFFERED_MAX, since: null, count: 0 }),
    quarantine: moderation.quarantine(),
    muted: moderation.muted(),
    bans: moderation.bans(),
  }
}
