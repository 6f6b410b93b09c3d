/** What a store of documents is asked: queries that were read and checked, and what comes back. */

import type { PublicKey } from '../core/keys.ts'
import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import { stampOf } from '../core/stamp.ts'
import { readAuthor, shown } from '../core/typed.ts'
import { ConfigError, QueryError } from '../errors.ts'
import { digestOf, readCursor } from './cursor.ts'
import type { Definition } from './definition.ts'
import { AUTHOR, namesOf, type Order, OWN_FIELDS, readOrder, type Seat } from './order.ts'
import { isObject } from './value.ts'
import { type Condition, type Conditions, type Either, OPS, plain, readStamp, readWhere } from './where.ts'
import { readWords, type Words } from './words.ts'

export const NEWEST_FIRST = '-time'
/** The Unix time from which ages are counted to tell queries apart. */
export const LONG_AGO = 1_000_000_000

/** Which documents of a collection are wanted, and in what order: plain data. Make one with `plan`. */
export interface Plan {
  readonly collection: string
  readonly where: Conditions
  readonly order: Order
  /** All must occur in the fields of text. */
  readonly words: Words
  readonly after: Seat | null
  readonly limit: number
  /** As of this stamp: later documents and versions are as if they were not here. */
  readonly at: number | null
  /** Tells the queries of cursors apart. */
  readonly digest: string
}

/** What a query says beside its conditions; null is as good as nothing. */
export interface Wish {
  readonly order?: unknown
  readonly limit?: unknown
  readonly after?: unknown
  readonly text?: unknown
  readonly author?: unknown
  /** A time; or a document or record: what was there once that was written. */
  readonly at?: unknown
}

/**
 * Read a query of the documents of a collection; *now* is the Unix time that ages are counted from.
 *
 * Throws a QueryError when a field, operator, value, order, limit or cursor cannot be meant.
 */
export function plan(definition: Definition, where: unknown, wish: Wish, now: number): Plan {
  const { name, fields } = definition
  const { order, limit, after, text, author, at } = wish
  const asked = readAll(definition, where, author, now)
  checkObjects(definition, asked)
  const terms = readOrder(order ?? NEWEST_FIRST)
  const unknown = terms.find(({ field }) => !OWN_FIELDS.includes(field) && fields?.has(field) === false)
  if (unknown !== undefined) {
    throw new QueryError(`documents here have no field ${shown(unknown.field)} to be sorted by`)
  }
  const most = limit ?? PAGE_DOCUMENTS_MAX
  if (!Number.isInteger(most) || Number(most) < 0 || Number(most) > PAGE_DOCUMENTS_MAX) {
    throw new QueryError(`a page has 0 to ${PAGE_DOCUMENTS_MAX} documents, not ${shown(most)}`)
  }
  const words = readWords(text)
  if (words.length > 0 && definition.text.length === 0) {
    throw new QueryError(`the collection ${shown(name)} has no fields of text: declare text: [...]`)
  }
  const said = words.map(word => [word.text, word.isBeginning])
  // By the next page an age means another time, and still the same query.
  const meant = plain(readAll(definition, where, author, LONG_AGO))
  const digest = digestOf([name, meant, namesOf(terms), said, readAt(at, LONG_AGO)])
  const seat = after == null ? null : readCursor(after, digest, terms.length - 1)
  return {
    collection: name,
    where: asked,
    order: terms,
    words,
    after: seat,
    limit: Number(most),
    at: readAt(at, now),
    digest,
  }
}

/** How a store would find what a query wants. */
export interface Explanation {
  /** The fields of the index it uses; null: it reads all documents. */
  readonly index: readonly string[] | null
  /** How many rows it would read, about. */
  readonly rowsRead: number
  /** What to declare, so that less is read; empty when nothing would help. */
  readonly advice: string
  /** All that the collection has, each as `index` names it: its fields, an array such as `tags[]`, `text`. */
  readonly indexes: readonly (readonly string[])[]
}

/** One number over the documents that match: `count`, or `sum`, `min`, `max` or `mean` of a field. */
export interface Figure {
  readonly name: string
  readonly function: string
  readonly field: string | null
}

/** Which register is meant: a key, and its author unless the collection is shared. */
export interface Slot {
  readonly key: string
  readonly author: PublicKey | null
}

/** That one record follows another. */
export interface Link {
  readonly parent: RecordId
  readonly child: RecordId
}

function readAll({ fields }: Definition, where: unknown, author: unknown, now: number): Conditions {
  const asked = readWhere(where, { fields, now })
  return author == null
    ? asked
    : [...asked, asQuery((): Condition => ({ field: AUTHOR, op: 'eq', value: readAuthor(author) }))]
}

/** Make sure that who asks a field to equal an object does not misspell an operator: the field may hold one. */
function checkObjects({ schema }: Definition, asked: Conditions): void {
  for (const { field, op, value } of asked.flatMap(flattened)) {
    const said = schema?.paths.get(field)?.said ?? new Set()
    const mayBe = !OWN_FIELDS.includes(field) && (said.size === 0 || said.has('object'))
    if (op === 'eq' && isObject(value) && !mayBe) {
      throw new QueryError(`${shown(value)} cannot be asked of ${shown(field)}; there are: ${OPS.join(', ')}`)
    }
  }
}

function flattened(part: Condition | Either): readonly Condition[] {
  return 'branches' in part ? part.branches.flatMap(branch => branch.flatMap(flattened)) : [part]
}

function readAt(at: unknown, now: number): number | null {
  if (at == null) return null
  // What was written has its microsecond, where Unix seconds mean the whole second.
  const { stamp, tags } = Object(at) as Partial<Record & { readonly stamp: number }>
  const exact = tags === undefined ? stamp : stampOf(at as Record)
  return Number.isInteger(exact) ? Number(exact) : asQuery(() => readStamp('lte', at, now))
}

function asQuery<Read>(read: () => Read): Read {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) throw new QueryError(error.message, { cause: error })
    throw error
  }
}
