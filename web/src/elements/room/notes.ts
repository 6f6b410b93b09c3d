/** What a visitor should know beside the records: refusals, storage, clocks; one note a matter, the newest words. */

import { DAY_SECONDS } from '../../core/clock.ts'
import type { RoomEvent } from '../../notices.ts'
import { durationText } from '../duration.ts'
import { counted } from './standing.ts'

/** One note under the header. */
export interface Note {
  /** What it is about; a newer note about the same takes its place. */
  readonly matter: string
  readonly tone: 'warn' | 'bad'
  readonly text: string
  /** How many times it happened since the note was last dismissed. */
  readonly times: number
}

/** Collects notes, the newest matter last. */
export class Notes {
  readonly #notes = new Map<string, Note>()

  /** The notes, in the order in which their matters came up. */
  get all(): readonly Note[] {
    return [...this.#notes.values()]
  }

  /** Take what happened; say whether a note came of it. */
  take(event: RoomEvent): boolean {
    const matter = matterOf(event)
    if (matter === null) return false
    const times = (this.#notes.get(matter)?.times ?? 0) + (event.type === 'RecordsRejected' ? event.count : 1)
    const tone = event.type === 'StorageEvicted' || event.type === 'SaveDelayed' ? 'bad' : 'warn'
    this.#notes.set(matter, { matter, tone, text: textOf(event, times), times })
    return true
  }

  /** Drop the note about *matter*. */
  dismiss(matter: string): void {
    this.#notes.delete(matter)
  }

  /** Drop all, as for another room. */
  clear(): void {
    this.#notes.clear()
  }
}

function matterOf(event: RoomEvent): string | null {
  switch (event.type) {
    case 'RecordRejected':
      // What the visitor's own page brought is refused to whoever brought it.
      return event.peer === null ? null : event.type
    case 'RecordsRejected':
      return 'RecordRejected'
    case 'StorageEvicted':
    case 'StorageUnavailable':
    case 'StorageDamaged':
    case 'StorageFailed':
    case 'PeerRefused':
    case 'PolicyFailed':
    case 'SaveDelayed':
    case 'ClockSkewed':
    case 'RecordPostponed':
    case 'SealUnknown':
      return event.type
    default:
      return null
  }
}

function textOf(event: RoomEvent, times: number): string {
  switch (event.type) {
    case 'RecordRejected':
    case 'RecordsRejected':
      return `${counted(times, 'record')} refused. The last one, by “${event.source}”: ${event.reason}`
    case 'StorageEvicted':
      return `There is no room for more here: the content of ${counted(event.count, 'record')} of ${dateOf(event.day)} was given up; it can be fetched from peers.`
    case 'StorageUnavailable':
      return `This browser keeps nothing here (a private window?), so records stay only until this page is closed: ${event.reason}`
    case 'StorageDamaged':
      return `Something kept in this browser was damaged and thrown away; peers may have it still: ${event.reason}`
    case 'StorageFailed':
      return `This browser could not read or save something here: ${event.reason}`
    case 'PeerRefused':
      return `${counted(times, 'peer')} could not join: is the password the same? ${event.reason}`
    case 'PolicyFailed':
      return `The policy “${event.policy}” broke, and the room goes on without it: ${event.reason}`
    case 'SaveDelayed':
      return `${counted(event.ids.length, 'record')} could not be saved and will be asked for again: ${event.reason}`
    case 'ClockSkewed':
      return `${event.isOurs ? "This device's clock is wrong: it" : 'Is this clock right? It'} is ${durationText(Math.round(event.seconds))} ${event.seconds > 0 ? 'ahead of' : 'behind'} the clocks of ${counted(event.peers, 'peer')}.`
    case 'RecordPostponed':
      return `A record comes from the future: it is shown in ${durationText(event.seconds)}.`
    case 'SealUnknown':
      return `Somebody writes here by ${counted(times, 'secret')} that you have not: ask members for the newest one to read it.`
    default:
      return ''
  }
}

function dateOf(day: number): string {
  return new Date(day * DAY_SECONDS * 1_000).toISOString().slice(0, 10)
}
