/** What a writer names: documents, and what a register is expected to hold. */

import type { RecordId } from '../core/record.ts'
import { isRecord, readWholeId, several } from '../core/typed.ts'
import { EXPIRED, type Version, VOID } from '../documents/document.ts'
import { ConflictError } from '../errors.ts'

/** A document, its record, or the id of either. */
export type AnyDoc = { readonly id: RecordId } | string

/** What a register is expected to hold: null: nothing that is seen; else exactly these heads. */
export type Expected = AnyDoc | readonly AnyDoc[] | null

/** Make sure that the register under *key* holds what is *expected*; throws a ConflictError otherwise. */
export function checkExpected(key: string, expected: Expected | undefined, heads: readonly Version[]): void {
  if (expected === undefined) return
  const ids = heads.map(({ id }) => id)
  const wanted = expected === null ? null : new Set(several(isOne(expected) ? [expected] : expected).map(idOf))
  const isMet =
    wanted === null
      ? heads.every(({ state }) => (state & (VOID | EXPIRED)) !== 0)
      : wanted.size === ids.length && ids.every(id => wanted.has(id))
  if (!isMet) throw new ConflictError(key, ids)
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
