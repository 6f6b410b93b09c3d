/**
 * Has trystero announce a room again at once where two pages would otherwise wait for each other.
 *
 * Of two pages that have offers out, the one with the smaller id leaves the other's unanswered: its own shall be taken.
 * Those went out before the newcomer came, and the next ones would only with the tracker's interval, a minute or more.
 */

import { sha1 } from '@noble/hashes/legacy.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { PeerId, RoomName } from '../core/signal.ts'

/** Whatever arrives, a tracker hears from us no more often. */
export const ANNOUNCE_SECONDS_MIN = 1

/** A newcomer that has not come by then is announced to again: trystero takes the same offer once in four seconds. */
export const SECOND_TRY_SECONDS = 4.5

/**
 * In swarms that are larger by what their tracker says, others meet the newcomer, and an announcement of ours would
 * hardly reach it. Anybody can invent members, so only who has neighbours enough relies on that.
 */
export const SWARM_MEMBERS_MAX = 50

/** Until when each tracker is left in peace, in milliseconds of the page: its rooms share the socket. */
const resting = new WeakMap<WebSocket, number>()

/** Who we are in the room, and whom we are connected to. */
export interface Attendance {
  readonly self: PeerId
  readonly isConnected: (peer: PeerId) => boolean
  /** Say whether we have fewer neighbours than we look for. */
  readonly isLacking: () => boolean
}

/** Listens to the trackers of one room, from its first `watch` until `stop`. */
export class Rendezvous {
  readonly #infoHash: string
  readonly #attendance: Attendance
  readonly #listening = new AbortController()
  readonly #watched = new WeakSet<WebSocket>()
  #isLarge = false
  /** Whom we wait for, lately. */
  #newcomer = '' as PeerId
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(name: RoomName, attendance: Attendance) {
    this.#infoHash = infoHash(name)
    this.#attendance = attendance
  }

  /** Listen to those of *sockets* that are new. */
  watch(sockets: Iterable<WebSocket>): void {
    for (const socket of sockets) {
      if (this.#watched.has(socket)) continue
      this.#watched.add(socket)
      const { signal } = this.#listening
      socket.addEventListener('message', ({ data }) => this.#hear(socket, data), { signal })
    }
  }

  /** Listen no more. */
  stop(): void {
    // An error made here would remember the page's elements, which called us.
    this.#listening.abort('stopped')
    clearTimeout(this.#timer)
  }

  #hear(socket: WebSocket, data: unknown): void {
    const said = read(data)
    if (said.info_hash !== this.#infoHash) return
    if (said.interval !== undefined) this.#isLarge = Number(said.complete) + Number(said.incomplete) > SWARM_MEMBERS_MAX
    const peer = String(said.peer_id) as PeerId
    const { self, isConnected, isLacking } = this.#attendance
    if (said.offer === undefined || peer <= self || isConnected(peer) || (this.#isLarge && !isLacking())) return
    announceAgain(socket)
    this.#newcomer = peer
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      if (!isConnected(this.#newcomer)) announceAgain(socket)
    }, SECOND_TRY_SECONDS * 1_000)
  }
}

/** Name *room* on trackers, as trystero does: the first 20 characters of sha1(sha1("Trystero@" app "@" room)). */
export function infoHash({ app, room }: RoomName): string {
  return digits(digits(`Trystero@${app}@${room}`)).slice(0, 20)
}

/** Give the SHA-1 of *text*, each byte by itself in base 36. */
function digits(text: string): string {
  return [...sha1(utf8ToBytes(text))].map(byte => byte.toString(36)).join('')
}

function announceAgain(socket: WebSocket): void {
  const now = performance.now()
  if (now < (resting.get(socket) ?? 0)) return
  resting.set(socket, now + ANNOUNCE_SECONDS_MIN * 1_000)
  // Trystero takes this for a connection that is back, and announces its rooms there with the offers that still stand.
  socket.dispatchEvent(new Event('open'))
}

interface Said {
  readonly info_hash?: unknown
  readonly interval?: unknown
  readonly complete?: unknown
  readonly incomplete?: unknown
  readonly offer?: unknown
  readonly peer_id?: unknown
}

function read(data: unknown): Said {
  try {
    return Object(JSON.parse(String(data)))
  } catch {
    return {}
  }
}
