/**
 * Finds the record that people mean, where its id is not all there: by first digits, or by an address (NIP-19). Loaded with
 * the first join.
 */

import { ConfigError } from '../errors.ts'
import type { Entry } from './block.ts'
import { addressOf, addressText, digestOf } from './deletion.ts'
import { type Filter, makeFilter } from './filter.ts'
import type { AddressPointer } from './nip19.ts'
import type { Record, RecordId } from './record.ts'

const CANDIDATES_SHOWN_MAX = 5
const CANDIDATE_DIGITS = 16

/** What knows records, such as a store. */
export interface Records {
  entries(): Promise<readonly Entry[]>
  /** Give the records that match, newest first. */
  query(filter: Filter): Promise<Record[]>
}

/** Find the newest version at *address*; null when there is none. */
export async function findNewest(address: AddressPointer, where: Pick<Records, 'query'>): Promise<RecordId | null> {
  const { author, kind, key } = address
  const name = digestOf(addressText(kind, author, key))
  const found = await where.query(makeFilter({ authors: [author], kinds: [kind] }))
  return found.find(record => addressOf(record) === name)?.id ?? null
}

/** Find the one id in *where* that begins with *digits*; null when none does. Refused with a ConfigError for several. */
export async function findBeginning(digits: string, where: Pick<Records, 'entries'>): Promise<RecordId | null> {
  const ids = (await where.entries()).map(([, id]) => id as RecordId)
  const found = ids.filter(id => id.startsWith(digits)).sort()
  if (found.length <= 1) return found[0] ?? null
  const listed = found.slice(0, CANDIDATES_SHOWN_MAX).map(id => id.slice(0, CANDIDATE_DIGITS))
  const more = found.length > CANDIDATES_SHOWN_MAX ? ', ...' : ''
  throw new ConfigError(`${found.length} records have an id that begins with "${digits}": ${listed.join(', ')}${more}`)
}
