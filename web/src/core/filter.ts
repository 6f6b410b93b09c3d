/** Which records a reader wants, with the names of NIP-01 filters. */
import { ConfigError } from '../errors.ts'
import type { PublicKey } from './keys.ts'
import { type Record, type RecordId, tagValues } from './record.ts'
import { readAuthor, readId } from './typed.ts'

/** A record matches when every given field does (NIP-01); fields that are null match all, empty ones none. */
export interface Filter {
  readonly ids: ReadonlySet<RecordId> | null
  readonly authors: ReadonlySet<PublicKey> | null
  readonly kinds: ReadonlySet<number> | null
  /** createdAt at or after this, in Unix seconds. */
  readonly since: number | null
  /** createdAt at or before this, in Unix seconds. */
  readonly until: number | null
  /** One-letter tag name -> accepted first values. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>
  /** At most this many, newest first, ties by lowest id first. */
  readonly limit: number | null
}

/** What a filter is made of; fields left out match all. Where several values may stand, one alone will do. */
export interface FilterFields {
  /** By their 64 hexadecimal digits. */
  readonly ids?: string | Iterable<string> | null
  /** By npub, or by 64 hexadecimal digits. */
  readonly authors?: string | Iterable<string> | null
  readonly kinds?: number | Iterable<number> | null
  readonly since?: number | null
  readonly until?: number | null
  /** One-letter tag name -> accepted first values. */
  readonly tags?: { readonly [name: string]: string | Iterable<string> }
  readonly limit?: number | null
}

/**
 * Make a filter.
 *
 * Throws:
 *   ConfigError: an id or author can be none, a tag name is not one letter (others are not indexed), or the limit
 *     is negative.
 */
export function makeFilter(fields: FilterFields = {}): Filter {
  const { ids = null, authors = null, kinds = null, since = null, until = null, tags = {}, limit = null } = fields
  for (const name of Object.keys(tags)) {
    if (!LETTER.test(name)) {
      throw new ConfigError(`a filter's tag name must be one letter a-z or A-Z, not ${JSON.stringify(name)}`)
    }
  }
  if (limit !== null && !(limit >= 0)) {
    throw new ConfigError(`a filter's limit must be 0 or more, not ${limit}`)
  }
  return {
    ids: ids === null ? null : setOf(ids, readId),
    authors: authors === null ? null : setOf(authors, readAuthor),
    kinds: kinds === null ? null : setOf(kinds, kind => kind),
    since,
    until,
    tags: new Map(Object.entries(tags).map(([name, values]) => [name, setOf(values, String)])),
    limit,
  }
}

function setOf<Given extends string | number, Read>(
  given: Given | Iterable<Given>,
  read: (each: Given) => Read,
): ReadonlySet<Read> {
  const several = typeof given === 'object' ? [...given] : [given as Given]
  return new Set(several.map(each => read(each)))
}

/** Say whether *record* passes every field of *filter* but its limit. */
export function matches(filter: Filter, record: Record): boolean {
  return (
    (filter.ids === null || filter.ids.has(record.id)) &&
    (filter.authors === null || filter.authors.has(record.author)) &&
    (filter.kinds === null || filter.kinds.has(record.kind)) &&
    (filter.since === null || record.createdAt >= filter.since) &&
    (filter.until === null || record.createdAt <= filter.until) &&
    [...filter.tags].every(([name, values]) => tagValues(record, name).some(value => values.has(value)))
  )
}

const LETTER = /^[a-zA-Z]$/
