/** How documents are read is written down in tests/vectors/data.json, which Python writes. */
import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/data.json'
import type { Json } from '../../src/core/action.ts'
import { recordOf } from '../../src/core/record.ts'
import { readCursor, writeCursor } from '../../src/documents/cursor.ts'
import { type DefinitionOptions, define } from '../../src/documents/definition.ts'
import { fieldOfRow, present, rowOf } from '../../src/documents/document.ts'
import { headsOf } from '../../src/documents/linking.ts'
import { inOrder, namesOf, type Seat, TIME } from '../../src/documents/order.ts'
import { plan } from '../../src/documents/plan.ts'
import { Schema } from '../../src/documents/schema.ts'
import { sumOf } from '../../src/documents/sums.ts'
import { canonical, compareRanks, isScalar, rank, readJson, type Scalar } from '../../src/documents/value.ts'
import { matches } from '../../src/documents/where.ts'
import { hasWords, wordsIn, wordsOf } from '../../src/documents/words.ts'
import { QueryError, SchemaError } from '../../src/errors.ts'

/** Give what *work* gives, or null when it refuses. */
function orNull<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}

test.each(vectors.contents)('the content $content is read as everywhere', ({ content, bytes }) => {
  expect(orNull(() => bytesToHex(canonical(readJson(content))))).toBe(bytes)
})

test.each(vectors.canonical)('the bytes of $value are those of everywhere', ({ value, bytes }) => {
  expect(bytesToHex(canonical(value as Json))).toBe(bytes)
})

test('scalars are sorted as everywhere', () => {
  const shuffled = [...vectors.scalars].reverse()
  expect(shuffled.sort((one, other) => compareRanks(rank(one), rank(other)))).toEqual(vectors.scalars)
})

test.each(vectors.schemas)('the schema $schema says the same of all values', ({ schema, values }) => {
  const read = orNull(() => new Schema(schema))
  expect(read === null).toBe(values === null)
  for (const { value, ...verdict } of values ?? []) expect(verdictOf(read as Schema, value as Json)).toEqual(verdict)
})

function verdictOf(schema: Schema, value: Json): object {
  try {
    schema.check(value)
  } catch (error) {
    if (error instanceof SchemaError) return { refused_at: error.path }
    throw error
  }
  return { filled: schema.filled(value) }
}

function defined({ name, schema, ...options }: { name: string; schema: unknown }) {
  return define(name, schema ?? undefined, options as DefinitionOptions)
}

test.each(vectors.definitions)('the collection $name is declared alike', ({ read, ...given }) => {
  const found = orNull(() => defined(given))
  if (found === null) return expect(read).toBeNull()
  const { digest, columns, indexes, arrays, fields } = found
  expect({
    digest,
    columns: columns.map(({ field, type }) => [field, type]),
    indexes: indexes.map(namesOf),
    arrays,
    fields: fields === null ? null : [...fields].sort(),
  }).toEqual(read)
})

const { read: _, ...given } = vectors.definitions[vectors.definition] as (typeof vectors.definitions)[number]
const PLACES = defined(given)

test.each(vectors.rows)('the record $event.content is read as everywhere', ({ event, row }) => {
  const found = rowOf(PLACES, recordOf(event))
  if (found === null) return expect(row).toBeNull()
  const { key, stamp, state, value, expiresAt: expires_at, parents, batch } = found
  expect({ key, stamp, state, value, expires_at, parents, batch }).toEqual(row)
})

test.each(vectors.heads)('versions have the heads of everywhere', ({ versions, present: wanted, heads }) => {
  const id = (number: number) => number.toString(16).padStart(2, '0').repeat(32)
  const made = versions.map(([number, stamp, state, follows]) => ({
    ...{ id: id(number as number), author: '', stamp, state, parents: (follows as number[]).map(id) },
  })) as unknown as Parameters<typeof headsOf>[0]
  const numbers = (found: Iterable<{ id: string }>) => [...found].map(each => Number.parseInt(each.id.slice(0, 2), 16))
  expect(numbers(present(made))).toEqual(wanted)
  expect(numbers(headsOf(made))).toEqual(heads)
})

test.each(vectors.queries)('the query $where $order $text finds the same', ({ read, where, ...wish }) => {
  const asked = orNull(() => plan(PLACES, where, wish, vectors.now))
  if (asked === null) return expect(read).toBeNull()
  const found: [Seat, number][] = []
  for (const [place, { event }] of vectors.rows.entries()) {
    const record = recordOf(event)
    const row = rowOf(PLACES, record)
    if (row === null || row.state !== 0 || (asked.at !== null && row.stamp > asked.at)) continue
    const get = (field: string) => fieldOfRow(row, field)
    if (!matches(asked.where, get) || !hasWords(asked.words, wordsOf(row.value, PLACES.text))) continue
    const values = asked.order.filter(({ field }) => field !== TIME).map(({ field }) => get(field)) as Scalar[]
    expect(values.every(isScalar)).toBe(true)
    found.push([{ values, stamp: row.stamp, id: record.id }, place])
  }
  expect({ digest: asked.digest, found: inOrder(asked.order, found).slice(0, asked.limit) }).toEqual(read)
})

test.each(vectors.cursors)('the cursor $text says the same place', ({ text, digest, values, stamp, id }) => {
  if (values === null) return expect(() => readCursor(text, digest, 0)).toThrow(QueryError)
  const seat = { values, stamp, id } as unknown as Seat
  expect(writeCursor(digest, seat)).toBe(text)
  expect(readCursor(text, digest, values.length)).toEqual(seat)
})

test.each(vectors.words)('the text $text has the same words', ({ text, words }) => {
  expect(wordsIn(text)).toEqual(words)
})

test.each(vectors.sums)('the sum of $numbers is that of everywhere, in every order', ({ numbers, sum, mean }) => {
  const orders = [numbers, numbers.toReversed(), numbers.toSorted((one, other) => one - other)]
  expect(orders.map(sumOf)).toEqual([sum, sum, sum])
  expect(sum === null || numbers.length === 0 ? null : sum / numbers.length).toBe(mean)
})
