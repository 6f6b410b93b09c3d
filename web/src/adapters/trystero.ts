/**
 * The page's transport: the trystero package (torrent strategy) finds peers and carries our messages as one of its
 * actions, so an unmodified Trystero application can share the room, and its channels.
 */

import { joinRoom, type Room, selfId } from '@trystero-p2p/torrent'
import { PROTOCOL_ACTION } from '../core/action.ts'
import { FRAME_PAYLOAD_BYTES, REASSEMBLY_BYTES_PER_PEER_MAX, SEND_QUEUE_BYTES_PER_PEER_MAX } from '../core/limits.ts'
import type { PeerId, RoomName } from '../core/signal.ts'
import { ConfigError } from '../errors.ts'
import type { RelayStatus, Transport, TransportListener } from '../ports.ts'
import { bindingOf } from './fingerprint.ts'
import { roomToken } from './frames.ts'
import { guardedConnection, joinedTokens } from './guarded.ts'
import { Redialer, relayStatus } from './relays.ts'

/** How long what was sent may take to leave before a channel is closed. */
const FLUSH_MILLISECONDS = 250
const FRAMES_OPEN_MAX = Math.ceil(REASSEMBLY_BYTES_PER_PEER_MAX / FRAME_PAYLOAD_BYTES)

/** How to reach the room's other peers. */
export interface Reach {
  /** Trackers as `wss://` addresses; Trystero's own public list when left out. */
  readonly relays?: readonly string[]
  /** Hides offers from trackers, and keeps out who does not know it. */
  readonly password?: string
  /** Replaces the default STUN servers. */
  readonly iceServers?: readonly RTCIceServer[]
  /** TURN servers, beside those. */
  readonly turn?: readonly RTCIceServer[]
  /** Use TURN servers only, so that peers do not learn our address. */
  readonly relayOnly?: boolean
}

interface Channel {
  readonly peer: PeerId
  queuedBytes: number
  sending: Promise<void>
  openFrames: number
  isClosing: boolean
}

/** One room's channels. */
export class TrysteroTransport implements Transport {
  readonly peerId = selfId as PeerId
  readonly #name: RoomName
  readonly #token: string
  readonly #reach: Reach
  readonly #channels = new Map<PeerId, Channel>()
  readonly #redialer = new Redialer()
  #room: Room | null = null
  #isClosed = false
  #send: (data: Uint8Array, target: PeerId) => Promise<void> = () => Promise.resolve()
  #listener: TransportListener = { take: () => {}, refused: () => {} }

  /** Take the room's place in this page until `close`; throws a ConfigError when it is taken. */
  constructor(name: RoomName, reach: Reach) {
    checkRelays(reach.relays ?? [])
    this.#name = name
    this.#token = roomToken(name)
    this.#reach = reach
    if (joinedTokens.has(this.#token)) {
      throw new ConfigError(`this page is in the room ${JSON.stringify(name.room)} already`)
    }
    joinedTokens.add(this.#token)
  }

  /** Announce the room and take what comes. */
  open(listener: TransportListener): void {
    this.#listener = listener
    const { app, room } = this.#name
    this.#redialer.start()
    const joined = joinRoom(configOf(app, this.#reach), room, {
      onJoinError: ({ peerId, error }) => this.#listener.refused(peerId as PeerId, error),
    })
    const action = joined.makeAction<Uint8Array>(PROTOCOL_ACTION, {
      onMessage: (data, { peerId }) => this.#received(peerId as PeerId, data),
      onReceiveProgress: (_, { peerId }) => this.#receiving(peerId as PeerId),
    })
    this.#room = joined
    // A view of a shared buffer is no argument of Trystero's types, and ours are never shared.
    this.#send = (data, target) => action.send(data as Uint8Array<ArrayBuffer>, { target })
    joined.onPeerLeave = peer => this.#gone(peer as PeerId, 'the channel closed')
    joined.onPeerJoin = peer => this.#joined(peer as PeerId)
  }

  /** Queue one message; messages leave in the order of the calls. */
  send(peer: PeerId, data: Uint8Array): void {
    const channel = this.#channels.get(peer)
    if (channel === undefined || channel.isClosing) return
    channel.queuedBytes += data.length
    if (channel.queuedBytes > SEND_QUEUE_BYTES_PER_PEER_MAX) {
      this.disconnect(peer, 'it reads too slowly')
      return
    }
    channel.sending = channel.sending.then(async () => {
      if (this.#channels.get(peer) === channel) await this.#send(data, peer).catch(() => {})
      channel.queuedBytes -= data.length
    })
  }

  /** Let what is queued leave, then close the connection. */
  disconnect(peer: PeerId, reason: string): void {
    const channel = this.#channels.get(peer)
    if (channel === undefined || channel.isClosing) return
    channel.isClosing = true
    void this.#flushed(channel).then(() => {
      if (this.#channels.get(peer) !== channel) return
      const connection = this.#room?.getPeers()[peer]
      this.#gone(peer, reason)
      connection?.close()
    })
  }

  /** How we stand with each tracker of this room. */
  relays(): RelayStatus[] {
    return relayStatus(this.#reach.relays)
  }

  /** Leave the room; channels that no other room uses are closed. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const room = this.#room
    this.#room = null
    this.#redialer.stop()
    await Promise.all([...this.#channels.values()].map(channel => this.#flushed(channel)))
    this.#channels.clear()
    await room?.leave()
    joinedTokens.delete(this.#token)
  }

  /** Wait until what is queued was handed to the channel, and for a moment in which it can leave. */
  async #flushed(channel: Channel): Promise<void> {
    await Promise.race([channel.sending, pause(FLUSH_MILLISECONDS)])
    await pause(FLUSH_MILLISECONDS)
  }

  #joined(peer: PeerId): void {
    const connection = this.#room?.getPeers()[peer]
    const binding = connection === undefined ? null : bindingOf(connection)
    if (connection === undefined || binding === null) {
      connection?.close()
      return
    }
    if (this.#channels.has(peer)) this.#gone(peer, 'the peer opened a new channel')
    this.#channels.set(peer, { peer, queuedBytes: 0, sending: Promise.resolve(), openFrames: 0, isClosing: false })
    this.#listener.take({ type: 'Opened', peer, binding, route: 'unknown', address: '' })
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

  #gone(peer: PeerId, reason: string): void {
    if (this.#channels.delete(peer)) this.#listener.take({ type: 'Closed', peer, reason })
  }
}

function configOf(appId: string, reach: Reach): Parameters<typeof joinRoom>[0] {
  const rtcConfig: RTCConfiguration = {
    ...(reach.iceServers === undefined ? {} : { iceServers: [...reach.iceServers] }),
    ...(reach.relayOnly === true ? { iceTransportPolicy: 'relay' as const } : {}),
  }
  const rtcPolyfill = guardedConnection()
  return {
    appId,
    relayConfig: {
      manualReconnection: true,
      warnOnRelayFailure: false,
      ...(reach.relays === undefined ? {} : { urls: [...reach.relays] }),
    },
    rtcConfig,
    ...(rtcPolyfill === null ? {} : { rtcPolyfill }),
    ...(reach.password === undefined || reach.password === '' ? {} : { password: reach.password }),
    ...(reach.turn === undefined ? {} : { turnConfig: reach.turn.map(turnOf) }),
  }
}

function turnOf(server: RTCIceServer) {
  const { urls, username, credential } = server
  return { urls, ...(username === undefined ? {} : { username }), ...(credential === undefined ? {} : { credential }) }
}

function checkRelays(relays: readonly string[]): void {
  for (const url of relays) {
    const scheme = URL.canParse(url) ? new URL(url).protocol : ''
    if (scheme !== 'wss:' && scheme !== 'ws:') throw new ConfigError(`${url} is no wss:// address of a tracker`)
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
