/**
 * JSON Schemas as libraries write them, in the words that schemas of collections have.
 *
 * Definitions are put where they are referred to. What only narrows a value, and has no word here, is left out: the
 * validator that wrote the schema checks it in this page.
 */

import { SCHEMA_DEPTH_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'

const KEPT = new Set([
  ...['type', 'required', 'enum', 'const', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['description', 'title', 'default'],
])
const LEFT_OUT = new Set([
  ...['format', 'pattern', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'uniqueItems', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'contentEncoding', 'contentMediaType', 'discriminator', 'prefixItems'],
  ...['$defs', 'definitions', '$schema', '$id', '$comment', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
])
const REFERENCE = /^#\/(?:\$defs|definitions)\//

interface Node {
  readonly [word: string]: unknown
}

/** Where a node stands, and by which definitions it was come to. */
interface Place {
  readonly definitions: ReadonlyMap<string, unknown>
  readonly where: string
  readonly trail: readonly string[]
}

/**
 * Write *given* without references, in the words of `documents/schema.ts`.
 *
 * Refused with a ConfigError when it refers to itself, or has a word that cannot be left out.
 */
export function inlined(given: unknown): unknown {
  const { definitions, $defs } = Object(given) as Node
  const known = [definitions, $defs].flatMap(each => Object.entries(Object(each) as Node))
  return nodeOf(given, { definitions: new Map(known), where: 'the schema', trail: [] })
}

function nodeOf(given: unknown, place: Place): unknown {
  if (typeof given === 'boolean') return given
  const { where, trail } = place
  if (!isNode(given)) throw new ConfigError(`${where} is no object: ${shown(given)}`)
  if (trail.length > SCHEMA_DEPTH_MAX) {
    throw new ConfigError(`${where}: a schema of more than ${SCHEMA_DEPTH_MAX} levels`)
  }
  if (Object.hasOwn(given, '$ref')) return referred(given, place)
  if (Object.hasOwn(given, 'allOf')) return joined(given, place)
  const words = Object.entries(given).flatMap(([word, value]) => wordOf(word, value, place))
  // What stands behind a prefix is not what stands everywhere.
  return Object.fromEntries(words.filter(([word]) => word !== 'items' || !Object.hasOwn(given, 'prefixItems')))
}

function wordOf(word: string, value: unknown, place: Place): [string, unknown][] {
  const { where } = place
  if (word === 'properties') {
    const named = Object.entries(Object(value) as Node)
    const read = named.map(([name, each]) => [name, nodeOf(each, { ...place, where: `${where}.${name}` })])
    return [[word, Object.fromEntries(read)]]
  }
  if (word === 'items' || word === 'additionalProperties') {
    return [[word, nodeOf(value, { ...place, where: `${where}[]` })]]
  }
  if ((word === 'anyOf' || word === 'oneOf') && Array.isArray(value)) {
    return [['anyOf', value.map(each => nodeOf(each, place))]]
  }
  if (KEPT.has(word)) return [[word, value]]
  if (LEFT_OUT.has(word)) return []
  throw new ConfigError(`${where}: schemas here have no ${shown(word)}, and it cannot be left out`)
}

function referred({ $ref, ...rest }: Node, place: Place): unknown {
  const { definitions, where, trail } = place
  const target = String($ref)
  const name = target.replace(REFERENCE, '')
  if (!REFERENCE.test(target) || !definitions.has(name)) {
    throw new ConfigError(`${where}: ${shown(target)} refers to nothing here`)
  }
  if (trail.includes(name)) throw new ConfigError(`${where}: ${name} holds itself; a schema here has an end`)
  return beside(nodeOf(definitions.get(name), { ...place, trail: [...trail, name] }), rest, place)
}

function joined({ allOf, ...rest }: Node, place: Place): unknown {
  if (!Array.isArray(allOf) || allOf.length !== 1) {
    throw new ConfigError(`${place.where}: schemas here have no "allOf" of several`)
  }
  return beside(nodeOf(allOf[0], place), rest, place)
}

function beside(found: unknown, rest: Node, place: Place): unknown {
  return isNode(found) ? { ...found, ...(nodeOf(rest, place) as Node) } : found
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
