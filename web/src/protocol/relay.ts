/**
 * New records while they are young: push along branches, announce to others, pull what was announced and did not come.
 *
 * Branches are the neighbours from which records come first: they make a tree over the whole room, along which each
 * record goes once. A push in vain ends a branch, a pull begins one (docs/protocol.md, "Live records").
 */

import { after, earliest, type Moment, type Monotonic } from '../core/clock.ts'
import {
  ANNOUNCE_LATER_SECONDS,
  ANNOUNCE_NEIGHBOURS,
  LIVE_ID_BYTES,
  PULL_PATIENCE_SECONDS,
  PULL_TIMEOUT_SECONDS,
  PUSH_NEIGHBOURS,
  RELAY_AGE_MAX_SECONDS,
} from '../core/limits.ts'
import type { Announce, Credit, Lacking, LiveMessage, Pull, Records } from '../core/message.ts'
import { decodeRecord, type Record, type RecordId } from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import type { PeerId } from '../core/signal.ts'
import { Comings } from './coming.ts'
import { Company } from './company.ts'
import type { News, Request } from './effects.ts'
import { Ends, LONG_AGO } from './ends.ts'
import type { Fetching } from './fetching.ts'
import type { Purse } from './giving.ts'
import { Bite, type Budget } from './health.ts'
import type { Mesh } from './mesh.ts'
import type { Pulls } from './pulls.ts'
import { prefixOf, type Recent, Recents } from './recents.ts'
import { Fault } from './strikes.ts'
import { ask, credit, flood, send, sorted } from './telling.ts'

/** What a relay is made of. */
export interface RelayOptions {
  readonly rng: Rng
  /** Says whether a prefix begins the id of a record refused before. */
  readonly isRefused: (prefix: string) => boolean
  readonly fetching: Fetching
  /** Is told of who told us of a record, found valid, before we told it. */
  readonly mesh: Pick<Mesh, 'vouched' | 'ways'>
}

/** The machine of one room; the node names the established peers by `join` and `leave`. */
export class LiveRelay {
  readonly #rng: Rng
  readonly #isRefused: (prefix: string) => boolean
  readonly #mesh: RelayOptions['mesh']
  readonly #neighbours = new Map<PeerId, Ends>()
  readonly #recents = new Recents()
  readonly #pulls: Pulls
  readonly #coming = new Comings()
  /** When those are told that wait for company, the first first. */
  readonly #later = new Map<PeerId, Monotonic>()
  readonly #company = new Company(hasIds => sorted(this.#neighbours).flatMap(([peer]) => this.#tell(peer, hasIds)))
  readonly #bite = new Bite()
  readonly fetching: Fetching

  constructor({ rng, isRefused, fetching, mesh }: RelayOptions) {
    this.#mesh = mesh
    this.#pulls = mesh.ways.pulls
    this.fetching = fetching
    this.#rng = rng
    this.#isRefused = isRefused
  }

  /** Nothing is asked for and nothing waits for its time; what waits for credit is up to others. */
  get isIdle(): boolean {
    return this.#pulls.size === 0 && this.#company.deadline === null
  }

  /** How many neighbours bring more than we take of each. */
  get budget(): Budget {
    const slowed = [...this.#neighbours.values()].filter(({ inlet }) => inlet.isSlowed).length
    if (slowed === 0) this.#bite.ease()
    return this.#bite.budget('rate', slowed, this.#neighbours.size)
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    const [later] = this.#later.values()
    const dues = [...this.#neighbours.values()].map(({ inlet }) => inlet.deadline)
    const fetching = this.fetching.wanting?.deadline ?? null
    return earliest([this.#pulls.deadline, later ?? null, fetching, this.#company.deadline, ...dues])
  }

  /** Count *peer* among the neighbours; *hasLacking* says that it understands `Lacking`. */
  join(peer: PeerId, { hasLacking = true, purse }: { hasLacking?: boolean; purse?: Purse } = {}): void {
    this.fetching.join(peer, purse)
    this.#neighbours.set(peer, new Ends(peer, this.#recents, hasLacking))
  }

  /** Forget *peer*; what was asked of it is asked of the next announcer when due, another way taken at once. */
  leave(peer: PeerId): Request[] {
    this.fetching.leave(peer)
    this.#neighbours.delete(peer)
    this.#later.delete(peer)
    return this.#mesh.ways.around(peer, this.#neighbours)
  }

  /** Say whether *record* is passed on one by one, rather than left to reconciliation. */
  isYoung(record: Record, now: Moment): boolean {
    return record.createdAt >= now.unix - RELAY_AGE_MAX_SECONDS
  }

  /**
   * Tell everyone who may lack the young records *news*, new here, each with its source: null for our own.
   *
   * The first after a quiet moment go out at once, those that follow wait for company, ours less long.
   */
  passOn(news: Iterable<News>, now: Moment): Request[] {
    for (const [record, source] of news) if (this.#queue(record, source, now)) this.#company.wait(source === null)
    return this.#company.go(now)
  }

  /** Keep no content of *ids*: they were purged. */
  forget(ids: Iterable<RecordId>): void {
    this.#recents.purge(ids)
  }

  /** Count the *blobs* that *peer* sent; a strike, and nobody looks at them, when they were not granted. */
  take(peer: PeerId, blobs: readonly Uint8Array[]): Request[] {
    return this.#neighbours.get(peer)?.inlet.takeRecords(blobs) ? [] : flood(peer)
  }

  /**
   * Note that *records* of round *round* came from *peer* and go through intake now: nobody is asked for them.
   *
   * Who pushed what was here, or on its way, shall push no more; who pushed what was not may go on.
   */
  arrived(peer: PeerId, { round }: Pick<Records, 'round'>, records: readonly Record[], now: Moment): Request[] {
    this.#coming.forget(now.monotonic)
    const ends = this.#neighbours.get(peer)
    if (ends === undefined) return []
    const shorter: Request[] = []
    for (const record of records) {
      if ((round !== 0 && !this.isYoung(record, now)) || this.fetching.wanting?.wants(record.id)) continue
      const prefix = prefixOf(record.id)
      const pull = this.#pulls.end(prefix)
      if (pull?.isAsked && pull.peer === peer) ends.gaveAt = now.monotonic
      const known = this.#recents.get(prefix) ?? this.#coming.get(prefix)
      if (round === 0) ends.isBranch = known === undefined && shorter.length === 0
      if (known === undefined) {
        const holders = new Set(pull && [pull.peer, ...pull.announcers])
        const overtaken = round === 0 && !holders.has(peer) ? pull : undefined
        shorter.push(...this.#mesh.ways.came(peer, prefix, overtaken, this.#neighbours, now))
        this.#coming.begin(prefix, holders.add(peer), now.monotonic)
      } else if (round === 0 && !known.holders.has(peer)) {
        this.#hasKnown(peer, prefix, now)
        ends.outlet.refer(prefix)
      }
    }
    return [...shorter, ...this.#tell(peer)]
  }

  /** Note that *size* bytes of live records of *peer*, as much work as *toll* more, are dealt with or *refused*. */
  dealt(peer: PeerId, size: number, refused: number, now: Moment, toll = 0): Request[] {
    const inlet = this.#neighbours.get(peer)?.inlet
    if (inlet === undefined) return []
    const wasSlowed = inlet.isSlowed
    const total = inlet.dealt(size, refused, now, toll)
    if (inlet.isSlowed && !wasSlowed) this.#bite.bite(now.unix)
    return credit(peer, total)
  }

  /** Take what *peer* says of new records. */
  receive(peer: PeerId, message: LiveMessage | Credit | Lacking, now: Moment): Request[] {
    if (message.type === 'Announce') return this.announced(peer, message, now)
    if (message.type === 'Fetch') return this.fetching.asked(peer, message, now)
    if (message.type === 'Lacking') {
      return [
        ...this.lacked(peer, message.shortIds, now),
        ...(this.fetching.wanting?.lacked(peer, message.shortIds, now) ?? []),
      ]
    }
    return message.type === 'Pull' ? this.pulled(peer, message) : this.credited(peer, message.totalBytes)
  }

  /** Ask *peer* for what we lack, unless somebody was asked already; what we cannot ask for is left to sync. */
  announced(peer: PeerId, { prefixes }: Announce, now: Moment): Request[] {
    const ends = this.#neighbours.get(peer)
    if (!ends?.inlet.takeIds(prefixes.length)) return flood(peer)
    const expected = [...this.#neighbours].filter(([name, { isExpected }]) => isExpected && name !== peer)
    const lacking = prefixes.filter(prefix => this.#isLacking(prefix, peer, now))
    const begun = lacking.filter(prefix => this.#pulls.begin(prefix, peer, now, false))
    // Nobody may push it: whoever might tells of it instead.
    const overdue = prefixes.filter(prefix => {
      const pull = this.#pulls.get(prefix)
      return pull?.isAsked === false && expected.every(([name]) => pull.announcers.includes(name))
    })
    const left: Request[] = begun.length < lacking.length ? [{ type: 'LeaveToSync', peer }] : []
    const dealt = this.dealt(peer, prefixes.length * LIVE_ID_BYTES, 0, now)
    return [...this.#askOthers(overdue, now), ...left, ...dealt]
  }

  /** Give *peer* what it asks for, each record once, so that asking is no lever; say what is not at hand. */
  pulled(peer: PeerId, { prefixes }: Pull): Request[] {
    const ends = this.#neighbours.get(peer)
    const shortIds: string[] = []
    if (ends !== undefined && prefixes.length === 0) ends.isBranch = true
    for (const prefix of prefixes) {
      const recent = this.#recents.get(prefix)
      if (!recent?.wire.length) shortIds.push(prefix)
      else if (!recent.holders.has(peer) && ends?.outlet.give(recent)) {
        recent.holders.add(peer)
        ends.isBranch = true
      }
    }
    const isTold = shortIds.length > 0 && ends?.hasLacking === true
    return [...(isTold ? [send(peer, { type: 'Lacking', round: 0, shortIds })] : []), ...this.#tell(peer)]
  }

  /** Ask others at once for what *peer* was asked for and has not got. */
  lacked(peer: PeerId, prefixes: readonly string[], now: Moment): Request[] {
    return this.#askOthers(
      prefixes.filter(prefix => this.#pulls.get(prefix)?.peer === peer),
      now,
    )
  }

  /** Give *peer* what it fetched, as far as it gives credit. */
  loaded(peer: PeerId, blobs: readonly Uint8Array[]): Request[] {
    const [found, effects] = this.fetching.loaded(peer, blobs)
    for (const blob of found) this.#neighbours.get(peer)?.outlet.give(this.#recents.add(decodeRecord(blob)))
    return [...effects, ...this.#tell(peer)]
  }

  /** Go on telling *peer*, which has dealt with *total* bytes in all. */
  credited(peer: PeerId, total: number): Request[] {
    if (this.#neighbours.get(peer)?.outlet.credit(total)) return this.#tell(peer)
    return [{ type: 'Strike', peer, fault: Fault.LYING, reason: 'credit for bytes never sent' }]
  }

  /** Hold back what *peer* is still to be told. */
  clog(peer: PeerId, isClogged = true): void {
    const ends = this.#neighbours.get(peer)
    if (ends !== undefined) ends.isClogged = isClogged
  }

  /** Go on telling *peer*. */
  drain(peer: PeerId): Request[] {
    this.clog(peer, false)
    return this.#tell(peer)
  }

  /** Tell what waited long enough, give back credit, and ask the next announcer for what did not come. */
  tick(now: Moment): Request[] {
    const effects = this.#company.go(now)
    for (const [peer, due] of this.#later) {
      if (due > now.monotonic) break
      this.#later.delete(peer)
      this.#neighbours.get(peer)?.outlet.hasten()
      effects.push(...this.#tell(peer))
    }
    for (const [peer, { inlet }] of sorted(this.#neighbours)) effects.push(...credit(peer, inlet.tick(now)))
    return [...effects, ...(this.fetching.wanting?.tick(now) ?? []), ...this.#askAgain(now)]
  }

  /** Queue *record* for whoever may lack it; false when nobody does. */
  #queue(record: Record, source: PeerId | null, now: Moment): boolean {
    const prefix = prefixOf(record.id)
    this.#pulls.end(prefix)
    const recent = this.#recents.add(record)
    recent.isOurs = source === null
    const { holders } = recent
    for (const peer of this.#coming.get(prefix)?.holders ?? []) {
      if (peer !== source && !holders.has(peer)) this.#mesh.vouched(peer, now.monotonic)
      holders.add(peer)
    }
    this.#coming.delete(prefix)
    if (source !== null) holders.add(source)
    const others = [...this.#neighbours.keys()].filter(peer => !holders.has(peer)).sort()
    if (others.length === 0) return false
    recent.pushed = new Set(this.#along(others, source).filter(peer => this.#push(recent, peer)))
    for (const peer of recent.pushed) holders.add(peer)
    const untold = others.filter(peer => !holders.has(peer))
    // Ours is known to nobody, and what comes straight from us comes first; so do the first ways of a newcomer.
    const isForAll = source === null || this.#mesh.ways.isYoung
    const soon = isForAll ? untold : this.#rng.sample(untold, Math.min(ANNOUNCE_NEIGHBOURS, untold.length))
    for (const peer of untold) {
      const isUrgent = soon.includes(peer)
      this.#neighbours.get(peer)?.outlet.announce(prefix, isUrgent)
      if (!isUrgent && !this.#later.has(peer)) this.#later.set(peer, after(now.monotonic, ANNOUNCE_LATER_SECONDS))
    }
    return true
  }

  /** Choose to whom of *others* a record is pushed: along branches, or to a few if ours is the first. */
  #along(others: PeerId[], source: PeerId | null): PeerId[] {
    const branches = others.filter(peer => this.#neighbours.get(peer)?.isBranch)
    if (branches.length > 0 || source !== null) return branches
    return this.#rng.sample(others, Math.min(PUSH_NEIGHBOURS, others.length))
  }

  /** Queue a record to be given to *peer*, which is a branch by that; false when it gives no credit. */
  #push(recent: Recent, peer: PeerId): boolean {
    const ends = this.#neighbours.get(peer)
    if (ends === undefined) return false
    ends.isBranch = true
    return ends.outlet.hasCredit(recent) && ends.outlet.give(recent)
  }

  /** Say to *peer* what its credit allows, ids if *hasIds*. */
  #tell(peer: PeerId, hasIds = true): Request[] {
    const ends = this.#neighbours.get(peer)
    if (ends === undefined) return []
    const { outlet, isClogged } = ends
    const effects: Request[] = isClogged ? [] : outlet.nextMessages(hasIds).map(message => send(peer, message))
    if (outlet.isBehind) effects.push({ type: 'LeaveToSync', peer })
    outlet.isBehind = false
    return effects
  }

  /** Note that *peer* has the record of *prefix*; say whether we lack it and have asked nobody. */
  #isLacking(prefix: string, peer: PeerId, now: Moment): boolean {
    const isKnown = this.#hasKnown(peer, prefix, now)
    const pull = this.#pulls.get(prefix)
    this.#pulls.heard(pull, peer)
    return !isKnown && pull === undefined && !this.#isRefused(prefix)
  }

  /** Note that *peer* has a record that may be here, too; say whether it is. Was it pushed there, that was in vain. */
  #hasKnown(peer: PeerId, prefix: string, { monotonic }: Moment): boolean {
    const recent = this.#recents.get(prefix)
    if (recent?.holders.has(peer) === false && !recent.told.has(peer)) this.#mesh.vouched(peer, monotonic)
    const ends = this.#neighbours.get(peer)
    if (ends !== undefined && recent?.pushed?.has(peer)) ends.isBranch = false
    const known = recent ?? this.#coming.get(prefix)
    known?.holders.add(peer)
    return known !== undefined
  }

  #askAgain(now: Moment): Request[] {
    const late: string[] = []
    for (const [prefix, pull] of this.#pulls.late(now)) {
      // Who was asked gives other records meanwhile, or waits for us: then it is not asked in vain.
      const isEarly = now.monotonic < after(pull.begun, PULL_PATIENCE_SECONDS)
      const { inlet, gaveAt = LONG_AGO } = this.#neighbours.get(pull.peer) ?? {}
      const isGiving = inlet?.isDealing || now.monotonic < after(gaveAt, PULL_TIMEOUT_SECONDS)
      if (pull.isAsked && isEarly && isGiving) {
        this.#pulls.waitOn(prefix, pull, now)
        continue
      }
      late.push(prefix)
      for (const [peer, ends] of pull.isAsked ? [] : this.#neighbours) {
        if (ends.isExpected && !pull.announcers.includes(peer)) ends.miss()
      }
    }
    return this.#askOthers(late, now)
  }

  /** Ask the next announcer of each of *prefixes*, if there is one. */
  #askOthers(prefixes: Iterable<string>, now: Moment): Request[] {
    const asked = new Map<PeerId, string[]>()
    for (const prefix of new Set(prefixes)) {
      const { announcers = [] } = this.#pulls.end(prefix) ?? {}
      const following = announcers.find(peer => this.#neighbours.has(peer))
      const ends = following && this.#neighbours.get(following)
      const others = announcers.filter(peer => peer !== following)
      if (!ends || !this.#pulls.begin(prefix, following, now, true, others)) continue
      ends.isBranch = true
      asked.set(following, [...(asked.get(following) ?? []), prefix])
    }
    return sorted(asked).flatMap(([peer, prefixes]) => ask(peer, prefixes))
  }
}
