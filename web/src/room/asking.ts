/**
 * Reads what people type of a query: times, kinds, tags, sets of them, and where a page begins.
 *
 * It is loaded with the first join, and what a query may lead to with it: later there may be no network.
 */

import { type Cursor, cursorOf } from '../core/filter.ts'
import { KIND_MAX } from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import { readSince, readUntil } from '../core/times.ts'
import { type AnyId, findId, isRecord, lower, readAuthor, readId, readText, several, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { Reading } from './peer.ts'
import type { Query, Resolve } from './query.ts'

const FIELDS = ['ids', 'authors', 'kinds', 'since', 'until', 'tags', 'collection', 'after', 'limit']
const CURSOR = /^(\d{1,16})-([0-9a-f]{64})$/

/**
 * Read *query*; *now*, in Unix seconds, is what ages are counted from. What is given back looks up in a store what the
 * query gives the first digits of alone.
 *
 * Throws a ConfigError for a field that is unknown, or whose value cannot be meant; the look-up is refused with one when
 * several ids begin so, or when the page begins after a record that is not here.
 */
export function readQuery(query: unknown, now: number): Resolve {
  if (typeof query !== 'object' || query === null) {
    throw new ConfigError(`records are chosen by an object, such as { kinds: 1078 }, not ${shown(query)}`)
  }
  const fields = query as { readonly [name: string]: unknown }
  const wrong = Object.keys(fields).find(name => !FIELDS.includes(name))
  if (wrong !== undefined) {
    throw new ConfigError(`records are not chosen by ${shown(wrong)}; there are: ${FIELDS.join(', ')}`)
  }
  const read = <Read>(name: keyof Query, reader: (value: unknown) => Read): Read | null =>
    fields[name] == null ? null : reader(fields[name])
  const tags = read('tags', readTags) ?? new Map<string, ReadonlySet<string>>()
  read('collection', value => tags.set('c', new Set([readText('a collection', value)])))
  const ids = read('ids', value => readSet(value, readId))
  const after = read('after', readCursor)
  const filter = {
    authors: read('authors', value => readSet(value, readAuthor)),
    kinds: read('kinds', value => readSet(value, readKind)),
    since: read('since', value => readSince(value, now)),
    until: read('until', value => readUntil(value, now)),
    tags,
    limit: read('limit', readLimit),
  }
  return async store => ({
    ...filter,
    ids: ids && (await found(ids, store)),
    after: after ?? (fields.after == null ? null : await placeOf(fields.after, store)),
  })
}

/** Read a place among records from a record, a cursor or its text; null for what may be a record's id. */
export function readCursor(value: unknown): Cursor | null {
  if (isRecord(value)) return cursorOf(value)
  const { stamp, id } = Object(value) as { readonly [name: string]: unknown }
  const [, digits, text] = CURSOR.exec(stamp === undefined ? lower(value) : `${stamp}-${lower(id)}`) ?? []
  if (text !== undefined) return { stamp: Number(digits), id: text as RecordId }
  readId(value)
  return null
}

/** Read one kind; throws ConfigError for what is none. */
export function readKind(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= KIND_MAX) return Number(value)
  throw new ConfigError(`a kind is a whole number from 0 to ${KIND_MAX}, not ${shown(value)}`)
}

/** Read how many are wanted at most; throws ConfigError for what is no whole number, or negative. */
export function readLimit(value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value)
  throw new ConfigError(`a limit is a whole number from 0 on, not ${shown(value)}`)
}

/** Read which tags are wanted, by name; throws ConfigError for what names none, or holds no texts. */
export function readTags(value: unknown): Map<string, ReadonlySet<string>> {
  if (typeof value !== 'object' || value === null) {
    throw new ConfigError(`tags are given by name, such as { t: "greeting" }, not ${shown(value)}`)
  }
  const read = (name: unknown, values: unknown) => {
    if (typeof name !== 'string' || !/^[a-z]$/i.test(name))
      throw new ConfigError(`a tag's name is one letter, not ${shown(name)}`)
    return [name, readSet(values, each => readText(`a value of the tag "${name}"`, each))] as const
  }
  return new Map(
    Array.from(value instanceof Map ? value : Object.entries(value), ([name, values]) => read(name, values)),
  )
}

/** Read a set of values, which a single one stands for too. */
export function readSet<Read>(value: unknown, read: (each: unknown) => Read): ReadonlySet<Read> {
  return new Set(several(value).map(each => read(each)))
}

async function found(ids: Iterable<AnyId>, store: Reading): Promise<ReadonlySet<RecordId>> {
  const all = await Promise.all(Array.from(ids, id => findId(id, store)))
  return new Set(all.filter(id => id !== null))
}

async function placeOf(after: unknown, store: Reading): Promise<Cursor> {
  const id = await findId(after, store)
  const [record] = id === null ? [] : await store.get([id])
  if (record !== undefined) return cursorOf(record)
  throw new ConfigError(`no page begins after ${shown(after)}: there is no such record here; a Cursor needs none`)
}
