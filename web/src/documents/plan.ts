/** What a store of documents is asked: queries that were read and checked, and what comes back. */

import type { PublicKey } from '../core/keys.ts'
import { PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import { readAuthor, shown } from '../core/typed.ts'
import { ConfigError, QueryError } from '../errors.ts'
import { digestOf, readCursor } from './cursor.ts'
import type { ColumnType, Definition } from './definition.ts'
import { AUTHOR, namesOf, type Order, OWN_FIELDS, readOrder, type Seat, TIME } from './order.ts'
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
}

/** One number over the documents that match: `count`, or `sum`, `min`, `max` or `mean` of a field. */
export interface Figure {
  readonly name: string
  readonly function: string
  readonly field: string | null
}

export const FUNCTIONS: readonly string[] = ['count', 'sum', 'min', 'max', 'mean']

/**
 * Read what is to be computed, such as `{ n: 'count', best: 'max:stars' }`.
 *
 * Throws a QueryError when a function is unknown, or a field is no column.
 */
export function readFigures(definition: Definition, compute: unknown): Figure[] {
  if (!isObject(compute) || Object.keys(compute).length === 0) {
    const form = 'an object such as { n: "count", best: "max:stars" }'
    throw new QueryError(`figures are ${form}, not ${shown(compute)}`)
  }
  return Object.entries(compute).map(([name, text]) => readFigure(definition, name, text))
}

/** Make sure that *field* is a column, or a document's own, to compute with or to group by; else throw a QueryError. */
export function checkColumn({ columns }: Definition, field: unknown): string {
  const known = [...columns.map(column => column.field), ...OWN_FIELDS]
  if (typeof field === 'string' && known.includes(field)) return field
  throw new QueryError(`nothing can be computed of ${shown(field)}; there are: ${known.join(', ')}`)
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

function readFigure(definition: Definition, name: string, text: unknown): Figure {
  const [wanted = '', ...rest] = typeof text === 'string' ? text.split(':') : []
  const field = rest.join(':')
  if (!FUNCTIONS.includes(wanted) || (wanted === 'count') !== (field === '')) {
    throw new QueryError(`a figure is "count", or such as "max:stars" (${FUNCTIONS.join(', ')}), not ${shown(text)}`)
  }
  if (field === '') return { name, function: wanted, field: null }
  if (typeOf(definition, checkColumn(definition, field)) === 'text' && ['sum', 'mean'].includes(wanted)) {
    throw new QueryError(`there is no ${wanted} of texts, such as ${shown(field)}`)
  }
  return { name, function: wanted, field }
}

function typeOf({ columns }: Definition, field: string): ColumnType {
  return columns.find(column => column.field === field)?.type ?? (field === TIME ? 'number' : 'text')
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
  return at == null ? null : asQuery(() => readStamp('lte', at, now))
}

function asQuery<Read>(read: () => Read): Read {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) throw new QueryError(error.message, { cause: error })
    throw error
  }
}
