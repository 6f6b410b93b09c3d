/**
 * Announces a room again at once where two pages would otherwise wait for each other.
 *
 * Of two pages that have offers out, the one with the smaller id leaves the other's unanswered: its own shall be taken.
 * Those went out before the newcomer came, and the next ones would only with the tracker's interval, a minute or more.
 */

import type { PeerId } from '../core/signal.ts'

/** A newcomer that has not come by then is announced to again: trystero takes the same offer once in four seconds. */
export const SECOND_TRY_SECONDS = 4.5

/**
 * In swarms that are larger by what their tracker says, others meet the newcomer, and an announcement of ours would
 * hardly reach it. Anybody can invent members, so only who has neighbours enough relies on that.
 */
export const SWARM_MEMBERS_MAX = 50

/** Who we are in the room, and whom we are connected to. */
export interface Attendance {
  readonly self: PeerId
  readonly isConnected: (peer: PeerId) => boolean
  /** Say whether we have fewer neighbours than we look for. */
  readonly isLacking: () => boolean
}

/** Minds the newcomers of one room, until `stop`. */
export class Rendezvous {
  readonly #attendance: Attendance
  #isLarge = false
  /** Whom we wait for, lately. */
  #newcomer = '' as PeerId
  #timer: ReturnType<typeof setTimeout> | undefined
  #isStopped = false

  constructor(attendance: Attendance) {
    this.#attendance = attendance
  }

  /** Others meet a newcomer, and we have neighbours enough. */
  get isCrowded(): boolean {
    return this.#isLarge && !this.#attendance.isLacking()
  }

  /** Learn how many *members* the swarm has, as a place says. */
  count(members: number): void {
    this.#isLarge = members > SWARM_MEMBERS_MAX
  }

  /** Take that *peer* offers itself at a place, where *announce* says once more what we offer. */
  offered(peer: PeerId, announce: () => void): void {
    const { self, isConnected } = this.#attendance
    if (this.#isStopped || peer <= self || isConnected(peer) || this.isCrowded) return
    announce()
    this.#newcomer = peer
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      if (!isConnected(this.#newcomer)) announce()
    }, SECOND_TRY_SECONDS * 1_000)
  }

  /** Mind nobody any more. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }
}
