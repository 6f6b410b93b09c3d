/** How the dashboard writes figures, times and names. */

import { npub, type PublicKey } from '../../core/keys.ts'

const EXCERPT_CHARACTERS_MAX = 240
const NPUBS_REMEMBERED_MAX = 4_096

/** Write a whole number in groups of three digits. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** Write a round trip in milliseconds. */
export function formatLag(seconds: number | null): string {
  if (seconds === null) return '–'
  const milliseconds = seconds * 1_000
  return milliseconds < 1 ? '<1 ms' : `${formatCount(Math.round(milliseconds))} ms`
}

/** Write a time in Unix seconds as UTC; years past 9999 as they are. */
export function formatTime(unix: number): string {
  const date = new Date(unix * 1_000)
  return Number.isNaN(date.getTime()) ? String(unix) : date.toISOString().slice(0, 19).replace('T', ' ')
}

/** Write the time of day of *milliseconds* since 1970, in UTC, to the millisecond. */
export function formatClock(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 23)
}

/** Write a UTC day, numbered from the Unix epoch. */
export function formatDay(day: number): string {
  return formatTime(day * 86_400).slice(0, 10)
}

/** Write the beginning and the end of a long id. */
export function abridged(id: string, head = 8, tail = 4): string {
  return id.length <= head + tail + 1 ? id : `${id.slice(0, head)}…${id.slice(id.length - tail)}`
}

/** Write what tells one peer from another: ids of peers begin alike. */
export function peerName(id: string): string {
  return id.length <= 8 ? id : `…${id.slice(-6)}`
}

/** Give the npub of *key*, which takes a while to compute, so that those seen last are remembered. */
export function npubOf(key: PublicKey): string {
  const known = npubs.get(key)
  if (known !== undefined) return known
  if (npubs.size >= NPUBS_REMEMBERED_MAX) npubs.clear()
  const text = npub(key)
  npubs.set(key, text)
  return text
}

/** Write *key* as its npub's beginning and end. */
export function keyName(key: PublicKey): string {
  return abridged(npubOf(key), 10, 4)
}

/** Write the first digits of a record's id, as people compare them. */
export function idName(id: string): string {
  return id.slice(0, 8)
}

/** Give one short line of what may be a very long text. */
export function excerpt(text: string, most = EXCERPT_CHARACTERS_MAX): string {
  const start = text.slice(0, most * 2).replace(/\s+/gu, ' ')
  const shown = [...start].slice(0, most).join('')
  return shown.length < start.length || text.length > most * 2 ? `${shown}…` : shown
}

const npubs = new Map<PublicKey, string>()
