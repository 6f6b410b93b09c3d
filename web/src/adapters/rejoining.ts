/**
 * Mends rooms that one end of a channel has joined and the other, for good, has not.
 *
 * A channel outlives the rooms on it, for two minutes. In each of them trystero talks once both ends said "ready"; of a
 * peer that leaves and comes back, a "ready" may reach the end of the old session, where it is lost, or the new one's
 * may count for the old, and then no second follows: one end waits until it gives up, and the other talks to nobody.
 */

import { type Frame, hereFrame, leaveFrame } from './frames.ts'
import { systemRng } from './system.ts'

/** A "ready" that is not answered within so long was lost. */
export const ANSWER_SECONDS_MAX = 2.5

/** Both ends shall not begin anew at once. */
export const ANSWER_SECONDS_SPREAD = 1

/** Who still gives no answer is not there. */
export const RENEWALS_MAX = 2

/** Where frames of ours go. */
export interface Ends {
  readonly toPeer: (frame: ArrayBuffer) => void
  /** To trystero in this page, as if the peer had said it. */
  readonly toUs: (frame: ArrayBuffer) => void
}

/** One room on the channel, since one of both last entered it. */
interface Session {
  hasSpoken: boolean
  isAnswered: boolean
  timer: ReturnType<typeof setTimeout> | undefined
}

/** Follows the handshakes on one channel; told of each frame that trystero sends and hears. */
export class Rejoining {
  readonly #ends: Ends
  readonly #rng = systemRng()
  readonly #sessions = new Map<string, Session>()
  /** How often each room was begun anew, since the peer last answered there. */
  readonly #renewals = new Map<string, number>()

  constructor(ends: Ends) {
    this.#ends = ends
  }

  /** Take that trystero sent *frame*. */
  sent({ kind, token }: Frame): void {
    if (kind === 'gone') this.#end(token)
    else if (kind === 'handshake' || kind === 'ready') this.#speak(token)
  }

  /** Take that trystero is about to hear *frame*. */
  heard({ kind, token }: Frame): void {
    if (kind === 'ready') this.#answer(token)
    else if (kind === 'leave') this.#end(token)
    else if (kind === 'gone') this.#lose(token)
  }

  /** The channel is closed. */
  close(): void {
    for (const token of [...this.#sessions.keys()]) this.#end(token)
  }

  #speak(token: string): void {
    const session = this.#session(token)
    session.hasSpoken = true
    if (session.isAnswered || session.timer !== undefined) return
    const seconds = ANSWER_SECONDS_MAX + this.#rng.uniform(0, ANSWER_SECONDS_SPREAD)
    session.timer = setTimeout(() => this.#renew(token), seconds * 1_000)
  }

  #answer(token: string): void {
    const session = this.#session(token)
    session.isAnswered = true
    clearTimeout(session.timer)
    this.#renewals.delete(token)
  }

  /** The peer is in the room no more, so what we said in a handshake is lost; whoever comes back shall hear it again. */
  #lose(token: string): void {
    const isWaiting = this.#sessions.get(token)?.hasSpoken === true
    this.#end(token)
    if (isWaiting) this.#ends.toUs(leaveFrame(token))
  }

  /** Have both ends leave the room and enter it anew. */
  #renew(token: string): void {
    this.#end(token)
    const renewals = this.#renewals.get(token) ?? 0
    if (renewals >= RENEWALS_MAX) return
    this.#renewals.set(token, renewals + 1)
    const { toPeer, toUs } = this.#ends
    toPeer(leaveFrame(token))
    toPeer(hereFrame(token))
    toUs(leaveFrame(token))
    toUs(hereFrame(token))
  }

  #session(token: string): Session {
    const session = this.#sessions.get(token) ?? { hasSpoken: false, isAnswered: false, timer: undefined }
    this.#sessions.set(token, session)
    return session
  }

  #end(token: string): void {
    clearTimeout(this.#sessions.get(token)?.timer)
    this.#sessions.delete(token)
  }
}
