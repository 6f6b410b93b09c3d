/**
 * What we do for two neighbours that are none of each other yet (docs/protocol.md, "Introductions").
 *
 * We say whom we have, and pass on what one has for another: one hop, sealed, and so little that nobody is flooded.
 * What is over is dropped, and held against nobody.
 */

import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { Allowance } from '../core/allowance.ts'
import type { Moment } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import {
  ATTEMPT_TIMEOUT_SECONDS,
  INTRODUCTIONS_OWED_MAX,
  INTRODUCTIONS_PER_MINUTE,
  NEIGHBOURS_INTERVAL_SECONDS,
  NEIGHBOURS_TOLD_MAX,
} from '../core/limits.ts'
import type { Introduce } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import type { Send } from './effects.ts'

export const MINUTE = 60

/** Knows whether a neighbour is still there. */
export interface Hearing {
  /** Say whether the neighbour seems to be gone. */
  isSilent(now: Moment): boolean
  /** Ask it for a sign of life, if there was none lately. */
  probe(now: Moment): Send[]
}

/** A neighbour that understands introductions. */
interface Member {
  readonly peer: PeerId
  readonly key: PublicKey
  readonly hearing: Hearing | undefined
  toldAt: number
  /** What it may have passed on, */
  readonly said: Allowance
  /** and what may be passed on to it. */
  readonly heard: Allowance
}

/** What one room passes on between its neighbours. */
export class Passing {
  readonly #isUseful: (peer: PeerId, now: Moment) => boolean
  /** By id in hex; who was told of last comes last. */
  readonly #members = new Map<string, Member>()
  /** Until when who, to whom, may answer what was passed on to it, whatever else was. */
  readonly #owed = new Map<string, number>()

  /** *isUseful* says whom to name first. */
  constructor(isUseful: (peer: PeerId, now: Moment) => boolean = () => false) {
    this.#isUseful = isUseful
  }

  /** Count *peer* among those that can be introduced, for as long as *hearing* hears of it. */
  join(peer: PeerId, key: PublicKey, hearing?: Hearing): void {
    const allowance = () => new Allowance(INTRODUCTIONS_PER_MINUTE / MINUTE, INTRODUCTIONS_PER_MINUTE)
    const member = { peer, key, hearing, toldAt: Number.NEGATIVE_INFINITY, said: allowance(), heard: allowance() }
    this.#members.set(hexOf(peer), member)
  }

  /** Introduce *peer* no more. */
  leave(peer: PeerId): void {
    this.#members.delete(hexOf(peer))
  }

  /** Tell *peer*, which asks, of some of the others, each in its turn, the useful first; nothing without any. */
  tell(peer: PeerId, now: Moment): Send[] {
    const asker = hexOf(peer)
    const member = this.#members.get(asker)
    if (member === undefined || now.monotonic < member.toldAt + NEIGHBOURS_INTERVAL_SECONDS) return []
    const present = [...this.#members].filter(([id, { hearing }]) => id !== asker && !hearing?.isSilent(now))
    const rank = (named: Member) => Number(this.#isUseful(named.peer, now))
    const others = present.sort(([, one], [, other]) => rank(other) - rank(one)).slice(0, NEIGHBOURS_TOLD_MAX)
    if (others.length === 0) return []
    member.toldAt = now.monotonic
    for (const [id, other] of others) {
      this.#members.delete(id)
      this.#members.set(id, other)
    }
    const peers = hexToBytes(others.map(([id, { key }]) => id + key).join(''))
    return [{ type: 'Send', peer, message: { type: 'Neighbours', peers } }]
  }

  /**
   * Pass on what *peer* has for another, unless it is not its own or too much.
   *
   * Who has said nothing for a while is asked for a sign of life then, and not told of again before it gave one.
   */
  passOn(peer: PeerId, message: Introduce, now: Moment): Send[] {
    const [source, to] = [this.#members.get(message.source), this.#members.get(message.to)]
    if (source === undefined || to === undefined || source === to || source.peer !== peer) return []
    if (!this.#isOwed(message, now)) {
      if (!source.said.spend(1, now) || !to.heard.spend(1, now)) return []
      this.#owe(message, now)
    }
    return [{ type: 'Send', peer: to.peer, message }, ...(to.hearing?.probe(now) ?? [])]
  }

  /** Say whether it answers what was passed on the other way; once. */
  #isOwed({ source, to }: Introduce, now: Moment): boolean {
    const until = this.#owed.get(source + to)
    this.#owed.delete(source + to)
    return until !== undefined && now.monotonic < until
  }

  #owe({ source, to }: Introduce, now: Moment): void {
    this.#owed.delete(to + source)
    this.#owed.set(to + source, now.monotonic + ATTEMPT_TIMEOUT_SECONDS)
    const [oldest = ''] = this.#owed.keys()
    if (this.#owed.size > INTRODUCTIONS_OWED_MAX) this.#owed.delete(oldest)
  }
}

/** Give the bytes of a peer's id in hex, as messages have them. */
export function hexOf(peer: PeerId): string {
  return bytesToHex(utf8ToBytes(peer))
}
