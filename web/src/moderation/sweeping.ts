/** What has expired loses its content, whoever may read it; nothing is left of it but an id in the set. */

import type { UnixTime } from '../core/clock.ts'
import type { RecordId } from '../core/record.ts'
import type { Store } from '../ports.ts'

/** Records that lose their content between which others have their turn. */
export const SWEPT_AT_ONCE = 500

/** Destroy the content of some of what expires by *until*; say whether there may be more. */
export async function sweep(
  store: Pick<Store, 'expired'>,
  destroy: (ids: readonly RecordId[]) => Promise<void>,
  until: UnixTime,
): Promise<boolean> {
  const ids = await store.expired(until, SWEPT_AT_ONCE)
  if (ids.length > 0) await destroy(ids)
  return ids.length === SWEPT_AT_ONCE
}
