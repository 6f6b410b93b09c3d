/** How a page reaches the peers of its rooms. */

import { several, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'

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

/** Read the addresses of trackers; undefined for the public ones. Throws ConfigError for what is no address. */
export function readRelays(given: unknown): readonly string[] | undefined {
  if (given == null) return undefined
  return several(given).map(each => {
    const url = String(each)
    if (URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)) return url
    throw new ConfigError(`${shown(each)} is no wss:// address of a tracker`)
  })
}

/** Say what of *reach* all rooms of a page share: trystero has one set of trackers and of offers for all of them. */
export function sharedBy({ relays, iceServers, turn, relayOnly = false }: Reach): string {
  return JSON.stringify([relays, iceServers, turn, relayOnly])
}
