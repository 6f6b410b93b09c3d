/** A record on its way in, and the checks that need nothing but the record and the clock. */

import type { Cause } from '../core/cause.ts'
import { DAY_SECONDS, type Moment, type UnixTime } from '../core/clock.ts'
import { EPHEMERAL_AGE_MAX_SECONDS, LIVE_RECORD_BYTES_MIN, POSTPONED_SECONDS_MAX } from '../core/limits.ts'
import { decodeRecord, isEphemeral, KIND_COMMIT, type Record, type RecordId } from '../core/record.ts'
import type { PeerId, RoomTag } from '../core/signal.ts'
import { MalformedError } from '../errors.ts'
import type { Dealt, Request } from './effects.ts'
import type { Event } from './events.ts'
import { costOf } from './inlet.ts'
import type { Window } from './retention.ts'
import { Fault } from './strikes.ts'

/** To check, look up and index so many tags takes about as long as a small record does. */
export const TAGS_PER_WORK = 8

/** To carry, judge and pass on so many bytes takes about as long, too. */
export const BYTES_PER_WORK = 2_048

/** So long are eight ids that a commit lists: to judge and look up these takes about as long. */
export const LISTED_BYTES_PER_WORK = 512

/** One record, who sent it (null: our own user) and in which round (0: live). */
export interface Arrival {
  readonly record: Record
  readonly peer: PeerId | null
  readonly round: number
  /** Its signature is known to be good. */
  readonly isTrusted: boolean
  /** The channel it came by is open, and its other end counts on our dealing with it. */
  readonly isOwed: boolean
  /** Its sender was banned since: it goes on only if somebody else sent it too. */
  readonly isBanned: boolean
  /** Who sent it wrote it. */
  readonly isOwn: boolean
  /** All of it become members at once or not at all; null for what stands for itself. */
  readonly group: RecordId | null
}

const USUAL = { isTrusted: false, isOwed: true, isBanned: false, isOwn: false, group: null } as const

/** How records of our own user come: *isTrusted* ones were signed here and are not verified again. */
export interface Brought extends Pick<Arrival, 'isTrusted'> {
  readonly group?: Arrival['group'] | undefined
}

/** Make the arrival of *record*, sent by *peer* in *round*; *unusual* says what is not as usual. */
export function makeArrival(
  record: Record,
  peer: PeerId | null,
  round: number,
  unusual: Partial<Omit<Arrival, 'record' | 'peer' | 'round'>> = {},
): Arrival {
  return { record, peer, round, ...USUAL, ...unusual }
}

/** Give what waited until due: verified already, and owed to nobody. */
export function asReleased(arrival: Arrival): Arrival {
  return { ...arrival, peer: null, round: 0, isTrusted: true }
}

/** Says at once whether a record can be a member at all: its room and its age. */
export class Screen {
  readonly #roomTag: RoomTag
  readonly #window: (now: UnixTime) => Window

  constructor(roomTag: RoomTag, window: (now: UnixTime) => Window) {
    this.#roomTag = roomTag
    this.#window = window
  }

  /** Give why *arrival* is refused, with what it costs its sender; nothing when it may go on. */
  refuse(arrival: Arrival, now: Moment): Request[] {
    const { record } = arrival
    if (firstValue(record, 'h') !== this.#roomTag) {
      return reject(arrival, 'room', 'the record belongs to another room', Fault.WRONG_ROOM)
    }
    const current = this.#window(now.unix)
    const ahead = record.createdAt - now.unix
    if (record.createdAt < current.acceptedFrom) {
      // No fault: a clock that is wrong, theirs or ours, dates records by any number of years.
      const keptSeconds = now.unix - current.acceptedFrom
      const days = Math.floor(keptSeconds / DAY_SECONDS)
      return reject(arrival, 'age', `the record is older than ${days > 0 ? `${days} days` : `${keptSeconds} s`}`)
    }
    if (ahead > POSTPONED_SECONDS_MAX) {
      return reject(arrival, 'age', `the record is dated ${ahead} s ahead of our clock`)
    }
    if (isEphemeral(record) && Math.abs(ahead) > EPHEMERAL_AGE_MAX_SECONDS) {
      return reject(arrival, 'age', 'an ephemeral record is only passed on while it is young')
    }
    return []
  }

  /** Give by how many seconds *record* is dated too far ahead to be a member yet; 0 or less when it is not. */
  secondsEarly(record: Record, now: Moment): number {
    return record.createdAt - this.#window(now.unix).acceptedUntil
  }
}

/** Tell that *arrival* is refused for *cause*, by *policy* if one did, and count *fault*, if any, against its sender. */
export function reject(
  { record, peer }: Arrival,
  cause: Cause,
  reason: string,
  fault: Fault | null = null,
  policy: string = cause,
): Request[] {
  const told = emit({ type: 'RecordRejected', id: record.id, cause, source: policy, reason, peer })
  return fault === null || peer === null ? [told] : [told, { type: 'Strike', peer, fault, reason }]
}

/** Tell that *arrival* is refused with another record of its group. */
export function part(arrival: Arrival): Request[] {
  return reject(arrival, 'policy', 'another record of its batch was refused', null, 'batch')
}

/** Ask to tell of *event*. */
export function emit(event: Event): Request {
  return { type: 'Emit', event }
}

/** How records end: how many of each are new, and whether they were refused. */
export interface Settled {
  readonly added: number
  readonly isRefused?: boolean
}

/** Tell once for each sender and round that *arrivals* are dealt with. */
export function dealtWith(arrivals: readonly Arrival[], { added, isRefused = false }: Settled): Dealt[] {
  const owed = new Map<string, Dealt>()
  for (const { record, peer, round, isOwed } of arrivals) {
    if (peer === null || !isOwed) continue
    const account = `${round} ${peer}`
    const before: Pick<Dealt, 'size' | 'added' | 'toll'> = owed.get(account) ?? { size: 0, added: 0 }
    const cost = costOf(round, record.wire)
    const size = before.size + cost
    const refused = isRefused ? size : 0
    const toll = (before.toll ?? 0) + (round === 0 ? Math.max(0, workOf(record) * LIVE_RECORD_BYTES_MIN - cost) : 0)
    owed.set(account, {
      type: 'Dealt',
      peer,
      round,
      size,
      added: before.added + added,
      refused,
      ...(toll > 0 && { toll }),
    })
  }
  return [...owed.values()]
}

/** Say what a record counts in a batch: one, and more for many tags, for many listed ids, and for much content. */
export function workOf({ kind, tags, wire }: Record): number {
  const bytesPerWork = kind === KIND_COMMIT ? LISTED_BYTES_PER_WORK : BYTES_PER_WORK
  return 1 + Math.floor(tags.length / TAGS_PER_WORK) + Math.floor(wire.length / bytesPerWork)
}

/** Give the value of the first tag called *name*; null without one. */
export function firstValue(record: Record, name: string): string | null {
  return record.tags.find(tag => tag[0] === name && tag.length > 1)?.[1] ?? null
}

/** A blob that is no record, and what is wrong with it. */
export interface Malformed {
  readonly blob: Uint8Array
  readonly reason: string
}

/** Decode *blobs*; give the records, and each malformed blob with what is wrong with it. */
export function readBlobs(blobs: Iterable<Uint8Array>): readonly [records: Record[], malformed: Malformed[]] {
  const records: Record[] = []
  const malformed: Malformed[] = []
  for (const blob of blobs) {
    try {
      // A small part of a message would keep all of that in memory.
      records.push(decodeRecord(blob.slice()))
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error
      malformed.push({ blob, reason: error.message })
    }
  }
  return [records, malformed]
}
