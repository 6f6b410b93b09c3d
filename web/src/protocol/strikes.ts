/** Faults of peers, and what they cost: warnings, bans, and their fading (docs/protocol.md, "Strikes"). */

import { after, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import {
  BAN_SECONDS,
  STRIKE_ADDRESS_PART,
  STRIKE_EVICTED_KEYS,
  STRIKE_HALF_LIFE_SECONDS,
  STRIKE_KEYS_MAX,
  STRIKES_BANNED,
  STRIKES_WARNED,
} from '../core/limits.ts'
import { LocalProtocolError } from '../errors.ts'

/**
 * Whom a strike is counted against: a proven key, or the network address of a peer that has proven none.
 *
 * A text of 64 lower-case hexadecimal digits is a key; no network address looks like one.
 */
export type Subject = PublicKey | string

/** How we treat a subject; the order is by gravity. */
export const StrikeState = {
  /** Nothing to hold against it, or long ago. */
  CLEAR: 0,
  /** Faults were counted; it is still served. */
  WARNED: 1,
  /** Its sessions are closed and refused until the ban ends. */
  BANNED: 2,
} as const
export type StrikeState = (typeof StrikeState)[keyof typeof StrikeState]

/** What each state is called, at its number. */
export const STRIKE_STATE_NAMES = ['clear', 'warned', 'banned'] as const
/** What a state is called. */
export type StrikeStateName = (typeof STRIKE_STATE_NAMES)[StrikeState]

/** What a peer can do wrong. */
export const Fault = {
  /** Bytes that are no message, or a record that breaks the rules. */
  MALFORMED: 'malformed',
  /** A message that its session's state does not allow. */
  WRONG_STATE: 'wrong state',
  BAD_PROOF: 'bad proof',
  FORGED_SIGNATURE: 'forged signature',
  /** A record of another room. */
  WRONG_ROOM: 'wrong room',
  /** More than any limit allows. */
  FLOOD: 'flood',
  /** Ranges or counts that cannot be true. */
  LYING: 'lying',
} as const
export type Fault = (typeof Fault)[keyof typeof Fault]

/** What each fault costs, in points. */
export const WEIGHTS: { readonly [fault in Fault]: number } = {
  // Only a liar can do these: an honest peer verifies before it passes anything on.
  'bad proof': 5,
  'forged signature': 4,
  // A bug of another program looks the same, so a few are forgiven.
  malformed: 2.5,
  'wrong state': 2.5,
  'wrong room': 2,
  lying: 2,
  // More than was granted: who counts wrongly does it a few times.
  flood: 1,
}

/** What moves a subject from one state to another. */
export const Change = {
  /** Its points reached `STRIKES_WARNED`. */
  WARN: 'warn',
  /** Its points reached `STRIKES_BANNED`, or the user banned it. */
  BAN: 'ban',
  /** Its points fell below `STRIKES_WARNED`. */
  FADE: 'fade',
  /** Its ban ended, or the user lifted it. */
  LIFT: 'lift',
} as const
export type Change = (typeof Change)[keyof typeof Change]

/** Where each change leads from each state; what is not here cannot happen. */
export const TRANSITIONS: { readonly [state in StrikeState]: { readonly [change in Change]?: StrikeState } } = {
  [StrikeState.CLEAR]: { warn: StrikeState.WARNED, ban: StrikeState.BANNED },
  [StrikeState.WARNED]: { ban: StrikeState.BANNED, fade: StrikeState.CLEAR },
  [StrikeState.BANNED]: { ban: StrikeState.BANNED, lift: StrikeState.CLEAR },
}

/** One subject's account as it survives a restart: on the wall clock, for a monotonic clock does not. */
export interface SavedStrike {
  readonly subject: Subject
  readonly points: number
  readonly at: UnixTime
  readonly bannedUntil: UnixTime | null
}

/** Who is to blame: a proven key, and a network address (empty: unknown). */
export interface Culprit {
  readonly key: PublicKey
  readonly address: string
}

/** How often a fault happened; once when nothing is said. */
export interface Tally {
  readonly times?: number
}

/** Points as they were *at* a time; they halve every `STRIKE_HALF_LIFE_SECONDS`. */
class Account {
  points = 0
  at: Monotonic
  state: StrikeState = StrikeState.CLEAR
  /** Set while BANNED. */
  bannedUntil: Monotonic | null = null

  constructor(at: Monotonic) {
    this.at = at
  }

  /** Let the points fade, and a ban end, up to *now*. */
  settle(now: Monotonic): void {
    if (this.bannedUntil !== null) {
      if (now < this.bannedUntil) return
      this.#lift()
    }
    this.points *= fading(now - this.at)
    this.at = now
    if (this.state === StrikeState.WARNED && this.points < STRIKES_WARNED) this.#enter(Change.FADE)
  }

  /** Count *points*; a ban that runs is neither lengthened nor shortened by them. */
  add(points: number, now: Monotonic): void {
    this.settle(now)
    if (this.state === StrikeState.BANNED) return
    this.points += points
    if (this.points >= STRIKES_BANNED) this.ban(BAN_SECONDS, now)
    else if (this.points >= STRIKES_WARNED && this.state === StrikeState.CLEAR) this.#enter(Change.WARN)
  }

  /** Ban for *seconds* from *now*; the points are paid by the ban. */
  ban(seconds: number, now: Monotonic): void {
    this.#enter(Change.BAN)
    this.points = 0
    this.bannedUntil = after(now, seconds)
  }

  /** End the ban, if there is one. */
  lift(now: Monotonic): void {
    this.settle(now)
    if (this.bannedUntil === null) return
    this.at = now
    this.#lift()
  }

  #lift(): void {
    this.bannedUntil = null
    this.#enter(Change.LIFT)
  }

  #enter(change: Change): void {
    const next = TRANSITIONS[this.state][change]
    if (next === undefined) throw new LocalProtocolError(`${change} of a ${STRIKE_STATE_NAMES[this.state]} subject`)
    this.state = next
  }
}

/**
 * The accounts of all subjects: keys and addresses, each in a table of at most `STRIKE_KEYS_MAX`.
 *
 * A state depends on time alone between two calls, so there is nothing to tick: every question settles the
 * account it asks about.
 */
export class Strikes {
  readonly #keys = new Map<Subject, Account>()
  readonly #addresses = new Map<Subject, Account>()

  /** Count *fault* against *subject*, so many *times*; give the state after it. */
  count(subject: Subject, fault: Fault, now: Moment, { times = 1 }: Tally = {}): StrikeState {
    const account = this.#open(subject, now.monotonic)
    account.add(WEIGHTS[fault] * times, now.monotonic)
    return account.state
  }

  /**
   * Count *fault* against a peer's proven *key* and its *address* (empty: unknown); give the graver state.
   *
   * Many share an address: it bears a part of what leads to a ban of the key, and nothing of what comes after.
   */
  blame({ key, address }: Culprit, fault: Fault, now: Moment, { times = 1 }: Tally = {}): StrikeState {
    const counted = this.isBanned(key, now) ? 0 : Math.min(times, STRIKES_BANNED / WEIGHTS[fault])
    const state = this.count(key, fault, now, { times })
    if (address === '' || counted === 0) return state
    return Math.max(state, this.count(address, fault, now, { times: counted * STRIKE_ADDRESS_PART })) as StrikeState
  }

  /** Ban *subject* for *seconds* from now, or lift its ban with 0; give the state after it. */
  ban(subject: Subject, seconds: number, now: Moment): StrikeState {
    if (seconds <= 0) {
      const known = this.#table(subject).get(subject)
      known?.lift(now.monotonic)
      return known?.state ?? StrikeState.CLEAR
    }
    const account = this.#open(subject, now.monotonic)
    account.settle(now.monotonic)
    account.ban(seconds, now.monotonic)
    return account.state
  }

  /** Give the state of *subject*; strangers are clear. */
  state(subject: Subject, now: Moment): StrikeState {
    const account = this.#table(subject).get(subject)
    account?.settle(now.monotonic)
    return account?.state ?? StrikeState.CLEAR
  }

  /** Say whether *subject* is banned. */
  isBanned(subject: Subject, now: Moment): boolean {
    return this.state(subject, now) === StrikeState.BANNED
  }

  /** Give every account worth keeping over a restart: the warned and the banned. */
  snapshot(now: Moment): readonly SavedStrike[] {
    const saved: SavedStrike[] = []
    for (const [subject, account] of [...this.#keys, ...this.#addresses]) {
      account.settle(now.monotonic)
      if (account.state !== StrikeState.CLEAR) saved.push(save(subject, account, now))
    }
    return saved
  }

  /** Take up accounts of an earlier life; what makes no sense in them is left out. */
  restore(saved: Iterable<SavedStrike>, now: Moment): void {
    for (const strike of saved) {
      if (!isSane(strike)) continue
      const account = this.#open(strike.subject, now.monotonic)
      account.settle(now.monotonic)
      account.add(strike.points * fading(now.unix - strike.at), now.monotonic)
      if (strike.bannedUntil !== null && strike.bannedUntil > now.unix) {
        account.ban(strike.bannedUntil - now.unix, now.monotonic)
      }
    }
  }

  /** How many accounts there are. */
  get size(): number {
    return this.#keys.size + this.#addresses.size
  }

  #table(subject: Subject): Map<Subject, Account> {
    return isKey(subject) ? this.#keys : this.#addresses
  }

  #open(subject: Subject, now: Monotonic): Account {
    const table = this.#table(subject)
    const known = table.get(subject)
    if (known !== undefined) return known
    if (table.size >= STRIKE_KEYS_MAX) evict(table, now)
    const account = new Account(now)
    table.set(subject, account)
    return account
  }
}

/** Give what is left of one point after *seconds*. */
function fading(seconds: number): number {
  return 0.5 ** (Math.max(0, seconds) / STRIKE_HALF_LIFE_SECONDS)
}

function isKey(subject: Subject): boolean {
  return /^[0-9a-f]{64}$/.test(subject)
}

/**
 * Forget the accounts of least worth, several at once, so that a flood of fresh keys stays cheap.
 *
 * While any account is not banned, no ban is forgotten.
 */
function evict(table: Map<Subject, Account>, now: Monotonic): void {
  for (const account of table.values()) account.settle(now)
  const least = [...table].sort(([, first], [, second]) => compareWorth(first, second)).slice(0, STRIKE_EVICTED_KEYS)
  const areBansSpared = least[0]?.[1].state !== StrikeState.BANNED
  for (const [subject, account] of least) {
    if (!(areBansSpared && account.state === StrikeState.BANNED)) table.delete(subject)
  }
}

/** Compare by how much is lost by forgetting; bans weigh most, those that end last above all. */
function compareWorth(first: Account, second: Account): number {
  return (
    first.state - second.state ||
    (first.bannedUntil ?? 0) - (second.bannedUntil ?? 0) ||
    first.points - second.points ||
    first.at - second.at
  )
}

function save(subject: Subject, account: Account, now: Moment): SavedStrike {
  const { points, bannedUntil } = account
  const leftSeconds = bannedUntil === null ? 0 : Math.ceil(bannedUntil - now.monotonic)
  return {
    subject,
    points,
    at: now.unix,
    bannedUntil: bannedUntil === null ? null : after(now.unix, leftSeconds),
  }
}

function isSane(strike: SavedStrike): boolean {
  const { subject, points, at, bannedUntil } = strike
  const areTimes = Number.isSafeInteger(at) && (bannedUntil === null || Number.isSafeInteger(bannedUntil))
  return typeof subject === 'string' && areTimes && points >= 0 && points < STRIKES_BANNED
}
