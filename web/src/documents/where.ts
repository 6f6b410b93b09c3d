/**
 * Conditions on documents: a small language of plain data, the same in Python, in pages and on the command line.
 *
 * `{ city: 'Berlin', stars: { gte: 4 }, any: [{ open: true }, { kind: { in: ['park', 'square'] } }] }`: all must hold.
 * What it means is here, in `matches`; stores may find the same by other means.
 */

import { bytesToHex } from '@noble/hashes/utils.js'
import type { Json } from '../core/action.ts'
import {
  INTEGER_MAX,
  QUERY_BRANCHES_MAX,
  QUERY_CONDITIONS_MAX,
  QUERY_VALUES_MAX,
  VALUE_DEPTH_MAX,
} from '../core/limits.ts'
import { MICROSECONDS } from '../core/stamp.ts'
import { readSince, readUntil } from '../core/times.ts'
import { readAuthor, shown } from '../core/typed.ts'
import { ConfigError, QueryError } from '../errors.ts'
import { AUTHOR, KEY, OWN_FIELDS, TIME } from './order.ts'
import {
  canonical,
  checkJson,
  compareRanks,
  compareTexts,
  fieldOf,
  isArray,
  isObject,
  isScalar,
  NOTHING,
  rank,
} from './value.ts'

export const ANY = 'any'
/** Asked of a field, it is several times `has`. */
const ALL = 'all'
/** The mean radius (IUGG). */
export const EARTH_METRES = 6_371_008.8

/** What is asked of a field. */
export type Op = 'eq' | 'ne' | 'in' | 'gt' | 'gte' | 'lt' | 'lte' | 'prefix' | 'exists' | 'has' | 'within' | 'near'

export const RANGES: readonly Op[] = ['gt', 'gte', 'lt', 'lte']

/** Degrees: an area between two latitudes and two longitudes; across the date line when west is above east. */
export type Box = readonly [south: number, west: number, north: number, east: number]

/** An area around a point. */
export type Circle = readonly [latitude: number, longitude: number, metres: number]

/**
 * One condition on one field.
 *
 * The value of the field `time` is a stamp, of `author` a key in hex; of `within` it is a `Box`, of `near` a `Circle`.
 */
export interface Condition {
  readonly field: string
  readonly op: Op
  readonly value: Json
}

/** One of several must hold. */
export interface Either {
  readonly branches: readonly Conditions[]
}

/** All must hold. */
export type Conditions = readonly (Condition | Either)[]

/** Gives a document's field; null where it is missing. `time` is its stamp, `author` its key in hex. */
export type Getter = (field: string) => Json

/** What conditions are read with. */
export interface Means {
  /** The fields that there are; null: any. */
  readonly fields: ReadonlySet<string> | null
  /** What ages are counted from. */
  readonly now: number
}

/**
 * Read conditions; none where nothing is given.
 *
 * Throws a QueryError when a field or operator is unknown, a value cannot be meant, or there are too many.
 */
export function readWhere(given: unknown, means: Means, depth = 1): Conditions {
  if (given == null) return []
  if (!isObject(given)) {
    throw new QueryError(`conditions are an object such as { city: "Berlin" }, not ${shown(given)}`)
  }
  const { fields, now } = means
  const found = Object.entries(given).flatMap(([name, asked]): readonly (Condition | Either)[] => {
    if (name === ANY && fields?.has(ANY) !== true) return [readEither(asked, means, depth)]
    checked(name)
    if (fields?.has(name) !== false || OWN_FIELDS.includes(name)) return readConditions(name, asked, now)
    const known = [...[...fields].sort(compareTexts), ...OWN_FIELDS].join(', ')
    throw new QueryError(`documents here have no field ${shown(name)}; there are: ${known}`)
  })
  const count = countOf(found)
  if (count <= QUERY_CONDITIONS_MAX) return found
  throw new QueryError(`${count} conditions; the limit is ${QUERY_CONDITIONS_MAX}, those of "any" among them`)
}

/** Say whether all of *where* hold of the document whose fields *get* gives. */
export function matches(where: Conditions, get: Getter): boolean {
  return where.every(part =>
    'branches' in part ? part.branches.some(branch => matches(branch, get)) : holds(part, get(part.field)),
  )
}

/** Say whether *condition* holds of a field's *value*. */
export function holds({ op, value: asked }: Condition, value: Json): boolean {
  switch (op) {
    case 'eq':
      return isSame(value, asked)
    case 'ne':
      return !isSame(value, asked)
    case 'in':
      return isArray(asked) && asked.some(each => isSame(value, each))
    case 'exists':
      return (value !== null) === asked
    case 'prefix':
      return typeof value === 'string' && value.startsWith(String(asked))
    case 'has':
      return isArray(value) && value.some(each => isSame(each, asked))
    case 'within':
    case 'near': {
      const point = pointOf(value)
      return point !== null && lies(point, op, asked)
    }
    default:
      return isBeyond(op, value, asked)
  }
}

/** Give the latitude and longitude of a field, an object with `lat` and `lon` in degrees; null of any other. */
export function pointOf(value: Json): readonly [latitude: number, longitude: number] | null {
  if (!isObject(value)) return null
  const [latitude, longitude] = [fieldOf(value, 'lat'), fieldOf(value, 'lon')]
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return null
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null
}

/** Say whether a point lies in *box*, edges included. */
export function isInBox([south, west, north, east]: Box, latitude: number, longitude: number): boolean {
  if (latitude < south || latitude > north) return false
  if (west <= east) return west <= longitude && longitude <= east
  return longitude >= west || longitude <= east
}

/** Say whether a point lies in *circle*, by the haversine formula on a sphere. */
export function isInCircle([centre, meridian, metres]: Circle, latitude: number, longitude: number): boolean {
  const [north, south] = [radians(latitude), radians(centre)]
  const half =
    Math.sin((north - south) / 2) ** 2 +
    Math.cos(north) * Math.cos(south) * Math.sin(radians(longitude - meridian) / 2) ** 2
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(Math.min(half, 1))) <= metres
}

/** Write *where* as plain data in one way, whatever its order, for digests of queries. */
export function plain(where: Conditions): Json {
  const parts = where.map(part =>
    'branches' in part ? { [ANY]: inOneOrder(part.branches.map(plain)) } : [part.field, part.op, part.value],
  )
  return inOneOrder(parts)
}

/**
 * Read a time that *op* asks about, as a stamp; what no stamp can say is the last one that can be said.
 *
 * Throws a ConfigError for what is none.
 */
export function readStamp(op: Op, value: unknown, now: number): number {
  return Math.max(-INTEGER_MAX, Math.min(INTEGER_MAX, microsecondsAt(op, value, now)))
}

function microsecondsAt(op: Op, value: unknown, now: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value)) {
    return rounded(value * MICROSECONDS)
  }
  // A second, or a day, is past when its end is.
  if (op === 'lte' || op === 'gt') return readUntil(value, now) * MICROSECONDS + MICROSECONDS - 1
  return readSince(value, now) * MICROSECONDS
}

function inOneOrder(parts: readonly Json[]): readonly Json[] {
  const written = parts.map(part => ({ part, bytes: bytesToHex(canonical(part)) }))
  return written.sort((one, other) => (one.bytes < other.bytes ? -1 : 1)).map(({ part }) => part)
}

function countOf(where: Conditions): number {
  const counts = where.map(part => ('branches' in part ? part.branches.map(countOf) : [1]))
  return counts.flat().reduce((all, count) => all + count, 0)
}

/** All that may be asked of a field. */
export const OPS: readonly string[] = [
  ...['eq', 'ne', 'in', ...RANGES, 'prefix', 'exists', 'has', 'within', 'near', ALL],
] satisfies readonly (Op | string)[]

function readEither(asked: Json, means: Means, depth: number): Either {
  if (!isArray(asked) || asked.length < 1 || asked.length > QUERY_BRANCHES_MAX || depth === 0) {
    const form = `a list of 1 to ${QUERY_BRANCHES_MAX} conditions without "any"`
    throw new QueryError(`"any" is ${form}, not ${shown(asked)}`)
  }
  return { branches: asked.map(each => readWhere(each, means, depth - 1)) }
}

function readConditions(field: string, asked: Json, now: number): Condition[] {
  // An object is conditions, unless none of its keys could be one: then it is a value to equal.
  if (!isObject(asked) || !Object.keys(asked).some(isOp)) return [readCondition(field, 'eq', asked, now)]
  return Object.entries(asked).flatMap(([name, value]) => {
    if (name === ALL) return readAll(value).map(each => readCondition(field, 'has', each, now))
    if (isOp(name)) return [readCondition(field, name, value, now)]
    throw new QueryError(`${shown(name)} cannot be asked of ${shown(field)}; there are: ${OPS.join(', ')}`)
  })
}

function readAll(value: Json): readonly Json[] {
  if (isArray(value) && value.length > 0) return value
  throw new QueryError(`"all" wants a list of values that an array must have, not ${shown(value)}`)
}

function readCondition(field: string, op: Op, value: Json, now: number): Condition {
  switch (op) {
    case 'in':
      if (!isArray(value) || value.length > QUERY_VALUES_MAX) {
        throw new QueryError(`"in" wants a list of at most ${QUERY_VALUES_MAX} values, not ${shown(value)}`)
      }
      return { field, op, value: value.map(each => readOwn(field, 'eq', each, now)) }
    case 'exists':
      if (typeof value !== 'boolean') throw new QueryError(`"exists" wants true or false, not ${shown(value)}`)
      return { field, op, value }
    case 'within':
      return { field, op, value: readBox(value) }
    case 'near':
      return { field, op, value: readCircle(value) }
    case 'prefix':
      if (typeof value !== 'string') throw new QueryError(`"prefix" wants a text, not ${shown(value)}`)
      return { field, op, value: checked(value) }
    default: {
      const read = readOwn(field, op, value, now)
      if (RANGES.includes(op) && (read === null || !isScalar(read))) {
        throw new QueryError(`"${op}" wants a number, a text or a boolean, not ${shown(value)}`)
      }
      return { field, op, value: read }
    }
  }
}

/** Read a value to compare with; those of a document's own fields as people say them. */
function readOwn(field: string, op: Op, value: Json, now: number): Json {
  try {
    if (field === AUTHOR) return readAuthor(value)
    if (field === TIME) return readStamp(op, value, now)
  } catch (error) {
    if (error instanceof ConfigError) throw new QueryError(error.message, { cause: error })
    throw error
  }
  if (field === KEY && value !== null && typeof value !== 'string') {
    throw new QueryError(`a key is a text, not ${shown(value)}`)
  }
  return checked(value)
}

function checked(value: unknown): Json {
  try {
    checkJson(value, VALUE_DEPTH_MAX)
    return value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new QueryError(`nothing can be compared with ${reason}`, { cause: error })
  }
}

function readBox(value: Json): Box {
  const [south, west, north, east, ...more] = numbers(value)
  const isWhole = south !== undefined && west !== undefined && north !== undefined && east !== undefined
  if (isWhole && more.length === 0 && -90 <= south && south <= north && north <= 90) {
    if (Math.max(Math.abs(west), Math.abs(east)) <= 180) return [south, west, north, east]
  }
  throw new QueryError(`"within" wants [south, west, north, east] in degrees, not ${shown(value)}`)
}

function readCircle(value: Json): Circle {
  const [latitude, longitude, metres, ...more] = numbers(value)
  const isWhole = latitude !== undefined && longitude !== undefined && metres !== undefined
  if (isWhole && more.length === 0 && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && metres >= 0) {
    return [latitude, longitude, metres]
  }
  throw new QueryError(`"near" wants [latitude, longitude, metres], not ${shown(value)}`)
}

function numbers(value: Json): readonly number[] {
  const isAll = isArray(value) && value.every(part => typeof part === 'number' && Number.isFinite(part))
  return isAll ? (value as readonly number[]) : []
}

function isOp(name: string): name is Op {
  return OPS.includes(name)
}

function lies([latitude, longitude]: readonly [number, number], op: Op, area: Json): boolean {
  return op === 'within'
    ? isInBox(area as unknown as Box, latitude, longitude)
    : isInCircle(area as unknown as Circle, latitude, longitude)
}

function isSame(one: Json, other: Json): boolean {
  if (isScalar(one) && isScalar(other)) return one === other
  return bytesToHex(canonical(one)) === bytesToHex(canonical(other))
}

function isBeyond(op: Op, value: Json, asked: Json): boolean {
  const [mine, limit] = [rank(value), rank(asked)]
  // False and true have ranks of their own and are one type.
  if (mine === NOTHING || typeof value !== typeof asked) return false
  const found = compareRanks(mine, limit)
  if (found === 0) return op === 'gte' || op === 'lte'
  return found > 0 ? op === 'gt' || op === 'gte' : op === 'lt' || op === 'lte'
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

/** Round to the nearest whole number, halves to even ones, as Python does. */
function rounded(value: number): number {
  const up = Math.round(value)
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up
}
