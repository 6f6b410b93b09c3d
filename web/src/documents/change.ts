/** What a store's log of changes says, and how far a reader of it has come. */

import { INTEGER_MAX } from '../core/limits.ts'
import type { Record } from '../core/record.ts'
import { shown } from '../core/typed.ts'
import { CursorError } from '../errors.ts'

/**
 * What happened to a record, as readers see it.
 *
 * - `added`: it is seen since it came.
 * - `removed`: deleted by its author, expired, purged or collected.
 * - `hidden`: by a rule, a policy or a mute, or because a newer version took its place.
 * - `shown`: it was here already, and is seen now.
 */
export type ChangeKind = 'added' | 'removed' | 'hidden' | 'shown'

/** Why something is seen. */
export type Came = 'added' | 'shown'

/** Why something is seen no more. */
export type Went = 'removed' | 'hidden'

/**
 * How far a reader of a log of changes has come.
 *
 * The log numbers what happens: that a record begins to be seen, and that it is seen no more. The reader was told of
 * exactly those records that were seen at the moment *known* and had begun to be seen by *position*. So neither what
 * came and went meanwhile is told, nor does anything go that was not told before, wherever a page ends.
 */
export interface Bookmark {
  /** Which log it is, 32 random bits: another file, or a memory, has another one. */
  readonly log: number
  /** Of what was told as added or shown, the last. */
  readonly position: number
  /** Of what was told as removed or hidden, the last; never below *position*. */
  readonly known: number
}

/** One entry of a store's log of changes. */
export interface Change {
  /** After which the next change comes: a bookmark as a text, which can be kept. */
  readonly cursor: string
  readonly kind: ChangeKind
  /** Of what was removed, and is gone, a shell: no content, no tags, no wire form. */
  readonly record: Record
}

/** The next page of a log of changes. */
export interface Changes {
  /** What went, in the order in which it went; then what came, in the order in which it came. */
  readonly changes: readonly Change[]
  /** Where to read on, even when nothing changed. */
  readonly end: string
  /** Whether this is all there is by now. */
  readonly isLast: boolean
}

/** Write a bookmark as a text. */
export function writeBookmark({ log, position, known }: Bookmark): string {
  return `${log.toString(16).padStart(8, '0')}-${position}-${known}`
}

/** Read a bookmark as a text; throws a CursorError when it is none. */
export function readBookmark(text: unknown): Bookmark {
  const [, log = '', position, known] = (typeof text === 'string' && FORM.exec(text)) || []
  const read = { log: Number.parseInt(log, 16), position: Number(position), known: Number(known) }
  if (read.position <= read.known && read.known <= INTEGER_MAX) return read
  throw new CursorError(`${shown(text)} is no place in a log of changes`)
}

const FORM = /^([0-9a-f]{8})-([0-9]{1,16})-([0-9]{1,16})$/
