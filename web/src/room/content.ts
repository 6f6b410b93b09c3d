/** What a user publishes, as the text of a record. */

import type { Json } from '../core/action.ts'
import { RECORD_BYTES_MAX } from '../core/limits.ts'
import type { Tags } from '../core/record.ts'
import { several, shown } from '../core/typed.ts'
import { ConfigError, MalformedError } from '../errors.ts'

/**
 * Write *content* as a record holds it: a text as it is, anything else as JSON.
 *
 * Throws ConfigError for what JSON cannot say, such as undefined or NaN, and MalformedError for what is longer than
 * any record.
 */
export function textOf(content: Json): string {
  const text = typeof content === 'string' ? content : jsonOf(content)
  // What is far too long is not hashed and signed first.
  if (text.length <= RECORD_BYTES_MAX) return text
  throw new MalformedError(`a content of ${text.length} characters; the limit is ${RECORD_BYTES_MAX} bytes`)
}

/** Read tags as people write them, lists or by name (`{ t: ['a', 'b'] }`); throws ConfigError for what is neither. */
export function tagsOf(tags: unknown): Tags {
  if (typeof tags === 'object' && tags !== null && !(Symbol.iterator in tags)) {
    return Object.entries(tags).flatMap(([name, values]) => several(values).map(value => [name, value as string]))
  }
  return several(tags).map(tag => {
    if (Array.isArray(tag)) return tag
    throw new ConfigError(`a tag is a list of texts such as ["t", "greeting"], not ${shown(tag)}`)
  })
}

function jsonOf(content: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(content, checked)
    if (text !== undefined) return text
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`the content cannot be written as JSON: ${String(error)}`, { cause: error })
  }
  throw new ConfigError(`the content is no text and no JSON: ${typeof content}`)
}

/** JSON would say null in its place. */
function checked(_name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  throw new ConfigError(`the content holds ${value}, which JSON cannot say`)
}
