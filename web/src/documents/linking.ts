/** What a document says it follows, and what of a register nothing follows. */

import { EXPIRATION_TAG } from '../core/expiration.ts'
import type { RecordId, Tags } from '../core/record.ts'
import type { Definition } from './definition.ts'
import { COLLECTION_TAG, PREVIOUS, present, type Version } from './document.ts'

/** Give the tags of a new document, or version under *key*, but for room and time. */
export function tagsOf(
  { name }: Pick<Definition, 'name'>,
  key: string | null,
  follows: Iterable<RecordId>,
  expiresAt: number | null = null,
): Tags {
  return [
    [COLLECTION_TAG, name],
    ...(key === null ? [] : [['d', `${name}/${key}`]]),
    ...Array.from(follows, id => ['e', id, '', PREVIOUS]),
    ...(expiresAt === null ? [] : [[EXPIRATION_TAG, String(expiresAt)]]),
  ]
}

/**
 * Give the versions of one register that no other follows, the winner first; links to nothing mean nothing.
 *
 * A link counts when what it names is here, and is dated before.
 */
export function headsOf<Each extends Version>(versions: Iterable<Each>): Each[] {
  const here = present(versions)
  const stamps = new Map(here.map(({ id, stamp }) => [id, stamp]))
  const followed = new Set(
    here.flatMap(({ stamp, parents }) => parents.filter(id => (stamps.get(id) ?? stamp) < stamp)),
  )
  return here.filter(({ id }) => !followed.has(id))
}
