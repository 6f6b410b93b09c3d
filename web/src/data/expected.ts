/** What a writer names: documents, and what a register is expected to hold. */

import type { RecordId } from '../core/record.ts'
import { isRecord, readWholeId, several } from '../core/typed.ts'
import { EXPIRED, type Version, VOID } from '../documents/document.ts'
import { ConflictError } from '../errors.ts'

/** A document, its record, or the id of either. */
export type AnyDoc = { readonly id: RecordId } | string

/** What a register is expected to hold: null: nothing that is seen; else exactly these heads. */
export type Expected = AnyDoc | readonly AnyDoc[] | null

/** How long what is written is seen. */
export interface Lasting {
  readonly ttlSeconds?: number | undefined
}

/** How a document is written: *follows* are documents that it comes after. */
export interface WritingOptions extends Lasting {
  readonly follows?: Iterable<AnyDoc> | undefined
}

/** What a register is expected to hold. */
export interface Expecting {
  readonly expected?: Expected | undefined
}

/** How a version of a register is written. */
export interface Replacing extends Lasting, Expecting {}

/** The same, read; undefined: whatever is there. */
export type Wanted = ReadonlySet<RecordId> | null | undefined

/** Read what is expected; throws a ConfigError where there is something else than whole ids. */
export function readExpected(expected: Expected | undefined): Wanted {
  return expected == null ? expected : new Set(several(isOne(expected) ? [expected] : expected).map(idOf))
}

/** Make sure that the register under *key* holds what is *wanted*; throws a ConflictError otherwise. */
export function checkExpected(key: string, wanted: Wanted, heads: readonly Version[]): void {
  if (!isExpected(wanted, heads))
    throw new ConflictError(
      key,
      heads.map(({ id }) => id),
    )
}

/** Say whether a register with these heads holds what is *wanted*. */
export function isExpected(wanted: Wanted, heads: readonly Version[]): boolean {
  if (wanted === undefined) return true
  if (wanted === null) return heads.every(({ state }) => (state & (VOID | EXPIRED)) !== 0)
  return wanted.size === heads.length && heads.every(({ id }) => wanted.has(id))
}

function isOne(expected: AnyDoc | readonly AnyDoc[]): expected is AnyDoc {
  return typeof expected === 'string' || 'id' in expected
}

/** Read the id of a document; throws a ConfigError for no whole one. */
export function idOf(given: unknown): RecordId {
  return readWholeId(
    typeof given === 'object' && given !== null && !isRecord(given) ? (given as { id: unknown }).id : given,
  )
}
