/** Strikes and bans over reloads: what the node holds against whom, kept as notes in the store. */

import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Moment, UnixTime } from '../core/clock.ts'
import { KEY_BYTES } from '../core/keys.ts'
import { INTEGER_MAX, STRIKE_HALF_LIFE_SECONDS } from '../core/limits.ts'
import { readAuthor, readText, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { Store } from '../ports.ts'
import type { Node } from '../protocol/node.ts'
import type { SavedStrike, Subject } from '../protocol/strikes.ts'
import { Notebook } from './notebook.ts'
import { readRow, STRIKES } from './rows.ts'

/** Strikes that come close together are saved together. */
export const SAVE_DELAY_SECONDS = 5
/** As JSON, each may take 12 bytes of a note. */
export const REASON_CHARACTERS_MAX = 300
/** Points that differ by less are not written again. */
const POINTS_NOTED = 0.05
const UNNAMED_REASON = 'faults before it proved a key'
export const BAN_SECONDS_MAX: number = 100 * 365 * 86_400
const ADDRESS = /^(?=.*[.:])[0-9A-Fa-f.:]{2,45}$/

/** Whose sessions are refused here, until when, and why. */
export interface Ban {
  /** A key, or the network address of a peer that proved none. */
  readonly subject: Subject
  readonly until: UnixTime
  readonly reason: string
}

/** For how long somebody is banned, and why. */
export interface Sentence {
  readonly seconds: number
  readonly reason?: string | undefined
}

interface Entry {
  readonly strike: SavedStrike
  readonly reason: string
}

/** What a ledger works with. */
export interface LedgerOptions {
  readonly now: () => Moment
  /** The notes of an earlier life. */
  readonly saved: ReadonlyMap<string, string>
  /** Told when the store fails. */
  readonly onEvent: (event: RoomEvent) => void
}

/** The accounts of a node, with reasons. */
export class Ledger {
  readonly #store: Store
  readonly #node: Node
  readonly #options: LedgerOptions
  readonly #kept: Map<Subject, Entry>
  readonly #reasons: Map<Subject, string>
  /** When its notes are saved. */
  readonly notebook: Notebook

  constructor(store: Store, node: Node, options: LedgerOptions) {
    this.#store = store
    this.#node = node
    this.#options = options
    const { onEvent } = options
    this.notebook = new Notebook(() => this.save(), {
      title: 'strikes and bans',
      delaySeconds: SAVE_DELAY_SECONDS,
      onEvent,
    })
    const entries = read(options.saved)
    this.#kept = new Map(entries.map(entry => [entry.strike.subject, entry]))
    this.#reasons = new Map(entries.map(({ strike, reason }) => [strike.subject, reason]))
    node.restoreStrikes(
      entries.map(entry => entry.strike),
      options.now(),
    )
  }

  /** Remember why a peer was warned or banned, and save that soon. */
  take(event: RoomEvent): void {
    if (event.type !== 'StrikeCounted' || event.state === 'clear') return
    if (event.key !== null) this.explain(event.key, event.reason)
    if (event.address !== '') this.explain(event.address, event.reason)
    this.notebook.saveSoon()
  }

  /** Remember for what *subject* is warned or banned. */
  explain(subject: Subject, reason: string): void {
    this.#reasons.set(subject, reason.slice(0, REASON_CHARACTERS_MAX))
  }

  /**
   * Read whom to ban, and remember why.
   *
   * Throws ConfigError when *seconds* are none, or more than a hundred years, or *subject* can be nobody else's.
   */
  sentence(subject: unknown, { seconds, reason = 'banned by the user' }: Sentence): Subject {
    if (!(typeof seconds === 'number' && seconds > 0 && seconds <= BAN_SECONDS_MAX)) {
      throw new ConfigError(`a ban lasts more than 0 and at most ${BAN_SECONDS_MAX} seconds, not ${shown(seconds)}`)
    }
    const who = this.whom(subject)
    if (who === this.#node.key.publicKey) throw new ConfigError('our own key cannot be banned')
    this.explain(who, readText('a reason', reason))
    return who
  }

  /** Read whom a ban is about; throws ConfigError as `readSubject` does. */
  whom(subject: unknown): Subject {
    return readSubject(subject)
  }

  /** Give the bans that run, the first to end first. */
  bans(): Ban[] {
    const bans = this.#node.savedStrikes(this.#options.now()).flatMap(({ subject, bannedUntil: until }): Ban[] => {
      return until === null ? [] : [{ subject, until, reason: this.#reasonOf(subject) }]
    })
    return bans.sort((one, other) => one.until - other.until || (keyOf(one.subject) < keyOf(other.subject) ? -1 : 1))
  }

  /** Bring the notes up to date; only what changed is written. Refused with a StoreError when the store cannot write. */
  async save(): Promise<void> {
    const current = new Map(this.#node.savedStrikes(this.#options.now()).map(strike => [strike.subject, strike]))
    for (const subject of [...this.#kept.keys()].filter(subject => !current.has(subject))) {
      await this.#store.note(STRIKES, keyOf(subject), null)
      this.#kept.delete(subject)
    }
    for (const subject of [...this.#reasons.keys()]) if (!current.has(subject)) this.#reasons.delete(subject)
    for (const [subject, strike] of current) {
      const entry = { strike, reason: this.#reasonOf(subject) }
      if (!isNews(this.#kept.get(subject), entry)) continue
      await this.#store.note(STRIKES, keyOf(subject), write(entry))
      this.#kept.set(subject, entry)
    }
  }

  #reasonOf(subject: Subject): string {
    return this.#reasons.get(subject) ?? UNNAMED_REASON
  }
}

/** Read whom a ban is about: a key, or a network address; throws ConfigError for anything else. */
export function readSubject(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : ''
  if (ADDRESS.test(text)) return text
  try {
    return readAuthor(value)
  } catch {
    throw new ConfigError(`${shown(value)} is no npub, no key in hex and no IP address`)
  }
}

/** Say whether *entry* holds more than what *old* fades to by itself. */
function isNews(old: Entry | undefined, entry: Entry): boolean {
  if (old === undefined || old.reason !== entry.reason) return true
  const [before, after] = [old.strike, entry.strike]
  if (before.bannedUntil === null || after.bannedUntil === null) {
    const faded = before.points * 0.5 ** (Math.max(0, after.at - before.at) / STRIKE_HALF_LIFE_SECONDS)
    return before.bannedUntil !== after.bannedUntil || Math.abs(after.points - faded) > POINTS_NOTED
  }
  // Both clocks are read in whole seconds, so the end of a ban seems to move by one.
  return Math.abs(after.bannedUntil - before.bannedUntil) > 1
}

const KEY = /^[0-9a-f]{64}$/
const KEY_MARK = '6b'
const ADDRESS_MARK = '61'

/** The first byte tells keys ("k") from addresses ("a"), some of which have 32 characters too. */
function keyOf(subject: Subject): string {
  return KEY.test(subject) ? `${KEY_MARK}${subject}` : `${ADDRESS_MARK}${bytesToHex(utf8ToBytes(subject))}`
}

function write({ strike, reason }: Entry): string {
  const { points, at, bannedUntil } = strike
  return JSON.stringify({ points, at, banned_until: bannedUntil, reason })
}

/** Give what *notes* hold; what makes no sense is left out. */
function read(notes: ReadonlyMap<string, string>): Entry[] {
  return [...notes].sort().flatMap(([key, text]) => {
    const subject = subjectOf(key)
    const row = readRow(text)
    if (subject === null || row === null) return []
    const { points, at, banned_until: bannedUntil, reason } = row
    const areTimes = isTime(at) && (bannedUntil === null || isTime(bannedUntil))
    if (typeof points !== 'number' || typeof reason !== 'string' || !areTimes) return []
    return [{ strike: { subject, points, at, bannedUntil }, reason }]
  })
}

function subjectOf(key: string): Subject | null {
  const [mark, rest] = [key.slice(0, 2), key.slice(2)]
  if (mark === KEY_MARK && rest.length === 2 * KEY_BYTES) return rest
  if (mark !== ADDRESS_MARK || rest === '') return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(hexToBytes(rest))
  } catch {
    return null
  }
}

function isTime(value: unknown): value is UnixTime {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= INTEGER_MAX
}
