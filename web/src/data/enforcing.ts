/** Schemas of collections as a rule of the room: what does not fit is no member. Loaded by pages that enforce any. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Record } from '../core/record.ts'
import { canonicalJson } from '../core/rules.ts'
import { shown } from '../core/typed.ts'
import { readName } from '../documents/definition.ts'
import { collectionOf, MISFIT, placeOf, VOID } from '../documents/document.ts'
import { Schema } from '../documents/schema.ts'
import { canonical, isObject, readJson } from '../documents/value.ts'
import { ConfigError, SchemaError } from '../errors.ts'
import { admission } from '../policies/function.ts'
import type { Policy } from '../ports.ts'

export const NAME = 'collections'
export const VERSION = 1

/** Make an admission policy of JSON Schemas by the names of their collections: `room/database.ts` says more. */
export function enforce(given: unknown): Policy {
  if (!isObject(given) || Object.keys(given).length === 0) {
    throw new ConfigError(`enforce takes the schemas of collections by their names, not ${shown(given)}`)
  }
  const schemas = new Map(Object.entries(given).map(([name, each]) => [readName(name), schemaOf(name, each)]))
  const names = [...schemas.keys()].sort()
  const parameters = canonicalJson({ collections: names })
  const hashes = names.map(name => bytesToHex(sha256(canonical(schemas.get(name)?.json ?? null))))
  const opinion = (record: Record) => {
    const name = collectionOf(record)
    const schema = name === null ? undefined : schemas.get(name)
    return name === null || schema === undefined ? null : wrongWith(record, name, schema)
  }
  return admission(NAME, { version: VERSION, parameters, hashes }, opinion)
}

function schemaOf(name: string, given: unknown): Schema {
  if (isObject(given)) return new Schema(given)
  throw new ConfigError(`what is enforced of ${shown(name)} is a JSON Schema, not ${shown(given)}`)
}

/** Say why *record* is no document of its collection; null when it is one. */
function wrongWith(record: Record, name: string, schema: Schema): string | null {
  const [, state] = placeOf(record, name)
  if ((state & MISFIT) !== 0) return `it is no document of ${shown(name)}: its key is missing, or it deletes nothing`
  if ((state & VOID) !== 0) return null
  try {
    schema.check(readJson(record.content))
    return null
  } catch (error) {
    if (error instanceof SchemaError) return `it does not fit ${shown(name)}: ${error.message}`
    if (error instanceof SyntaxError) return `it is no document of ${shown(name)}: ${error.message}`
    throw error
  }
}
