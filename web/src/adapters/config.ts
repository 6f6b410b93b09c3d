/** What trystero is told of how to reach the peers of a room. */

import { defaultRelayUrls, type joinRoom } from '@trystero-p2p/torrent'
import { ConfigError } from '../errors.ts'
import { guardedConnection } from './guarded.ts'
import { INNER_URL } from './introducer.ts'
import { type Reach, readRelays } from './reach.ts'

/** Of its own list, trystero uses so many trackers. */
const RELAYS_DEFAULT = 3

/** What `joinRoom` is told. */
type Config = Parameters<typeof joinRoom>[0]

/** Refuse STUN and TURN servers that this browser cannot use, or a browser without WebRTC, with a ConfigError. */
export function checkServers({ iceServers = [], turn = [] }: Reach): void {
  const Connection = globalThis.RTCPeerConnection
  if (Connection === undefined) throw new ConfigError('there is no WebRTC here')
  try {
    // Trystero would keep what fails for all rooms to come.
    new Connection({ iceServers: [...turn, ...iceServers] }).close()
  } catch (cause) {
    throw new ConfigError(`iceServers or turn cannot be used: ${String(cause)}`, { cause })
  }
}

/** Tell trystero how to reach the rooms of the application *appId*, also by neighbours if it *introduces*. */
export function configOf(appId: string, reach: Reach, introduces = false): Config {
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
      ...urlsOf(reach, introduces),
    },
    rtcConfig,
    ...(rtcPolyfill === null ? {} : { rtcPolyfill }),
    ...(reach.password === undefined || reach.password === '' ? {} : { password: reach.password }),
    ...(reach.turn === undefined ? {} : { turnConfig: reach.turn.map(turnOf) }),
  }
}

function urlsOf(reach: Reach, introduces: boolean): { readonly urls?: string[] } {
  const urls = readRelays(reach.relays)
  if (introduces) return { urls: [...(urls ?? defaultRelayUrls.slice(0, RELAYS_DEFAULT)), INNER_URL] }
  return urls === undefined ? {} : { urls: [...urls] }
}

function turnOf(server: RTCIceServer) {
  const { urls, username, credential } = server
  return { urls, ...(username === undefined ? {} : { username }), ...(credential === undefined ? {} : { credential }) }
}
