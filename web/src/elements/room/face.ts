/** How one record is shown: its text, its time, its author, worked out once. */

import { npub } from '../../core/keys.ts'
import { type Record, tagValues } from '../../core/record.ts'
import { DEVICES } from '../../room/permission.ts'
import { hueOf, initialsOf, shortNpub } from '../author.ts'

/** Longer texts are folded, so that no record makes the page slow or long. */
export const FOLDED_CHARACTERS_MAX = 1_200
export const FOLDED_LINES_MAX = 12

/** What is said of a record that is between two devices, sealed. */
const LINKING = 'Something between two linked devices.'

/** One record, ready to be shown. */
export interface Face {
  readonly record: Record
  /** The `text` of JSON content that has one, else the content. */
  readonly text: string
  /** The beginning of a long text; null when it is short enough. */
  readonly folded: string | null
  /** The parsed content when it is a JSON object, else null. */
  readonly json: { readonly [name: string]: unknown } | null
  readonly npub: string
  readonly shortNpub: string
  readonly initials: string
  /** In degrees. */
  readonly hue: number
  readonly date: Date
}

/** Work out how *record* is shown. */
export function faceOf(record: Record): Face {
  const json = readObject(record.content)
  const isLinking = tagValues(record, 'c')[0] === DEVICES
  const text = isLinking ? LINKING : typeof json?.text === 'string' ? json.text : record.content
  return {
    record,
    text,
    folded: fold(text),
    json,
    npub: npub(record.author),
    shortNpub: shortNpub(record.author),
    initials: initialsOf(record.author),
    hue: hueOf(record.author),
    date: new Date(record.createdAt * 1_000),
  }
}

/** Give the beginning of a long text, cut where no character breaks; null when it is short enough. */
export function fold(text: string): string | null {
  const end = endOfLines(text, FOLDED_LINES_MAX)
  const cut = Math.min(end, FOLDED_CHARACTERS_MAX)
  if (cut >= text.length) return null
  const isHalf = /[\ud800-\udbff]$/.test(text.slice(cut - 1, cut))
  return text.slice(0, isHalf ? cut - 1 : cut).trimEnd()
}

function endOfLines(text: string, count: number): number {
  let at = -1
  for (let line = 0; line < count; line += 1) {
    at = text.indexOf('\n', at + 1)
    if (at === -1) return text.length
  }
  return at
}

function readObject(content: string): Face['json'] {
  if (!content.startsWith('{')) return null
  try {
    return JSON.parse(content)
  } catch {
    return null
  }
}
