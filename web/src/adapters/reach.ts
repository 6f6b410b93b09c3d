/** How a page reaches the peers of its rooms, as trystero is told. */

import type { joinRoom } from '@trystero-p2p/torrent'
import { several, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import { guardedConnection } from './guarded.ts'

/** How to reach the room's other peers. */
export interface Reach {
  /** Trackers as `wss://` addresses, or one; Trystero's own public list when left out, and no network when empty. */
  readonly relays?: string | readonly string[] | null | undefined
  /** Hides offers from trackers, and keeps out who does not know it. */
  readonly password?: string | undefined
  /** Replaces the default STUN servers. */
  readonly iceServers?: readonly RTCIceServer[] | undefined
  /** TURN servers, beside those. */
  readonly turn?: readonly RTCIceServer[] | undefined
  /** Use TURN servers only, so that peers do not learn our address. */
  readonly relayOnly?: boolean | undefined
}

/** What `joinRoom` is told. */
type Config = Parameters<typeof joinRoom>[0]

/** Read the addresses of trackers; undefined for the public ones. Throws ConfigError for what is no address. */
export function readRelays(given: unknown): readonly string[] | undefined {
  if (given == null) return undefined
  return several(given).map(each => {
    const url = String(each)
    if (URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)) return url
    throw new ConfigError(`${shown(each)} is no wss:// address of a tracker`)
  })
}

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

/** Say what of *reach* all rooms of a page share: trystero has one set of trackers and of offers for all of them. */
export function sharedBy({ relays, iceServers, turn, relayOnly = false }: Reach): string {
  return JSON.stringify([relays, iceServers, turn, relayOnly])
}

/** Tell trystero how to reach the rooms of the application *appId*. */
export function configOf(appId: string, reach: Reach): Config {
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
      ...urlsOf(reach),
    },
    rtcConfig,
    ...(rtcPolyfill === null ? {} : { rtcPolyfill }),
    ...(reach.password === undefined || reach.password === '' ? {} : { password: reach.password }),
    ...(reach.turn === undefined ? {} : { turnConfig: reach.turn.map(turnOf) }),
  }
}

function urlsOf(reach: Reach): { readonly urls?: string[] } {
  const urls = readRelays(reach.relays)
  return urls === undefined ? {} : { urls: [...urls] }
}

function turnOf(server: RTCIceServer) {
  const { urls, username, credential } = server
  return { urls, ...(username === undefined ? {} : { username }), ...(credential === undefined ? {} : { credential }) }
}
