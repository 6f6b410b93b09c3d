/**
 * What is left of a document that was purged: of which register it is a version, and what it follows; not what it says.
 *
 * A version that was purged replaces those before it still, whatever its collection is declared as afterwards. Stores need
 * this without any collection, so that it imports nothing of theirs.
 */

import { KIND_KEYED, KIND_RECORD, type Record, shellOf, type Tags } from '../core/record.ts'

/** Collection, key, microseconds, batch, that it was a tombstone, and by whose grant, which is for one room. */
const KEPT: readonly (string | undefined)[] = ['c', 'd', 'us', 'batch', 'void', 'grant', 'h']

/** What is left of what did not fit, when it was purged: that it replaces nothing. */
export const MISFIT_TAG = 'misfit'

/** Give the tags that are to be left of *record*; null when it is no document. */
export function remainsOf({ kind, tags }: Pick<Record, 'kind' | 'tags'>): Tags | null {
  if ((kind !== KIND_RECORD && kind !== KIND_KEYED) || nameIn(tags) === null) return null
  return tags.filter(([name, , , mark]) => KEPT.includes(name) || (name === 'e' && mark === 'prev'))
}

/** Give the collection that a document with these tags named. */
export function nameIn(tags: Tags): string | null {
  return tags.find(([name, value]) => name === 'c' && value !== undefined)?.[1] ?? null
}

/** Give the shell of a record, with what is left of it. */
export function shellWith(
  { id, author, createdAt, kind }: Pick<Record, 'id' | 'author' | 'createdAt' | 'kind'>,
  left: Tags,
): Record {
  return { ...shellOf(id, author, createdAt, kind), tags: left }
}
