/** What shares of an index stand for, and budgets that never end. */

import type { Index } from '../../src/core/merkle.ts'
import { Budget, draw, type Share } from '../../src/core/ranges.ts'
import type { RecordId } from '../../src/core/record.ts'

/** Give the ids that *shares* of *index* stand for, a few at a time. */
export function drawn(index: Index, salt: Uint8Array, shares: readonly Share[], most = 7): RecordId[] {
  const found: RecordId[] = []
  for (let share of shares as (Share | null)[]) {
    while (share !== null) {
      const { entries, rest } = draw(share, index, salt, most)
      found.push(...entries.map(([, id]) => id))
      share = rest
    }
  }
  return found
}

/** Give a budget that is never spent. */
export function unlimited(): Budget {
  return new Budget(2 ** 40)
}
