/**
 * New records while they are young: push to a few, announce to the rest, pull what is announced.
 *
 * The author pushes to `PUSH_NEIGHBOURS` peers that gave credit; everyone else announces the first 8 bytes of the id,
 * and who lacks the record asks the first announcer, then the next (docs/protocol.md, "Live records").
 */

import { after, earliest, type Moment, type Monotonic } from '../core/clock.ts'
import {
  ANNOUNCE_DELAY_SECONDS,
  ANNOUNCE_IDS_MAX,
  LIVE_ID_BYTES,
  PULL_PATIENCE_SECONDS,
  PULL_TIMEOUT_SECONDS,
  PULLS_MAX,
  PULLS_PER_PEER_MAX,
  PUSH_NEIGHBOURS,
  RECENT_RECORDS_MAX,
  RELAY_AGE_MAX_SECONDS,
} from '../core/limits.ts'
import type { Announce, Credit, Lacking, LiveMessage, Message, Pull } from '../core/message.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import type { PeerId } from '../core/signal.ts'
import type { News, Request, Send } from './effects.ts'
import { Inlet } from './inlet.ts'
import { Outlet } from './outlet.ts'
import { prefixOf, Recents } from './recents.ts'
import { Fault } from './strikes.ts'

export const ANNOUNCERS_MAX = 8

/** What goes to one neighbour, and what comes from it. */
interface Ends {
  readonly outlet: Outlet
  /** It understands `Lacking`. */
  readonly hasLacking: boolean
  readonly inlet: Inlet
  /** When it last gave something that we had asked it for. */
  gaveAt: Monotonic | null
  /** The channel has not taken what was sent to it. */
  isClogged: boolean
}

/** A record that was asked for. */
interface Asked {
  readonly peer: PeerId
  readonly begun: Monotonic
  due: Monotonic
  /** Whom to ask next, the first first. */
  readonly announcers: PeerId[]
}

/** A record that came and is on its way through intake, and who has it. */
interface Coming {
  /** When to believe no longer that it comes through. */
  readonly due: Monotonic
  readonly holders: Set<PeerId>
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
  readonly #neighbours = new Map<PeerId, Ends>()
  readonly #recents = new Recents()
  readonly #pulls = new Map<string, Asked>()
  /** How many of the pulls each peer was asked for. */
  readonly #asked = new Map<PeerId, number>()
  readonly #coming = new Map<string, Coming>()
  #toldAt: Monotonic | null = null
  #flushDue: Monotonic | null = null

  constructor({ rng, isRefused = () => false }: RelayOptions) {
    this.#rng = rng
    this.#isRefused = isRefused
  }

  /** Nothing is asked for and nothing waits for its time; what waits for credit is up to others. */
  get isIdle(): boolean {
    return this.#pulls.size === 0 && this.#flushDue === null
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    const [pull] = this.#pulls.values()
    const dues = [...this.#neighbours.values()].map(({ inlet }) => inlet.deadline)
    return earliest([pull?.due ?? null, this.#flushDue, ...dues])
  }

  /** Count *peer* among the neighbours; *hasLacking* says that it understands `Lacking`. */
  join(peer: PeerId, { hasLacking = true }: { hasLacking?: boolean } = {}): void {
    const outlet = new Outlet(peer, this.#recents)
    this.#neighbours.set(peer, { outlet, hasLacking, inlet: new Inlet(), gaveAt: null, isClogged: false })
  }

  /** Forget *peer*; what was asked of it is asked of the next announcer when due. */
  leave(peer: PeerId): void {
    this.#neighbours.delete(peer)
  }

  /** Say whether *record* is passed on one by one, rather than left to reconciliation. */
  isYoung(record: Record, now: Moment): boolean {
    return record.createdAt >= now.unix - RELAY_AGE_MAX_SECONDS
  }

  /**
   * Tell everyone who may lack the young records *news*, new here, each with its source: null for our own.
   *
   * The first after a quiet moment go out at once, those that follow wait for company.
   */
  passOn(news: Iterable<News>, now: Moment): Request[] {
    let isTold = false
    for (const [record, source] of news) isTold = this.#queue(record, source) || isTold
    if (!isTold) return []
    const due = this.#toldAt === null ? now.monotonic : after(this.#toldAt, ANNOUNCE_DELAY_SECONDS)
    if (now.monotonic >= due) return this.#flush(now)
    this.#flushDue = due
    return []
  }

  /** Keep no content of *ids*: they were purged. */
  forget(ids: Iterable<RecordId>): void {
    this.#recents.purge(ids)
  }

  /** Count the *blobs* that *peer* sent; a strike, and nobody looks at them, when they were not granted. */
  take(peer: PeerId, blobs: readonly Uint8Array[]): Request[] {
    return this.#neighbours.get(peer)?.inlet.takeRecords(blobs) ? [] : flood(peer)
  }

  /** Note that *records* came from *peer* and are on their way through intake: nobody is asked for them. */
  arrived(peer: PeerId, records: readonly Record[], now: Moment): void {
    for (const [prefix, { due }] of this.#coming) {
      if (this.#coming.size <= RECENT_RECORDS_MAX && due > now.monotonic) break
      this.#coming.delete(prefix)
    }
    const ends = this.#neighbours.get(peer)
    for (const record of records) {
      const prefix = prefixOf(record.id)
      const pull = this.#endPull(prefix)
      if (pull?.peer === peer && ends !== undefined) ends.gaveAt = now.monotonic
      if (this.#recents.get(prefix) !== undefined || this.#coming.has(prefix)) continue
      const holders = new Set([peer, ...(pull?.announcers ?? [])])
      this.#coming.set(prefix, { due: after(now.monotonic, PULL_PATIENCE_SECONDS), holders })
    }
  }

  /** Note that *size* bytes of live records of *peer* are dealt with, *refused* of them by a refusal. */
  dealt(peer: PeerId, size: number, refused: number, now: Moment): Request[] {
    return credit(peer, this.#neighbours.get(peer)?.inlet.dealt(size, refused, now))
  }

  /** Take what *peer* says of new records. */
  receive(peer: PeerId, message: LiveMessage | Credit | Lacking, now: Moment): Request[] {
    if (message.type === 'Announce') return this.announced(peer, message, now)
    if (message.type === 'Lacking') return this.lacked(peer, message.shortIds, now)
    return message.type === 'Pull' ? this.pulled(peer, message) : this.credited(peer, message.totalBytes)
  }

  /** Ask *peer* for what we lack, unless somebody was asked already; what we cannot ask for is left to sync. */
  announced(peer: PeerId, { prefixes }: Announce, now: Moment): Request[] {
    if (!this.#neighbours.get(peer)?.inlet.takeIds(prefixes.length)) return flood(peer)
    const effects: Request[] = []
    const lacking = prefixes.filter(prefix => this.#isLacking(prefix, peer))
    const asked = lacking.filter(prefix => this.#beginPull(prefix, peer, now, []))
    if (asked.length > 0) effects.push(send(peer, { type: 'Pull', prefixes: asked }))
    if (asked.length < lacking.length) effects.push({ type: 'LeaveToSync', peer })
    return [...effects, ...this.dealt(peer, prefixes.length * LIVE_ID_BYTES, 0, now)]
  }

  /** Give *peer* what it asks for, each record once, so that asking is no lever; say what is not at hand. */
  pulled(peer: PeerId, { prefixes }: Pull): Request[] {
    const ends = this.#neighbours.get(peer)
    const shortIds: string[] = []
    for (const prefix of prefixes) {
      const recent = this.#recents.get(prefix)
      if (recent === undefined || recent.record.wire.length === 0) shortIds.push(prefix)
      else if (!recent.holders.has(peer) && ends?.outlet.give(prefix, recent.record.wire)) recent.holders.add(peer)
    }
    const isTold = shortIds.length > 0 && ends?.hasLacking === true
    return [...(isTold ? [send(peer, { type: 'Lacking', round: 0, shortIds })] : []), ...this.#tell(peer)]
  }

  /** Ask others at once for what *peer* was asked for and has not got. */
  lacked(peer: PeerId, prefixes: readonly string[], now: Moment): Request[] {
    return this.#askOthers(new Set(prefixes.filter(prefix => this.#pulls.get(prefix)?.peer === peer)), now)
  }

  /** Go on telling *peer*, which has dealt with *total* bytes in all. */
  credited(peer: PeerId, total: number): Request[] {
    if (this.#neighbours.get(peer)?.outlet.credit(total)) return this.#tell(peer)
    return [{ type: 'Strike', peer, fault: Fault.LYING, reason: 'credit for bytes never sent' }]
  }

  /** Hold back what *peer* is still to be told. */
  clog(peer: PeerId): void {
    const ends = this.#neighbours.get(peer)
    if (ends !== undefined) ends.isClogged = true
  }

  /** Go on telling *peer*. */
  drain(peer: PeerId): Request[] {
    const ends = this.#neighbours.get(peer)
    if (ends === undefined) return []
    ends.isClogged = false
    return this.#tell(peer)
  }

  /** Tell what waited long enough, give back credit, and ask the next announcer for what did not come. */
  tick(now: Moment): Request[] {
    const effects = this.#flushDue !== null && now.monotonic >= this.#flushDue ? this.#flush(now) : []
    for (const [peer, { inlet }] of sorted(this.#neighbours)) effects.push(...credit(peer, inlet.tick(now)))
    return [...effects, ...this.#askAgain(now)]
  }

  /** Queue *record* for whoever may lack it; false when nobody does. */
  #queue(record: Record, source: PeerId | null): boolean {
    const prefix = prefixOf(record.id)
    this.#endPull(prefix)
    const { holders } = this.#recents.add(record)
    if (source !== null) holders.add(source)
    for (const peer of this.#coming.get(prefix)?.holders ?? []) holders.add(peer)
    this.#coming.delete(prefix)
    const others = [...this.#neighbours.keys()].filter(peer => !holders.has(peer)).sort()
    const pushed = source === null ? this.#rng.sample(others, Math.min(PUSH_NEIGHBOURS, others.length)) : []
    for (const peer of others) {
      const outlet = this.#neighbours.get(peer)?.outlet
      if (pushed.includes(peer) && outlet?.hasCredit(record.wire) && outlet.give(prefix, record.wire)) holders.add(peer)
      else outlet?.announce(prefix)
    }
    return others.length > 0
  }

  /** Say to *peer* what its credit allows. */
  #tell(peer: PeerId): Request[] {
    const ends = this.#neighbours.get(peer)
    if (ends === undefined) return []
    const { outlet, isClogged } = ends
    const effects: Request[] = isClogged ? [] : outlet.nextMessages().map(message => send(peer, message))
    if (outlet.isBehind) effects.push({ type: 'LeaveToSync', peer })
    outlet.isBehind = false
    return effects
  }

  #flush(now: Moment): Request[] {
    this.#toldAt = now.monotonic
    this.#flushDue = null
    return sorted(this.#neighbours).flatMap(([peer]) => this.#tell(peer))
  }

  /** Note that *peer* has the record of *prefix*; say whether we lack it and have asked nobody. */
  #isLacking(prefix: string, peer: PeerId): boolean {
    const known = this.#recents.get(prefix) ?? this.#coming.get(prefix)
    const pull = this.#pulls.get(prefix)
    known?.holders.add(peer)
    if (pull !== undefined && pull.announcers.length < ANNOUNCERS_MAX) pull.announcers.push(peer)
    return known === undefined && pull === undefined && !this.#isRefused(prefix)
  }

  /** Note that *peer* is asked for the record of *prefix*; false when it cannot be. */
  #beginPull(prefix: string, peer: PeerId, now: Moment, announcers: PeerId[]): boolean {
    const asked = this.#asked.get(peer) ?? 0
    // What one peer announces shall not keep us from asking the others.
    if (this.#pulls.size >= PULLS_MAX || asked >= PULLS_PER_PEER_MAX) return false
    const due = after(now.monotonic, PULL_TIMEOUT_SECONDS)
    this.#pulls.set(prefix, { peer, begun: now.monotonic, due, announcers })
    this.#asked.set(peer, asked + 1)
    return true
  }

  /** Let go of a pull, and give it, if there is one. */
  #endPull(prefix: string): Asked | undefined {
    const pull = this.#pulls.get(prefix)
    if (pull === undefined) return pull
    this.#pulls.delete(prefix)
    const left = (this.#asked.get(pull.peer) ?? 0) - 1
    if (left > 0) this.#asked.set(pull.peer, left)
    else this.#asked.delete(pull.peer)
    return pull
  }

  #askAgain(now: Moment): Request[] {
    const late: string[] = []
    // What is waited for or asked again goes to the end with a later due time, so the walk ends before it.
    for (const [prefix, pull] of this.#pulls) {
      if (pull.due > now.monotonic) break
      if (this.#isGiving(pull, now)) {
        pull.due = after(now.monotonic, PULL_TIMEOUT_SECONDS)
        this.#pulls.delete(prefix)
        this.#pulls.set(prefix, pull)
      } else late.push(prefix)
    }
    return this.#askOthers(late, now)
  }

  #askOthers(prefixes: Iterable<string>, now: Moment): Request[] {
    const asked = new Map<PeerId, string[]>()
    for (const prefix of prefixes) {
      const pull = this.#endPull(prefix)
      if (pull === undefined) continue
      const at = pull.announcers.findIndex(peer => this.#neighbours.has(peer))
      const [following] = at === -1 ? [] : pull.announcers.splice(at, 1)
      if (following === undefined || !this.#beginPull(prefix, following, now, pull.announcers)) continue
      asked.set(following, [...(asked.get(following) ?? []), prefix])
    }
    const effects: Request[] = []
    for (const [peer, prefixes] of sorted(asked)) {
      while (prefixes.length > 0) {
        effects.push(send(peer, { type: 'Pull', prefixes: prefixes.splice(0, ANNOUNCE_IDS_MAX) }))
      }
    }
    return effects
  }

  /** Say whether who was asked gives other records meanwhile, or waits for us: then it is not asked in vain. */
  #isGiving({ peer, begun }: Asked, now: Moment): boolean {
    const ends = this.#neighbours.get(peer)
    if (ends === undefined || now.monotonic >= after(begun, PULL_PATIENCE_SECONDS)) return false
    return ends.inlet.isDealing || (ends.gaveAt !== null && now.monotonic < after(ends.gaveAt, PULL_TIMEOUT_SECONDS))
  }
}

function send(peer: PeerId, message: Message): Send {
  return { type: 'Send', peer, message }
}

function flood(peer: PeerId): Request[] {
  return [{ type: 'Strike', peer, fault: Fault.FLOOD, reason: 'more than was granted' }]
}

function credit(peer: PeerId, totalBytes: number | null | undefined): Request[] {
  return totalBytes == null ? [] : [send(peer, { type: 'Credit', round: 0, totalBytes })]
}

/** Give the entries of *map* in the order of their peers' ids. */
function sorted<Value>(map: Map<PeerId, Value>): [PeerId, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1))
}
