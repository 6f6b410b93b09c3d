/** A peer that is in a room for this page: what everybody who joined it here shares. */

import type { Moment } from '../core/clock.ts'
import type { Index } from '../core/merkle.ts'
import type { RoomName } from '../core/signal.ts'
import type { Agreement } from '../data/agreement.ts'
import type { Bytes } from '../data/desk.ts'
import type { RoomClosedError } from '../errors.ts'
import type { Moderation, Moderator } from '../moderation/moderator.ts'
import type { RoomEvent } from '../notices.ts'
import type { DocumentStore, Lens, Policy, Signer, Store, Transport } from '../ports.ts'
import type { Budget, Health } from '../protocol/health.ts'
import type { Compare, Imported, Published, Wanted } from '../protocol/inputs.ts'
import type { Node } from '../protocol/node.ts'
import type { Directions } from './addressed.ts'
import type { Courier } from './courier.ts'
import type { Driver, Parts, Traffic } from './driver.ts'
import type { Guests } from './guests.ts'
import type { JoinOptions } from './joining.ts'
import type { ReadQuery } from './query.ts'
import type { Rejections } from './rejections.ts'
import type { Room } from './room.ts'
import type { Sealing } from './sealing.ts'
import type { Wallet } from './wallet.ts'
import type { Writer } from './writer.ts'

/** What is wanted of neighbours, by whom the machine that asks is not loaded. */
export type Wish = Omit<Wanted, 'Machine'>

/** What a room asks of its driver, which may run in another tab. */
export interface Engine {
  readonly node: Pick<Node, 'peers' | 'count' | 'isQuiet' | 'root'> & { readonly index: Pick<Index, 'dayCounts'> }
  /** Told of every message that crosses a channel, while somebody watches. */
  onTraffic: ((traffic: Traffic) => void) | null
  now(): Moment
  take(input: Published | Imported | Compare | Wish): void
  close(): Promise<void>
}

/** What a room reads of its store, which may be open in another tab. */
export type Reading = Pick<Store, 'get' | 'query' | 'marks' | 'entries' | 'named' | 'notes' | 'note'>

/** What of a room is loaded when it is joined. */
export interface LateParts {
  readonly readQuery: ReadQuery
  readonly Courier: typeof Courier
  readonly Writer: typeof Writer
  readonly Rejections: typeof Rejections
}

/** What a room is made of; `join` puts it together. */
export interface RoomParts extends LateParts {
  readonly name: RoomName
  readonly signer: Signer
  /** What seals what is written; null in a room that is not sealed. */
  readonly sealing: Sealing | null
  /** Our grants; null where none are given, and none are asked for. */
  readonly wallet: Wallet | null
  readonly admission: readonly Policy[]
  readonly store: Reading
  readonly transport: Pick<Transport, 'peerId' | 'signaling'>
  readonly moderation: Moderation
  readonly driver: Engine
  /** Up to which time all peers that are present hold what we hold. */
  readonly agreement: Pick<Agreement, 'settled'>
  /** For how many seconds records are kept here. */
  readonly keptSeconds: number
  /** What it takes to join as we did. */
  readonly directions: Directions
  /** Say which budgets bite, among them that of the *events* of who asks. */
  readonly health: (events: Budget) => Health
  /** Tell everybody in the room, in all tabs, what happened; done once they know. */
  readonly tell: (event: RoomEvent) => Promise<unknown>
  /** The bytes of files; null in a room without any. */
  readonly bytes: Bytes | null
  /** What pins show; null where nobody may pin. */
  readonly guests: Pick<Guests, 'here'> | null
  /** Gives the store's documents; what that takes is loaded then. */
  readonly documents: () => Promise<DocumentStore>
  /** Join a part of the room, as the whole was joined but for what is said otherwise. */
  readonly joinPart: (part: string, own: JoinOptions) => Promise<Room>
  /** Everybody in this page who watches what crosses the channels. */
  readonly watchers: Set<(traffic: Traffic) => void>
  /** Leave the peer to those in this page who joined it too; false while there are any. */
  readonly depart: () => boolean
  /** What else ends with the last of them. */
  readonly release: () => Promise<void>
}

/** What of a peer is in this page, and not in another tab. */
export interface Held {
  readonly driver: Driver
  readonly guests: Pick<Guests, 'doubt' | 'here'> | null
  readonly moderation: Moderator
  readonly tell: (event: RoomEvent) => void
}

/** What each who joined has for itself. */
type Own = 'sealing' | 'wallet' | 'admission' | 'keptSeconds' | 'directions' | 'joinPart' | 'depart' | 'release'

/** One peer of this page, which several may share. */
export interface Peer {
  readonly parts: Omit<RoomParts, keyof LateParts | Own>
  readonly voice: Voice
  /** All that who shares it must agree on, but the key and for how long records are kept. */
  readonly terms: string
  readonly retentionSeconds: number
  readonly release: () => Promise<void>
}

/** Passes on what a voice tells. */
export interface Echo {
  tell(event: RoomEvent): void
  step(): void
}

/** Tells those who joined what happens, and the first of them what happened while the room was still being opened. */
export class Voice {
  /** Told everything, too, in other tabs. */
  echo: Echo | null = null
  /** Follows what happens before anybody is told. */
  moderation: Pick<Moderation, 'take'> | null = null
  readonly #rooms = new Set<Room>()
  #last: Room | null = null
  readonly #early: RoomEvent[] = []
  #failure: RoomClosedError | null = null

  /** Tell what happened. */
  readonly tell = (event: RoomEvent): void => {
    this.moderation?.take(event)
    if (this.#last === null) this.#early.push(event)
    for (const room of this.#open()) room.take(event)
    this.echo?.tell(event)
  }

  /** Hears what a driver tells, and sees through *lens* what comes. */
  ears(lens: Lens | null): Pick<Parts, 'onEvent' | 'onStep' | 'onFailure' | 'onRefused'> {
    return {
      onEvent: event => this.tell(lens === null ? event : opened(lens, event)),
      onStep: () => this.step(),
      onFailure: error => this.fail(error),
      onRefused: (peer, reason) => this.tell({ type: 'PeerRefused', peer, reason }),
    }
  }

  /** Tell *room* what happens from now on. */
  speak(room: Room): void {
    this.#last = room
    this.#rooms.add(room)
    for (const event of this.#early.splice(0)) room.take(event)
    if (this.#failure !== null) room.fail(this.#failure)
  }

  /** Tell that the node may have changed. */
  step(): void {
    for (const room of this.#open()) room.step()
    this.echo?.step()
  }

  /** Tell that the peer broke. */
  fail(error: RoomClosedError): void {
    this.#failure ??= error
    for (const room of this.#open()) room.fail(error)
  }

  /** Throw a RoomClosedError when everybody left. */
  checkOpen(): void {
    if (!this.#open().some(room => room.isOpen)) this.#last?.checkOpen()
  }

  #open(): Room[] {
    for (const room of this.#rooms) if (room.isOver) this.#rooms.delete(room)
    return [...this.#rooms]
  }
}

/** Give *event* with what is in the envelope that it tells of. */
function opened(lens: Lens, event: RoomEvent): RoomEvent {
  return event.type === 'RecordAdded' ? { ...event, record: lens.open(event.record) } : event
}
