/** How a peer stands, as other tabs of its page are told. */

import type { PublicKey } from '../core/keys.ts'
import type { PeerId } from '../core/signal.ts'
import type { Ban } from '../moderation/bans.ts'
import type { Hidden } from '../moderation/curtain.ts'
import type { RelayStatus } from '../ports.ts'
import type { PeerStatus } from '../protocol/neighbour.ts'
import type { Peer } from './peer.ts'

/** All that a room shows without asking its store. */
export interface Status {
  readonly peerId: PeerId
  readonly peers: PeerStatus[]
  readonly relays: RelayStatus[]
  readonly count: number
  readonly root: string
  readonly days: [day: number, count: number][]
  readonly isQuiet: boolean
  readonly quarantine: Hidden[]
  readonly muted: PublicKey[]
  readonly bans: Ban[]
}

/** Say how *peer* stands now. */
export function statusOf({ parts: { driver, transport, moderation } }: Peer): Status {
  const { node } = driver
  return {
    peerId: transport.peerId,
    peers: node.peers,
    relays: transport.relays(),
    count: node.count,
    root: node.root(driver.now()),
    days: node.index.dayCounts(),
    isQuiet: node.isQuiet,
    quarantine: moderation.quarantine(),
    muted: moderation.muted(),
    bans: moderation.bans(),
  }
}
