/** Members whose content is not here. */

import type { Outline } from '../core/deletion.ts'
import { type Filter, matches } from '../core/filter.ts'
import { shellOf } from '../core/record.ts'
import type { Reading } from './peer.ts'

/** So many records are looked at by one call of the store, which others use as well. */
export const LOOKED_AT_ONCE = 256

/** Give what is left of the members of *store* that match, as far as that can tell, and have no content, newest first. */
export async function shellsOf(store: Reading, filter: Filter): Promise<Outline[]> {
  const { ids, since, until } = filter
  const isAsked = (createdAt: number) => createdAt >= (since ?? 0) && createdAt <= (until ?? Number.POSITIVE_INFINITY)
  const entries = (await store.entries()).filter(([createdAt, id]) => isAsked(createdAt) && (ids?.has(id) ?? true))
  const found: Outline[] = []
  for (let start = 0; start < entries.length; start += LOOKED_AT_ONCE) {
    const asked = entries.slice(start, start + LOOKED_AT_ONCE).map(([, id]) => id)
    const whole = new Set((await store.get(asked)).map(({ id }) => id))
    found.push(...(await store.named(asked.filter(id => !whole.has(id)))))
  }
  // Tags and stamps are gone with the content.
  const wanted = { ...filter, after: null, limit: null }
  return found
    .filter(({ id, author, createdAt, kind }) => matches(wanted, shellOf(id, author, createdAt, kind)))
    .sort(newestFirst)
}

function newestFirst(one: Outline, other: Outline): number {
  return other.createdAt - one.createdAt || other.microseconds - one.microseconds || (one.id < other.id ? -1 : 1)
}
