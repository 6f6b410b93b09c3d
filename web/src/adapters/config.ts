/** What trystero is told of how to reach the peers of a room. */

import type { BaseRoomConfig } from '@trystero-p2p/core'
import { ConfigError } from '../errors.ts'
import type { Gathering } from './gathering.ts'
import { guardedConnection } from './guarded.ts'
import type { Phased } from './phased.ts'
import type { Reach } from './reach.ts'
import type { Venue } from './venue.ts'

/** In Node, a channel that no room uses any more is closed after so long. */
const IDLE_MILLISECONDS = 1_000

/** What `joinRoom` is told. */
export interface Config extends BaseRoomConfig {
  readonly venues: readonly Venue[]
  readonly gathering: Gathering
  /** Null where the room has one name always. */
  readonly phased: Phased | null
}

/** The classes that a room is reached by: those of the page, or those that were given. */
export interface Stack {
  readonly Connection: typeof RTCPeerConnection
  readonly Socket: typeof WebSocket
}

/** Find the classes; throws ConfigError where there are none. */
export function stackOf({ rtc, WebSocket: given }: Reach): Stack {
  const Connection = (rtc ?? globalThis).RTCPeerConnection as typeof RTCPeerConnection | undefined
  const Socket = (given ?? globalThis.WebSocket) as typeof WebSocket | undefined
  if (typeof Connection !== 'function') {
    throw new ConfigError('there is no WebRTC here: in Node, give the option rtc, or join by "peerset/node"')
  }
  if (typeof Socket !== 'function') {
    throw new ConfigError('there is no WebSocket here: in Node, give the option WebSocket, or join by "peerset/node"')
  }
  return { Connection, Socket }
}

/** Refuse STUN and TURN servers that *Connection* cannot use, with a ConfigError. */
export function checkServers(Connection: Stack['Connection'], { iceServers = [], turn = [] }: Reach): void {
  try {
    // Trystero would keep what fails for all rooms to come.
    new Connection({ iceServers: [...turn, ...iceServers] }).close()
  } catch (cause) {
    throw new ConfigError(`iceServers or turn cannot be used: ${String(cause)}`, { cause })
  }
}

/** Tell trystero how to reach the rooms of the application *appId*. */
export function configOf(
  appId: string,
  reach: Reach,
  {
    Connection,
    venues,
    gathering,
    phased,
  }: Pick<Stack, 'Connection'> & Pick<Config, 'venues' | 'gathering' | 'phased'>,
): Config {
  const rtcConfig: RTCConfiguration = {
    ...(reach.iceServers === undefined ? {} : { iceServers: [...reach.iceServers] }),
    ...(reach.relayOnly === true ? { iceTransportPolicy: 'relay' as const } : {}),
  }
  return {
    appId,
    venues,
    gathering,
    phased,
    // Trackers pass on offers and answers, and nothing later.
    trickleIce: false,
    relayConfig: { manualReconnection: true, warnOnRelayFailure: false },
    rtcConfig,
    rtcPolyfill: guardedConnection(Connection),
    ...(reach.password === undefined || reach.password === '' ? {} : { password: reach.password }),
    // A channel that no room uses keeps a process of Node from its end; a page keeps it for two minutes.
    ...(reach.rtc === undefined ? {} : { _test_only_sharedPeerIdleMs: IDLE_MILLISECONDS }),
    ...(reach.turn === undefined ? {} : { turnConfig: reach.turn.map(turnOf) }),
  }
}

function turnOf(server: RTCIceServer) {
  const { urls, username, credential } = server
  return { urls, ...(username === undefined ? {} : { username }), ...(credential === undefined ? {} : { credential }) }
}
