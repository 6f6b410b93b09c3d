/** Values of documents as the content of records. Loaded once a page writes. */

import type { Json } from '../core/action.ts'
import { RECORD_BYTES_MAX } from '../core/limits.ts'
import type { Schema } from '../documents/schema.ts'
import { readJson } from '../documents/value.ts'
import { MalformedError, SchemaError } from '../errors.ts'

/** Write *value*, which every other peer must be able to read. */
export function writtenAs(value: unknown, schema: Schema | null): string {
  const text = written(value)
  const there = read(text)
  schema?.check(there)
  return text
}

function written(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value, checked)
  } catch (error) {
    if (error instanceof SchemaError) throw error
    throw new SchemaError('', `it cannot be written as JSON: ${String(error)}`)
  }
  if (text === undefined) throw new SchemaError('', `a value of type ${typeof value}, which JSON cannot say`)
  if (text.length > RECORD_BYTES_MAX) {
    throw new MalformedError(`a document of ${text.length} characters; the limit is ${RECORD_BYTES_MAX} bytes`)
  }
  return text
}

/** JSON would say null in its place. */
function checked(name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SchemaError(name, `${value} is no number in JSON`)
  return value
}

/** Read what was written as every other peer will. */
function read(text: string): Json {
  try {
    return readJson(text)
  } catch (error) {
    throw new SchemaError('', error instanceof Error ? error.message : String(error))
  }
}
