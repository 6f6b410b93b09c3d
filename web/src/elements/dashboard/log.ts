/** The room's events as lines for people: bounded, and one line for many records in a row. */

import type { PublicKey } from '../../core/keys.ts'
import type { RoomEvent } from '../../notices.ts'
import { durationText } from '../duration.ts'
import { formatClock, formatCount, formatDay, formatTime, idName, keyName, peerName } from './format.ts'
import { Ring } from './ring.ts'

/** So many lines are kept. */
export const LINES_KEPT = 1_000
const VALUE_CHARACTERS_MAX = 200
/** Records that come from one peer with less than this between them share a line. */
const STREAK_MILLISECONDS = 1_000

/** How much a line should worry its reader. */
export type Severity = 'plain' | 'good' | 'warn' | 'bad'

/** One line. */
export interface Line {
  /** Counts all lines that ever were, from 0. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly name: string
  readonly severity: Severity
  readonly text: string
  /** How many events of this kind, from the same peer, it stands for. */
  readonly count: number
}

const SEVERITIES: { readonly [name in RoomEvent['type']]?: Severity } = {
  PeerJoined: 'good',
  PeerSynced: 'good',
  RecordRejected: 'warn',
  RecordsRejected: 'warn',
  RecordHidden: 'warn',
  RecordPostponed: 'warn',
  ClockSkewed: 'warn',
  SaveDelayed: 'bad',
  SealUnknown: 'warn',
  StrikeCounted: 'bad',
  StorageEvicted: 'bad',
  StorageUnavailable: 'bad',
  StorageDamaged: 'bad',
  StorageFailed: 'bad',
  PeerRefused: 'bad',
  PolicyFailed: 'bad',
}

/** The last `LINES_KEPT` lines. */
export class Log {
  readonly #lines = new Ring<Line>(LINES_KEPT)
  #streak = ''

  /** Write down *event*, which happened at a time in milliseconds since 1970. */
  take(event: RoomEvent, at: number): void {
    const streak = event.type === 'RecordAdded' ? `${event.type} ${event.peer}` : ''
    const last = this.#lines.last
    if (last !== null && streak !== '' && streak === this.#streak && at - last.at < STREAK_MILLISECONDS) {
      const count = last.count + 1
      const peer = event.type === 'RecordAdded' ? event.peer : null
      const source = peer === null ? '' : ` from ${peerName(peer)}`
      this.#lines.replaceLast({ ...last, at, count, text: `${formatCount(count)} records${source}` })
      return
    }
    this.#streak = streak
    this.#write(event.type, SEVERITIES[event.type] ?? 'plain', describe(event), at)
  }

  /** Write down what the dashboard itself has to say. */
  note(name: string, severity: Severity, text: string, at: number): void {
    this.#streak = ''
    this.#write(name, severity, clip(text), at)
  }

  /** Give the lines, oldest first. */
  lines(): Line[] {
    return this.#lines.elements()
  }

  #write(name: string, severity: Severity, text: string, at: number): void {
    this.#lines.push({ number: this.#lines.total, at, name, severity, text, count: 1 })
  }
}

/** Say what *event* tells, by its fields. */
export function describe(event: RoomEvent): string {
  const fields = Object.entries(event).filter(([name, value]) => !isPlain(name, value))
  return fields.map(([name, value]) => `${name === 'seconds' ? '' : `${name} `}${write(name, value)}`).join(' · ')
}

/** Say whether a field tells nothing that is worth its place. */
function isPlain(name: string, value: unknown): boolean {
  return name === 'type' || value === null || value === '' || (value instanceof Set && value.size === 0)
}

/** Write a line as it is copied. */
export function lineText({ at, name, text }: Line): string {
  return `${formatClock(at)} ${name} ${text}`
}

function write(name: string, value: unknown): string {
  if (Array.isArray(value)) return formatCount(value.length)
  if (value instanceof Set) return formatCount(value.size)
  if (typeof value === 'number') return (NUMBERS[name] ?? formatCount)(value)
  if (isRecord(value)) return `${idName(value.id)} kind ${value.kind}`
  const text = clip(String(value))
  if (name === 'peer') return peerName(text)
  if (name === 'key') return keyName(text as PublicKey)
  return name === 'id' || name === 'by' ? idName(text) : text
}

const NUMBERS: { readonly [name: string]: (value: number) => string } = {
  seconds: seconds => `${durationText(seconds)} ${seconds < 0 ? 'behind' : 'ahead'}`,
  before: formatTime,
  day: formatDay,
}

function isRecord(value: unknown): value is { readonly id: string; readonly kind: number } {
  return typeof value === 'object' && value !== null && 'id' in value && 'kind' in value
}

function clip(text: string): string {
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text
}
