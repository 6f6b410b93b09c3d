/** Comes back to trackers that are out of reach, for as long as a room is joined. */

import {
  defaultRelayUrls,
  getRelaySockets,
  pauseRelayReconnection,
  resumeRelayReconnection,
} from '@trystero-p2p/torrent'
import type { RelayStatus } from '../ports.ts'
import { INNER_URL } from './introducer.ts'
import { systemRng } from './system.ts'

/** Between a look at the trackers and the next; doubled after each try. */
export const REDIAL_SECONDS_MIN = 2
export const REDIAL_SECONDS_MAX = 60

/**
 * Redials every tracker whose socket is closed.
 *
 * Trystero on its own gives up on a tracker after about a minute, for good: a page that was opened without a network
 * would never meet anyone. So it is told to hold all its tries, and to make them when we say.
 */
export class Redialer {
  readonly #onSockets: (sockets: readonly WebSocket[]) => void
  readonly #rng = systemRng()
  #ceiling = REDIAL_SECONDS_MIN
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Tell *onSockets* of the trackers' sockets, time and again: one that failed is followed by another. */
  constructor(onSockets: (sockets: readonly WebSocket[]) => void) {
    this.#onSockets = onSockets
  }

  /** Begin, before the room is joined. */
  start(): void {
    pauseRelayReconnection()
    globalThis.addEventListener?.('online', this.#comeBack)
    this.#rest()
  }

  /** Try no more. */
  stop(): void {
    globalThis.removeEventListener?.('online', this.#comeBack)
    clearTimeout(this.#timer)
  }

  /** The network is back: what failed before says nothing any more. */
  readonly #comeBack = (): void => {
    clearTimeout(this.#timer)
    this.#ceiling = REDIAL_SECONDS_MIN
    this.#look()
  }

  #rest(): void {
    // The chance keeps the pages of a tracker that restarts from returning all at once.
    const seconds = this.#ceiling * this.#rng.uniform(0.5, 1)
    this.#timer = setTimeout(() => this.#look(), seconds * 1_000)
  }

  #look(): void {
    if (relayStatus().some(({ state }) => state === 'closed')) {
      resumeRelayReconnection()
      // The tries have begun by then; those that fail wait for the next time.
      setTimeout(() => {
        pauseRelayReconnection()
        this.show()
      })
      this.#ceiling = Math.min(this.#ceiling * 2, REDIAL_SECONDS_MAX)
    } else this.#ceiling = REDIAL_SECONDS_MIN
    this.show()
    this.#rest()
  }

  /** Tell of the sockets that there are. */
  show(): void {
    this.#onSockets(Object.values(allSockets()).filter(socket => socket !== undefined))
  }
}

/** Say how this page stands with the trackers at *urls*, or with all it knows: Trystero's, before it has asked any. */
export function relayStatus(urls?: readonly string[]): RelayStatus[] {
  const sockets = allSockets()
  const known = Object.keys(sockets)
  return (urls ?? (known.length > 0 ? known : defaultRelayUrls)).map(url => ({ url, state: stateOf(sockets[url]) }))
}

function allSockets(): { readonly [url: string]: WebSocket | undefined } {
  const { [INNER_URL]: _, ...sockets } = getRelaySockets() as { readonly [url: string]: WebSocket | undefined }
  return sockets
}

function stateOf(socket: WebSocket | undefined): RelayStatus['state'] {
  if (socket === undefined || socket.readyState === WebSocket.CONNECTING) return 'connecting'
  return socket.readyState === WebSocket.OPEN ? 'open' : 'closed'
}
