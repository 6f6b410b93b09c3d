/** The tab that is the peer: serves the room's other tabs, which follow it. */

import { type Line, openLine, takeSeat } from '../adapters/tabs.ts'
import { pause } from '../adapters/turns.ts'
import type { RoomEvent } from '../notices.ts'
import { Audience } from './audience.ts'
import type { Traffic } from './driver.ts'
import type { Peer } from './peer.ts'
import { type Status, statusOf } from './status.ts'

/** Changes that nobody is told of by an event are passed on so often. */
export const STATUS_INTERVAL_MILLISECONDS = 200

/** What all tabs hear: somebody leads from now on, or wants to follow under a name of its own. */
export type Call = { readonly type: 'leads' } | { readonly type: 'hello'; readonly id: string }

/** What a follower asks; every question is answered by its number. */
export interface Ask {
  readonly number: number
  readonly part: keyof typeof ASKED
  readonly method: string
  readonly given: readonly unknown[]
}

/** What a follower is told. */
export type Word =
  | {
      readonly type: 'welcome'
      readonly status: Status
      readonly retentionSeconds: number
      /** The secret key of all tabs that were given none; null when this one was given its own. */
      readonly secret: Uint8Array | null
    }
  /** The peer is not open yet. */
  | { readonly type: 'wait' }
  | { readonly type: 'news'; readonly events: readonly RoomEvent[]; readonly status: Status }
  | { readonly type: 'traffic'; readonly traffic: Traffic }
  | { readonly type: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly number: number; readonly name: string; readonly message: string }

/** What followers may ask of each part of the peer. */
export const ASKED = {
  store: ['get', 'query', 'marks', 'entries', 'named', 'versions', 'sums', 'notes', 'note'],
  moderation: ['explain', 'judged', 'release', 'purge', 'mute', 'unmute', 'ban', 'lift'],
  driver: ['take'],
  voice: ['tell'],
  guests: ['here'],
  bytes: ['note', 'admit', 'put', 'abandon', 'piece', 'letGo', 'fetch', 'forget'],
  /** These are what its documents say. */
  documents: null,
  tab: ['status', 'watch'],
} as const

/** Serves one group of tabs: those that agree on a room and all its settings. */
export class Leader {
  readonly #name: string
  readonly #secret: Uint8Array | null
  readonly #calls: Line
  readonly #followers = new Map<string, Follower>()
  readonly #ending = new AbortController()
  #peer: Peer | null = null
  #news: RoomEvent[] = []
  #isDue = false
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Hear who wants to follow, from now on. */
  constructor(name: string, secret: Uint8Array | null) {
    this.#name = name
    this.#secret = secret
    this.#calls = openLine(name, call => this.#called(call as Call))
    this.#calls.say({ type: 'leads' } satisfies Call)
  }

  /** Serve *peer* to all who wait, and to who comes later. */
  serve(peer: Peer): void {
    this.#peer = peer
    for (const follower of this.#followers.values()) this.#welcome(follower)
  }

  /** Serve nobody any more. */
  close(): void {
    this.#peer = null
    this.#ending.abort('over')
    clearTimeout(this.#timer)
    this.#calls.close()
    for (const id of [...this.#followers.keys()]) this.#drop(id)
  }

  /** Pass on what happened. */
  tell(event: RoomEvent): void {
    if (this.#followers.size === 0) return
    this.#news.push(event)
    if (this.#isDue) return
    this.#isDue = true
    void pause().then(() => this.#flush())
  }

  /** Pass on soon how the peer stands. */
  step(): void {
    if (this.#followers.size === 0) return
    this.#timer ??= setTimeout(() => this.#flush(), STATUS_INTERVAL_MILLISECONDS)
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDue = false
    // What happens while it is opened is told with the welcome.
    if (this.#peer === null) return
    const events = this.#news.splice(0)
    const status = statusOf(this.#peer)
    for (const { line } of this.#followers.values()) line.say({ type: 'news', events, status } satisfies Word)
  }

  #called(call: Call): void {
    if (call.type !== 'hello') return
    const follower = this.#followers.get(call.id) ?? this.#admit(call.id)
    this.#welcome(follower)
  }

  #admit(id: string): Follower {
    const line = openLine(`${this.#name}/${id}`, ask => void this.#asked(follower, ask as Ask))
    const follower: Follower = { line, unwatch: null }
    this.#followers.set(id, follower)
    // A tab that is gone has left its seat, however it went.
    void takeSeat(`${this.#name}/${id}`, { how: 'wait', signal: this.#ending.signal }).then(seat => {
      seat?.leave()
      if (seat !== null) this.#drop(id)
    })
    return follower
  }

  #welcome({ line }: Follower): void {
    const peer = this.#peer
    if (peer === null) return line.say({ type: 'wait' } satisfies Word)
    // What happened before is in the store, or it is told first.
    this.#flush()
    const { retentionSeconds } = peer
    line.say({ type: 'welcome', status: statusOf(peer), retentionSeconds, secret: this.#secret } satisfies Word)
  }

  #drop(id: string): void {
    const follower = this.#followers.get(id)
    this.#followers.delete(id)
    follower?.unwatch?.()
    follower?.line.close()
  }

  async #asked(follower: Follower, { number, part, method, given }: Ask): Promise<void> {
    const peer = this.#peer
    if (peer === null || ASKED[part]?.includes(method as never) === false) return
    if (part === 'tab') return this.#serveTab(peer, follower, method, given)
    const word = await answer(peer, { number, part, method, given })
    // What it changed is told first, to all.
    if (part === 'moderation' || part === 'voice') this.#flush()
    if (this.#peer === peer) follower.line.say(word)
  }

  #serveTab(peer: Peer, follower: Follower, method: string, [isWatching]: readonly unknown[]): void {
    const { line } = follower
    if (method === 'status') return line.say({ type: 'news', events: [], status: statusOf(peer) } satisfies Word)
    follower.unwatch?.()
    follower.unwatch =
      isWatching === true ? watch(peer, traffic => line.say({ type: 'traffic', traffic } satisfies Word)) : null
  }
}

interface Follower {
  readonly line: Line
  unwatch: (() => void) | null
}

async function answer(peer: Peer, { number, part, method, given }: Ask): Promise<Word> {
  try {
    return { type: 'answer', number, value: await perform(peer, part, method, given) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    return { type: 'refusal', number, name, message }
  }
}

/** Ask a part of *peer*: its methods by name, as they came from another tab of the same program. */
export async function perform(
  peer: Peer,
  part: Ask['part'],
  method: string,
  given: readonly unknown[],
): Promise<unknown> {
  if (part === 'tab') return null
  if (part === 'documents') {
    return await (await import('../data/distant.ts')).serve(await peer.parts.documents(), method, given)
  }
  const whom = part === 'voice' ? peer.voice : peer.parts[part]
  const asked = whom as unknown as { [name: string]: (...given: readonly unknown[]) => unknown } | null
  return await asked?.[method]?.(...given)
}

function watch(peer: Peer, watcher: (traffic: Traffic) => void): () => void {
  return new Audience().watch(watcher, peer.parts.watchers, peer.parts.driver)
}
