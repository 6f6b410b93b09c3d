/** Deletions for tests. */

import type { UnixTime } from '../../src/core/clock.ts'
import { KIND_DELETION, type Record, signRecord } from '../../src/core/record.ts'
import { key, type Recipe, ROOM_TAG, START } from './pair.ts'

/** Sign a deletion of *targets*. */
export function deletionOf(targets: readonly Record[], { at = START, author = 1 }: Recipe = {}): Record {
  const tags = [['h', ROOM_TAG], ...targets.map(target => ['e', target.id])]
  return signRecord(key(author), { createdAt: at as UnixTime, kind: KIND_DELETION, tags, content: '' })
}
