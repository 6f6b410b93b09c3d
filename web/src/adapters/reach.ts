/** How a page, or a process of Node, reaches the peers of its rooms. */

/** How to reach the room's other peers. */
export interface Reach {
  /**
   * Where to meet, as texts such as "torrent:wss://tracker.example" or "nostr:wss://relay.example", or one; a bare
   * `wss://` address is a tracker, and a strategy without an address ("nostr:") means the places that Trystero uses. Left
   * out, Trystero's public trackers; no network when empty.
   */
  readonly signaling?: string | readonly string[] | null | undefined
  /** Hides offers from whoever passes them on, and keeps out who does not know it. */
  readonly password?: string | undefined
  /**
   * For how long the room has one name towards trackers and other places: seconds from an hour to 30 days, or a text such
   * as "6h". Those meet who say the same, and no place can follow the room. Left out, always.
   */
  readonly phases?: number | string | null | undefined
  /** Replaces the default STUN servers. */
  readonly iceServers?: readonly RTCIceServer[] | undefined
  /** TURN servers, beside those. */
  readonly turn?: readonly RTCIceServer[] | undefined
  /** Use TURN servers only, so that peers do not learn our address. */
  readonly relayOnly?: boolean | undefined
  /** WebRTC where the page or process has none of its own: a module with an `RTCPeerConnection`. */
  readonly rtc?: { readonly RTCPeerConnection: unknown } | undefined
  /** The class of web sockets, where there is none. */
  readonly WebSocket?: unknown
}

/** Say what of *reach* all rooms of a page share: trystero has one set of places and of offers for all of them. */
export function sharedBy({ signaling, iceServers, turn, relayOnly = false }: Reach): string {
  return JSON.stringify([signaling, iceServers, turn, relayOnly])
}
