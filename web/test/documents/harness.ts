/**
 * What a page makes of documents and queries, behind standard input and output: one command a line, one answer a line,
 * both JSON objects.
 *
 * tests/web/test_documents.py asks the same of Python. Run it in web/ by `node --import tsx test/documents/harness.ts`.
 */

import { stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../../src/core/action.ts'
import { decodeRecord } from '../../src/core/record.ts'
import { writeCursor } from '../../src/documents/cursor.ts'
import { type Definition, define } from '../../src/documents/definition.ts'
import { columnsOf, fieldOfRow, type Row, rowOf } from '../../src/documents/document.ts'
import { headsOf } from '../../src/documents/linking.ts'
import { compare, inOrder, namesOf, type Seat } from '../../src/documents/order.ts'
import { plan } from '../../src/documents/plan.ts'
import { Schema } from '../../src/documents/schema.ts'
import { canonical, isScalar, readJson } from '../../src/documents/value.ts'
import { matches } from '../../src/documents/where.ts'
import { fold, hasWords, wordsIn, wordsOf } from '../../src/documents/words.ts'
import { PeersetError, SchemaError } from '../../src/errors.ts'

interface Collection {
  readonly name: string
  /** JSON texts, so that this language's own parser reads them. */
  readonly schema: string
  readonly options: string
}

type Command =
  | { readonly do: 'read'; readonly text: string }
  | { readonly do: 'fold'; readonly text: string }
  | ({ readonly do: 'define' } & Collection)
  | { readonly do: 'check'; readonly schema: string; readonly text: string }
  | ({ readonly do: 'row'; readonly wire: string } & Collection)
  | { readonly do: 'heads'; readonly versions: readonly Parameters<typeof headsOf>[0][] }
  | ({
      readonly do: 'find'
      readonly wires: readonly string[]
      readonly query: string
      readonly now: number
    } & Collection)

interface Query {
  readonly where?: Json
  readonly [wish: string]: unknown
}

/** Do what *command* says; give the answer. */
function obey(command: Command): object {
  switch (command.do) {
    case 'read':
      return { canonical: written(readJson(command.text)) }
    case 'fold':
      return { folded: fold(command.text), words: wordsIn(command.text) }
    case 'define':
      return shownDefinition(defined(command))
    case 'check': {
      const schema = new Schema(readJson(command.schema))
      const value = readJson(command.text)
      schema.check(value)
      return { canonical: written(schema.filled(value)) }
    }
    case 'row': {
      const definition = defined(command)
      const row = rowOf(definition, decodeRecord(hexToBytes(command.wire)))
      return row === null ? { row } : { row: shownRow(definition, row) }
    }
    case 'heads':
      return { heads: command.versions.map(versions => headsOf(versions).map(({ id }) => id)) }
    case 'find':
      return find(command)
  }
}

function defined({ name, schema, options }: Collection): Definition {
  return define(name, readJson(schema), readJson(options) as object)
}

function shownDefinition({ digest, columns, indexes, arrays, text, place, fields }: Definition): object {
  const shown = columns.map(({ field, type }) => [field, type])
  return {
    ...{ digest, columns: shown.sort(), indexes: indexes.map(namesOf), arrays, text, place },
    fields: fields && [...fields].sort(),
  }
}

function shownRow(definition: Definition, row: Row): object {
  const { key, stamp, state, value, expiresAt, parents, batch } = row
  const columns = columnsOf(definition, row).map((each, at) => [definition.columns[at]?.field, written(each)])
  const words = wordsOf(value, definition.text).sort()
  return { key, stamp, state, value: written(value), expiresAt, parents, batch, columns: columns.sort(), words }
}

/** Give the whole result page by page, and whether each document is told apart from its neighbour. */
function find({ wires, query, now, ...collection }: Command & { readonly do: 'find' }): object {
  const definition = defined(collection)
  const { where, ...wish } = readJson(query) as Query
  const asked = plan(definition, where, wish, now)
  const rows = wires.flatMap(wire => {
    const record = decodeRecord(hexToBytes(wire))
    const row = rowOf(definition, record)
    return row?.state === 0 ? [{ record, row }] : []
  })
  const seated = rows
    .filter(({ row }) => matches(asked.where, field => fieldOfRow(row, field)))
    .filter(({ row }) => hasWords(asked.words, wordsOf(row.value, definition.text)))
    .map(({ record, row }): [Seat, Seat] => {
      const fields = asked.order.slice(0, -1).map(({ field }) => fieldOfRow(row, field))
      const values = fields.map(each => (isScalar(each) ? each : null))
      const seat = { values, stamp: row.stamp, id: record.id }
      return [seat, seat]
    })
  const found = inOrder(asked.order, seated).filter(
    seat => asked.after === null || compare(asked.order, asked.after, seat) < 0,
  )
  const page = found.slice(0, asked.limit)
  return {
    digest: asked.digest,
    found: page.map(({ id }) => id),
    cursors: page.map(seat => writeCursor(asked.digest, seat)),
  }
}

function written(value: Json): string {
  return bytesToHex(canonical(value))
}

/** Do what *command* says; give the answer, or what kind of mistake it is. */
function answer(command: Command): object {
  try {
    return obey(command)
  } catch (error) {
    if (error instanceof SchemaError) return { error: error.name, path: error.path }
    if (error instanceof PeersetError) return { error: error.name }
    if (error instanceof SyntaxError) return { error: 'ValueError' }
    throw error
  }
}

for await (const line of createInterface({ input: stdin })) {
  stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Command))}\n`)
}
