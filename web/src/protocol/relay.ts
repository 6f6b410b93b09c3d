/**
 * New records while they are young: push to a few, announce to the rest, pull what is announced.
 *
 * The author pushes to `PUSH_NEIGHBOURS` peers; everyone else announces the first 8 bytes of the id, and who lacks
 * the record asks the first announcer, then the next (docs/protocol.md, "Live records").
 */

import { Allowance } from '../core/allowance.ts'
import { after, earliest, type Moment, type Monotonic } from '../core/clock.ts'
import {
  ANNOUNCE_DELAY_SECONDS,
  ANNOUNCE_IDS_MAX,
  ANNOUNCED_IDS_BURST_MAX,
  ANNOUNCED_IDS_PER_SECOND_MAX,
  PULL_TIMEOUT_SECONDS,
  PULLS_MAX,
  PULLS_PER_PEER_MAX,
  PUSH_NEIGHBOURS,
  RECENT_BYTES_MAX,
  RECENT_RECORDS_MAX,
  RELAY_AGE_MAX_SECONDS,
} from '../core/limits.ts'
import type { Announce, LiveMessage, Message, Pull } from '../core/message.ts'
import { type Record, type RecordId, shellOf } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request, Send } from './effects.ts'
import { Fault } from './strikes.ts'
import { takeFrame } from './transfer.ts'

export const PREFIX_BYTES = 8
export const ANNOUNCERS_MAX = 8

/** A record that can still be pulled, and who has it. */
interface Recent {
  record: Record
  readonly holders: Set<PeerId>
}

/** A record that was asked for. */
interface Asked {
  readonly peer: PeerId
  readonly due: Monotonic
  /** Whom to ask next, the first first. */
  readonly announcers: PeerId[]
}

/** What a relay is made of. */
export interface RelayOptions {
  readonly rng: Rng
  /** Says whether a prefix begins the id of a record refused before; nothing was when absent. */
  readonly isRefused?: (prefix: string) => boolean
}

/** The machine of one room; the node names the established peers by `join` and `leave`. */
export class LiveRelay {
  readonly #rng: Rng
  readonly #isRefused: (prefix: string) => boolean
  readonly #neighbours = new Set<PeerId>()
  readonly #recents = new Map<string, Recent>()
  #recentBytes = 0
  readonly #pulls = new Map<string, Asked>()
  /** How many of the pulls each peer was asked for. */
  readonly #asked = new Map<PeerId, number>()
  /** How many ids each neighbour may announce. */
  readonly #allowances = new Map<PeerId, Allowance>()
  readonly #pushes = new Map<PeerId, Uint8Array[]>()
  readonly #announcements = new Map<PeerId, string[]>()
  #flushDue: Monotonic | null = null

  constructor({ rng, isRefused = () => false }: RelayOptions) {
    this.#rng = rng
    this.#isRefused = isRefused
  }

  /** Nothing is asked for and nothing waits to be told. */
  get isIdle(): boolean {
    return this.#pulls.size === 0 && this.#flushDue === null
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    const [pull] = this.#pulls.values()
    return earliest([pull?.due ?? null, this.#flushDue])
  }

  /** Count *peer* among the neighbours. */
  join(peer: PeerId): void {
    this.#neighbours.add(peer)
    this.#allowances.set(peer, new Allowance(ANNOUNCED_IDS_PER_SECOND_MAX, ANNOUNCED_IDS_BURST_MAX))
  }

  /** Forget *peer*; what was asked of it is asked of the next announcer when due. */
  leave(peer: PeerId): void {
    this.#neighbours.delete(peer)
    this.#allowances.delete(peer)
    this.#pushes.delete(peer)
    this.#announcements.delete(peer)
  }

  /** Say whether *record* is passed on one by one, rather than left to reconciliation. */
  isYoung(record: Record, now: Moment): boolean {
    return record.createdAt >= now.unix - RELAY_AGE_MAX_SECONDS
  }

  /** Queue the young *record*, new here, for everyone who may lack it; *source* null means our own. */
  passOn(record: Record, source: PeerId | null, now: Moment): void {
    const prefix = prefixOf(record.id)
    this.#endPull(prefix)
    const { holders } = this.#remember(prefix, record)
    if (source !== null) holders.add(source)
    const others = [...this.#neighbours].filter(peer => !holders.has(peer)).sort()
    const pushed = source === null ? this.#rng.sample(others, Math.min(PUSH_NEIGHBOURS, others.length)) : []
    for (const peer of pushed) {
      holders.add(peer)
      append(this.#pushes, peer, record.wire)
    }
    for (const peer of others) {
      if (!holders.has(peer)) append(this.#announcements, peer, prefix)
    }
    if (others.length > 0) this.#flushDue ??= after(now.monotonic, ANNOUNCE_DELAY_SECONDS)
  }

  /** Keep no content of *ids*: they were purged. They stay known, so that they are not asked for again. */
  forget(ids: Iterable<RecordId>): void {
    for (const id of ids) {
      const recent = this.#recents.get(prefixOf(id))
      if (recent === undefined) continue
      const { author, createdAt, kind, wire } = recent.record
      this.#recentBytes -= wire.length
      recent.record = shellOf(recent.record.id, author, createdAt, kind)
    }
  }

  /** Note that *records* came from *peer*, and need not be pulled any more; give those it was asked for. */
  arrived(peer: PeerId, records: readonly Record[]): ReadonlySet<RecordId> {
    return new Set(records.map(({ id }) => id).filter(id => this.#endPull(prefixOf(id)) === peer))
  }

  /** Take what *peer* says of new records. */
  receive(peer: PeerId, message: LiveMessage, now: Moment): Request[] {
    return message.type === 'Announce' ? this.announced(peer, message, now) : this.pulled(peer, message)
  }

  /** Ask *peer* for what we lack, unless somebody was asked already. */
  announced(peer: PeerId, { prefixes }: Announce, now: Moment): Request[] {
    if (prefixes.length > ANNOUNCE_IDS_MAX) {
      const reason = `more than ${ANNOUNCE_IDS_MAX} ids announced at once`
      return [{ type: 'Strike', peer, fault: Fault.FLOOD, reason }]
    }
    if (!this.#allowances.get(peer)?.spend(prefixes.length, now)) {
      const reason = `more than ${ANNOUNCED_IDS_PER_SECOND_MAX} ids announced a second`
      return [{ type: 'Strike', peer, fault: Fault.FLOOD, reason }]
    }
    const asked = prefixes.filter(prefix => this.#isToAsk(prefix, peer, now))
    return asked.length > 0 ? [send(peer, { type: 'Pull', prefixes: asked })] : []
  }

  /** Give *peer* what it asks for; each record once, so that asking is no lever. */
  pulled(peer: PeerId, { prefixes }: Pull): Request[] {
    const blobs: Uint8Array[] = []
    for (const prefix of prefixes) {
      const recent = this.#recents.get(prefix)
      if (recent === undefined || recent.record.wire.length === 0 || recent.holders.has(peer)) continue
      recent.holders.add(peer)
      blobs.push(recent.record.wire)
    }
    return cutBlobs(blobs).map(frame => send(peer, { type: 'Records', round: 0, blobs: frame }))
  }

  /** Tell what waited long enough, and ask the next announcer for what did not come. */
  tick(now: Moment): Request[] {
    const effects: Request[] = []
    if (this.#flushDue !== null && now.monotonic >= this.#flushDue) {
      this.#flushDue = null
      effects.push(...this.#flush())
    }
    return [...effects, ...this.#askAgain(now)]
  }

  /** Note that *peer* has the record of *prefix*; say whether it is to be asked for it now. */
  #isToAsk(prefix: string, peer: PeerId, now: Moment): boolean {
    const recent = this.#recents.get(prefix)
    if (recent !== undefined) {
      recent.holders.add(peer)
      return false
    }
    const pull = this.#pulls.get(prefix)
    if (pull !== undefined) {
      if (pull.announcers.length < ANNOUNCERS_MAX) pull.announcers.push(peer)
      return false
    }
    if (!this.#mayPull(peer) || this.#isRefused(prefix)) return false
    this.#beginPull(prefix, { peer, due: after(now.monotonic, PULL_TIMEOUT_SECONDS), announcers: [] })
    return true
  }

  #mayPull(peer: PeerId): boolean {
    // What one peer announces shall not keep us from asking the others.
    return this.#pulls.size < PULLS_MAX && (this.#asked.get(peer) ?? 0) < PULLS_PER_PEER_MAX
  }

  #beginPull(prefix: string, pull: Asked): void {
    this.#pulls.set(prefix, pull)
    this.#asked.set(pull.peer, (this.#asked.get(pull.peer) ?? 0) + 1)
  }

  /** Let go of a pull; give who was asked, if anyone. */
  #endPull(prefix: string): PeerId | null {
    const pull = this.#pulls.get(prefix)
    if (pull === undefined) return null
    this.#pulls.delete(prefix)
    const left = (this.#asked.get(pull.peer) ?? 0) - 1
    if (left > 0) this.#asked.set(pull.peer, left)
    else this.#asked.delete(pull.peer)
    return pull.peer
  }

  #remember(prefix: string, record: Record): Recent {
    let recent = this.#recents.get(prefix)
    if (recent === undefined) {
      recent = { record, holders: new Set() }
      this.#recents.set(prefix, recent)
      this.#recentBytes += record.wire.length
    }
    for (const [oldest, { record: old }] of this.#recents) {
      if (this.#recents.size <= RECENT_RECORDS_MAX && this.#recentBytes <= RECENT_BYTES_MAX) break
      this.#recents.delete(oldest)
      this.#recentBytes -= old.wire.length
    }
    return recent
  }

  #flush(): Request[] {
    const effects: Request[] = []
    for (const [peer, pushed] of sorted(this.#pushes)) {
      for (const blobs of cutBlobs(pushed)) effects.push(send(peer, { type: 'Records', round: 0, blobs }))
    }
    for (const [peer, prefixes] of sorted(this.#announcements)) {
      for (let at = 0; at < prefixes.length; at += ANNOUNCE_IDS_MAX) {
        effects.push(send(peer, { type: 'Announce', prefixes: prefixes.slice(at, at + ANNOUNCE_IDS_MAX) }))
      }
    }
    this.#pushes.clear()
    this.#announcements.clear()
    return effects
  }

  #askAgain(now: Moment): Request[] {
    const asked = new Map<PeerId, string[]>()
    // What is asked again goes to the end with a later due time, so the walk ends before it.
    for (const [prefix, pull] of this.#pulls) {
      if (pull.due > now.monotonic) break
      this.#endPull(prefix)
      const at = pull.announcers.findIndex(peer => this.#neighbours.has(peer))
      const [following] = at === -1 ? [] : pull.announcers.splice(at, 1)
      if (following === undefined) continue
      const due = after(now.monotonic, PULL_TIMEOUT_SECONDS)
      this.#beginPull(prefix, { peer: following, due, announcers: pull.announcers })
      append(asked, following, prefix)
    }
    return sorted(asked).map(([peer, prefixes]) => send(peer, { type: 'Pull', prefixes }))
  }
}

/** Cut *blobs* into messages of about `FRAME_BYTES_MAX`. */
export function cutBlobs(blobs: Iterable<Uint8Array>): (readonly Uint8Array[])[] {
  const left = [...blobs]
  const frames = []
  while (left.length > 0) frames.push(takeFrame(left))
  return frames
}

function prefixOf(id: RecordId): string {
  return id.slice(0, 2 * PREFIX_BYTES)
}

function send(peer: PeerId, message: Message): Send {
  return { type: 'Send', peer, message }
}

function append<Item>(lists: Map<PeerId, Item[]>, peer: PeerId, item: Item): void {
  const list = lists.get(peer)
  if (list === undefined) lists.set(peer, [item])
  else list.push(item)
}

/** Give the entries of *lists* in the order of their peers' ids. */
function sorted<Item>(lists: Map<PeerId, Item[]>): [PeerId, Item[]][] {
  return [...lists].sort(([one], [other]) => (one < other ? -1 : 1))
}
