/**
 * The page's transport: the core of trystero connects peers and carries our messages as one of its actions, so an
 * unmodified Trystero application can share the room, and its channels.
 */

import { selfId } from '@trystero-p2p/core'
import { PROTOCOL_ACTION } from '../core/action.ts'
import type { SecretKey } from '../core/keys.ts'
import { FRAME_PAYLOAD_BYTES, NEIGHBOURS_CHOSEN, REASSEMBLY_BYTES_PER_PEER_MAX } from '../core/limits.ts'
import { type PeerId, type RoomName, roomTag } from '../core/signal.ts'
import { readPhases } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { SignalingStatus, Transport, TransportListener } from '../ports.ts'
import type { Dial, Signal } from '../protocol/effects.ts'
import { Meeting } from '../protocol/meeting.ts'
import { alone } from './alone.ts'
import { Backlog } from './backlog.ts'
import { type Config, checkServers, configOf, stackOf } from './config.ts'
import { bindingOf } from './fingerprint.ts'
import { roomToken } from './frames.ts'
import { Gathering } from './gathering.ts'
import { closeConnections, joinedTokens } from './guarded.ts'
import { Introducer, neighbours } from './introducer.ts'
import type { Phased } from './phased.ts'
import { readSignaling } from './places.ts'
import { type Reach, sharedBy } from './reach.ts'
import { Rendezvous } from './rendezvous.ts'
import { loaded } from './storage.ts'
import { joinRoom } from './strategy.ts'
import { systemRng } from './system.ts'
import { closeVenues, Venues } from './venues.ts'

/** How long what was sent may take to leave before a channel is closed. */
const FLUSH_MILLISECONDS = 250
/** A page that was about to be closed, and stays, comes back after so long. */
export const RETURN_MILLISECONDS = 1_000
const FRAMES_OPEN_MAX = Math.ceil(REASSEMBLY_BYTES_PER_PEER_MAX / FRAME_PAYLOAD_BYTES)

interface Channel {
  readonly peer: PeerId
  readonly backlog: Backlog
  sending: Promise<void>
  openFrames: number
  isClosing: boolean
}

/** A room of trystero. */
type Room = ReturnType<typeof joinRoom>

/** What the rooms of this page share, while it is in any. */
let sharedReach = ''

/** Reach the peers of the room *name*; nobody, when there is to be no place to meet. */
export async function reachOut(name: RoomName, reach: Reach): Promise<Transport> {
  const specs = readSignaling(reach.signaling)
  if (specs?.length === 0) return alone(selfId as PeerId)
  const venues = await Venues.load(specs, name.app)
  return new TrysteroTransport(name, reach, venues, reach.phases == null ? null : await loaded(import('./phased.ts')))
}

const NOBODY: TransportListener = { take: () => {}, refused: () => {} }

/** One room's channels. */
export class TrysteroTransport implements Transport {
  readonly peerId = selfId as PeerId
  readonly #name: RoomName
  readonly #token: string
  #reach: Reach
  readonly #venues: Venues
  readonly #channels = new Map<PeerId, Channel>()
  readonly #gathering: Gathering
  readonly #introducer: Introducer
  readonly #phased: Phased | null
  #config: Config | null = null
  #meeting: Meeting | null = null
  #room: Room | null = null
  #lastStatus: readonly SignalingStatus[] | null = null
  #isClosed = false
  #returning: ReturnType<typeof setTimeout> | undefined
  /** Says whether the whole message left. */
  #send: (data: Uint8Array, target: PeerId) => Promise<boolean> = () => Promise.resolve(false)
  #listener: TransportListener = NOBODY

  /**
   * Take the room's place in this page until `close`.
   *
   * What rooms in phases need is *phasing*, null without them. Throws a ConfigError when the place is taken, or when other
   * rooms of the page are reached in another way.
   */
  constructor(name: RoomName, reach: Reach, venues: Venues, phasing: typeof import('./phased.ts') | null = null) {
    this.#name = name
    this.#venues = venues
    this.#token = roomToken(name)
    this.#reach = reach
    if (joinedTokens.has(this.#token)) {
      throw new ConfigError(`this page is in the room ${JSON.stringify(name.room)} already`)
    }
    if (joinedTokens.size > 0 && sharedBy(reach) !== sharedReach) {
      throw new ConfigError('all rooms of a page share their signaling, iceServers, turn and relayOnly')
    }
    const attendance = {
      self: this.peerId,
      isConnected: (peer: PeerId) => this.#channels.has(peer),
      isLacking: () => this.#meeting?.isLacking ?? this.#channels.size < NEIGHBOURS_CHOSEN,
    }
    const { password = '', phases } = reach
    const terms = () => ({ room: name, password, periodSeconds: readPhases(phases), places: venues.specs, attendance })
    this.#phased = phasing && new phasing.Phased(terms(), () => Date.now() / 1_000, systemRng())
    this.#introducer = new Introducer(name, password, input => this.#listener.take(input))
    this.#gathering = new Gathering(attendance, new Rendezvous(attendance), this.#introducer)
    sharedReach = sharedBy(reach)
    joinedTokens.add(this.#token)
  }

  /** Bring neighbours together as who proves *key*. */
  meet(key: SecretKey): Meeting {
    this.#meeting = new Meeting({ own: this.peerId, key, tag: roomTag(this.#name), rng: systemRng() })
    return this.#meeting
  }

  /** Let trystero call, or hear, whom a neighbour brings, unless there is a channel. */
  signal(effect: Dial | Signal): void {
    if (!this.#channels.has(effect.peer)) this.#introducer.perform(effect)
  }

  /** Announce the room and take what comes; throws a ConfigError when this browser cannot. */
  open(listener: TransportListener): void {
    const { Connection, Socket } = stackOf(this.#reach)
    checkServers(Connection, this.#reach)
    this.#listener = listener
    const venues = [...this.#venues.open(Socket), neighbours]
    this.#config = configOf(this.#name.app, this.#reach, {
      Connection,
      venues,
      gathering: this.#gathering,
      phased: this.#phased,
    })
    this.#enter(this.#join(this.#config))
    globalThis.addEventListener?.('beforeunload', this.#fallSilent)
  }

  #join(config: Config): Room {
    return joinRoom(config, this.#name.room, {
      onJoinError: ({ peerId, error }) => this.#listener.refused(peerId as PeerId, error),
    })
  }

  #enter(joined: Room): void {
    const action = joined.makeAction<Uint8Array>(PROTOCOL_ACTION, {
      onMessage: (data, { peerId }) => this.#received(peerId as PeerId, data),
      onReceiveProgress: (_, { peerId }) => this.#receiving(peerId as PeerId),
    })
    this.#room = joined
    // A view of a shared buffer is no argument of Trystero's types, and ours are never shared.
    this.#send = async (data, target) => {
      let part = 0
      const onProgress = (progress: number) => {
        part = progress
      }
      await action.send(data as Uint8Array<ArrayBuffer>, { target, onProgress })
      return part === 1
    }
    joined.onPeerLeave = peer => this.#gone(peer as PeerId, 'the channel closed')
    joined.onPeerJoin = peer => this.#joined(peer as PeerId)
  }

  /** Queue one message; messages leave in the order of the calls. */
  send(peer: PeerId, data: Uint8Array): void {
    const channel = this.#channels.get(peer)
    if (channel === undefined || channel.isClosing) return
    channel.backlog.add(data.length)
    if (channel.backlog.isFull) {
      this.disconnect(peer, 'it reads too slowly')
      return
    }
    channel.sending = channel.sending.then(async () => {
      if (this.#channels.get(peer) !== channel) return
      // Trystero gives up in the midst of a message when a channel is stuck, and says nothing; what follows would make
      // no sense to the peer.
      if (!(await this.#send(data, peer).catch(() => false))) this.#hangUp(channel, 'a message did not leave')
      channel.backlog.add(-data.length)
    })
  }

  /** Let what is queued leave, then close the connection. */
  disconnect(peer: PeerId, reason: string): void {
    const channel = this.#channels.get(peer)
    if (channel === undefined || channel.isClosing) return
    channel.isClosing = true
    void this.#flushed(channel).then(() => this.#hangUp(channel, reason))
  }

  /** How we stand with each place where this room meets now. */
  signaling(): SignalingStatus[] {
    const all = this.#lastStatus ?? this.#venues.status
    return all.filter(status => this.#phased?.isAnnouncedAt(status) ?? true)
  }

  /** Leave the room; channels that no other room uses are closed. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const room = this.#room
    this.#room = null
    clearTimeout(this.#returning)
    globalThis.removeEventListener?.('beforeunload', this.#fallSilent)
    // The connection outlives the room: what was handed to it still leaves, and the word of leaving comes last.
    await Promise.all([...this.#channels.values()].map(handedOver))
    this.#channels.clear()
    // Trystero, where it fails, stays in the room; whatever happens to it, the room's place is free again.
    await room?.leave().catch(() => room.leave().catch(() => {}))
    this.#gathering.stop()
    joinedTokens.delete(this.#token)
    this.#lastStatus = this.signaling().map(status => ({ ...status, state: 'closed', nextTry: null }))
    if (joinedTokens.size === 0) this.#lockUp()
    // Trystero's timers hold us for minutes, and we would hold the page's elements.
    this.#listener = NOBODY
    this.#config = null
    this.#reach = {}
  }

  /** The page is in no room any more. */
  #lockUp(): void {
    closeVenues()
    // A page may come back to its channels for a while; they would keep a process of Node from its end.
    if (this.#reach.rtc !== undefined) closeConnections()
  }

  /** Wait until what is queued was handed to the channel, and for a moment in which it can leave. */
  async #flushed(channel: Channel): Promise<void> {
    await handedOver(channel)
    await pause(FLUSH_MILLISECONDS)
  }

  #joined(peer: PeerId): void {
    const connection = this.#room?.getPeers()[peer]
    const binding = connection === undefined ? null : bindingOf(connection)
    if (connection === undefined || binding === null) {
      connection?.close()
      this.#listener.refused(peer, 'the certificates of its channel cannot be told')
      return
    }
    if (this.#channels.has(peer)) this.#gone(peer, 'the peer opened a new channel')
    this.#channels.set(peer, this.#channelTo(peer))
    this.#listener.take({ type: 'Opened', peer, binding, route: 'unknown', address: '' })
  }

  #channelTo(peer: PeerId): Channel {
    const backlog = new Backlog(isClogged => {
      const isServing = this.#channels.get(peer) === channel
      if (isServing) this.#listener.take({ type: isClogged ? 'Clogged' : 'Drained', peer })
    })
    const channel = { peer, backlog, sending: Promise.resolve(), openFrames: 0, isClosing: false }
    return channel
  }

  #received(peer: PeerId, data: unknown): void {
    const channel = this.#channels.get(peer)
    if (channel === undefined || channel.isClosing) return
    if (data instanceof Uint8Array) {
      channel.openFrames = Math.max(0, channel.openFrames - Math.max(1, Math.ceil(data.length / FRAME_PAYLOAD_BYTES)))
      this.#listener.take({ type: 'Received', peer, data })
    } else this.#listener.take({ type: 'Faulted', peer, reason: 'a message that is not bytes' })
  }

  /** Trystero joins frames without a limit of its own: a message that never ends would fill the page's memory. */
  #receiving(peer: PeerId): void {
    const channel = this.#channels.get(peer)
    if (channel === undefined || channel.isClosing) return
    channel.openFrames += 1
    if (channel.openFrames <= FRAMES_OPEN_MAX) return
    this.#listener.take({ type: 'Faulted', peer, reason: 'more unfinished messages than the limit' })
    this.disconnect(peer, 'more unfinished messages than the limit')
  }

  #hangUp(channel: Channel, reason: string): void {
    if (this.#channels.get(channel.peer) !== channel) return
    const connection = this.#room?.getPeers()[channel.peer]
    this.#gone(channel.peer, reason)
    connection?.close()
  }

  /** Trystero leaves every room, and says nothing, when the page is about to be closed; a download looks like that. */
  readonly #fallSilent = (): void => {
    for (const peer of [...this.#channels.keys()]) this.#gone(peer, 'the page was about to be closed')
    clearTimeout(this.#returning)
    this.#returning = setTimeout(this.#comeBack, RETURN_MILLISECONDS)
  }

  /** The page stays after all. */
  readonly #comeBack = (): void => {
    if (this.#config === null) return
    const joined = this.#join(this.#config)
    const isStillLeaving = joined === this.#room
    if (isStillLeaving) return this.#fallSilent()
    this.#room = joined
    this.#enter(joined)
  }

  #gone(peer: PeerId, reason: string): void {
    if (this.#channels.delete(peer)) this.#listener.take({ type: 'Closed', peer, reason })
  }
}

/** Wait until what is queued was handed to the channel, within bounds. */
async function handedOver(channel: Channel): Promise<void> {
  await Promise.race([channel.sending, pause(FLUSH_MILLISECONDS)])
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
