/** What trystero is told of the places where peers meet: it takes each for one of its relays, whatever its kind. */

import type { OfferRecord, SignalPeer } from '@trystero-p2p/core'
import type { PeerId, RoomName } from '../core/signal.ts'
import type { SignalingStatus } from '../ports.ts'
import type { Gathering } from './gathering.ts'

/** One place, kept in touch with for all rooms of the page. */
export interface Venue {
  /** Take part in *swarm*, until what is given back is called. */
  enter(swarm: Swarm): () => void
  /** Say that we are there, in a swarm that was entered; give after how many milliseconds to say it again, if ever. */
  announce(rootTopic: string): number | null
  /** How it stands; null where that says nothing. */
  readonly status: SignalingStatus | null
  /** Keep in touch no more. */
  close(): void
}

/** One room at one place, with what trystero has to say there. */
export interface Swarm {
  readonly name: RoomName
  /** Who we are there. */
  readonly self: PeerId
  /** Names the room, as trystero does. */
  readonly rootTopic: string
  /** Names what is for us alone. */
  readonly selfTopic: string
  /** Tell trystero what another peer *said*; its answer is for *reply*. */
  readonly tell: (said: Said, reply: SignalPeer) => void
  /** Have trystero make so many offers, sealed. */
  readonly offers: (count: number) => Promise<OfferRecord[]>
  readonly gathering: Gathering
}

/** What another peer said; without an offer, an answer or a candidate: that it is there. All but ids is sealed. */
export interface Said {
  readonly peerId: PeerId
  readonly offer?: string
  readonly answer?: string
  readonly candidate?: string
  readonly offerId?: string
  readonly passive?: true
  /** The connection behind the offer that is answered. */
  readonly peer?: OfferRecord['peer']
  /** There are offers of ours that it may take up. */
  readonly hasOutgoingOffer?: boolean
}
