/** A web socket to one place where peers meet, opened again for as long as it is wanted. */

import { SDP_BYTES_MAX } from '../core/limits.ts'
import type { SignalingStatus } from '../ports.ts'
import { systemRng } from './system.ts'

/** Between a try and the next; doubled after each that failed. */
export const REDIAL_SECONDS_MIN = 2
export const REDIAL_SECONDS_MAX = 60

/** Longer than a sealed session description with all that is around it. */
export const TEXT_CHARACTERS_MAX = 4 * SDP_BYTES_MAX

/** The number of an open socket's state, as all classes have it. */
const OPEN = 1

/** Whom a socket tells what happens. */
export interface SocketListener {
  /** It is open, the first time or again. */
  readonly onOpen: () => void
  readonly onText?: (text: string) => void
  readonly onBytes?: (bytes: Uint8Array) => void
  /** What is spoken on it, where that has to be said. */
  readonly protocol?: string
}

/** How it stands. */
export type Standing = Omit<SignalingStatus, 'strategy' | 'place'>

/** Stays connected until `close`, as far as that goes. */
export class Socket {
  readonly url: string
  readonly #Class: typeof WebSocket
  readonly #listener: SocketListener
  readonly #rng = systemRng()
  #socket: WebSocket | null = null
  #ceiling = REDIAL_SECONDS_MIN
  #timer: ReturnType<typeof setTimeout> | undefined
  #standing: Standing = { state: 'connecting', error: null, since: Date.now(), lastSuccess: null, nextTry: null }

  /** Connect to *url* by a socket of *Class*. */
  constructor(url: string, Class: typeof WebSocket, listener: SocketListener) {
    this.url = url
    this.#Class = Class
    this.#listener = listener
    globalThis.addEventListener?.('online', this.#comeBack)
    this.#dial()
  }

  /** What is sent leaves. */
  get isOpen(): boolean {
    return this.#standing.state === 'open'
  }

  /** How it stands now. */
  get standing(): Standing {
    return this.#standing
  }

  /** Send *data*; without a connection it is lost. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(data)
  }

  /** Note that the place did what it was asked. */
  succeed(): void {
    this.#standing = { ...this.#standing, error: null, lastSuccess: Date.now() }
  }

  /** Note what the place complains of. */
  fail(error: string): void {
    this.#standing = { ...this.#standing, error }
  }

  /** Connect no more; *error* says why, unless nobody wants it any more. */
  close(error = this.#standing.error): void {
    globalThis.removeEventListener?.('online', this.#comeBack)
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = null
    this.#enter({ state: 'closed', error })
    socket?.close()
  }

  #dial(): void {
    this.#enter({ state: 'connecting' })
    try {
      this.#open(new this.#Class(this.url, this.#listener.protocol ?? []))
    } catch (error) {
      // A page that came by https may not connect to ws://, for example.
      this.#rest(error instanceof Error ? error.message : String(error))
    }
  }

  #open(socket: WebSocket): void {
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    const isCurrent = () => this.#socket === socket
    socket.onopen = () => {
      if (!isCurrent()) return
      this.#enter({ state: 'open', error: null })
      this.#listener.onOpen()
    }
    socket.onmessage = ({ data }) => {
      if (isCurrent()) this.#hear(data)
    }
    // What it says is told by the event that follows; unheard, it would end a process of Node.
    socket.onerror = () => {}
    socket.onclose = ({ reason }) => {
      if (isCurrent()) this.#rest(reason || (this.isOpen ? 'the connection was lost' : 'it cannot be reached'))
    }
  }

  #hear(data: unknown): void {
    if (data instanceof ArrayBuffer) this.#listener.onBytes?.(new Uint8Array(data))
    else if (typeof data === 'string' && data.length <= TEXT_CHARACTERS_MAX) this.#listener.onText?.(data)
  }

  #rest(error: string): void {
    this.#socket = null
    const { state, since } = this.#standing
    const hasLasted = state === 'open' && Date.now() - since > this.#ceiling * 1_000
    if (hasLasted) this.#ceiling = REDIAL_SECONDS_MIN
    // The chance keeps the pages of a place that restarts from returning all at once.
    const milliseconds = this.#ceiling * this.#rng.uniform(0.5, 1) * 1_000
    this.#ceiling = Math.min(this.#ceiling * 2, REDIAL_SECONDS_MAX)
    this.#timer = setTimeout(() => this.#dial(), milliseconds)
    this.#enter({ state: 'resting', error, nextTry: Date.now() + milliseconds })
  }

  /** The network is back: what failed before says nothing any more. */
  readonly #comeBack = (): void => {
    this.#ceiling = REDIAL_SECONDS_MIN
    if (this.#standing.state !== 'resting') return
    clearTimeout(this.#timer)
    this.#dial()
  }

  #enter(change: Partial<Standing>): void {
    this.#standing = { ...this.#standing, nextTry: null, ...change, since: Date.now() }
  }
}
