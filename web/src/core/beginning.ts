/** Finds the record whose id begins with some digits; loaded with the first join. */

import { ConfigError } from '../errors.ts'
import type { Entry } from './block.ts'
import type { RecordId } from './record.ts'

const CANDIDATES_SHOWN_MAX = 5
const CANDIDATE_DIGITS = 16

/** What knows all ids, such as a store. */
export interface Entries {
  entries(): Promise<readonly Entry[]>
}

/** Find the one id in *where* that begins with *digits*; null when none does. Refused with a ConfigError for several. */
export async function findBeginning(digits: string, where: Entries): Promise<RecordId | null> {
  const ids = (await where.entries()).map(([, id]) => id as RecordId)
  const found = ids.filter(id => id.startsWith(digits)).sort()
  if (found.length <= 1) return found[0] ?? null
  const listed = found.slice(0, CANDIDATES_SHOWN_MAX).map(id => id.slice(0, CANDIDATE_DIGITS))
  const more = found.length > CANDIDATES_SHOWN_MAX ? ', ...' : ''
  throw new ConfigError(`${found.length} records have an id that begins with "${digits}": ${listed.join(', ')}${more}`)
}
