/** Views: tables that a function of the user keeps, a change at a time, together with how far it has come. */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Json } from '../core/action.ts'
import { VALUE_DEPTH_MAX, VIEW_NAME_CHARACTERS_MAX, VIEW_VALUE_BYTES_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { Change } from './change.ts'
import { readName } from './definition.ts'
import type { ViewKey } from './keys.ts'
import { checkJson, type Scalar } from './value.ts'

/** Which keys of a view are wanted. */
export interface Range {
  readonly limit?: number | undefined
  readonly reverse?: boolean | undefined
}

/** What a view's function writes with; all of it counts together, or not at all. */
export interface ViewWriter {
  /** Give the value under *key*, or *fallback*. */
  get<T = Json>(key: ViewKey, fallback?: T): Promise<T>
  /** Keep *value* under *key*, in place of what was there; throws a ConfigError where one is too long, or no JSON. */
  put(key: ViewKey, value: Json): void
  /** Forget what is under *key*, if anything is. */
  delete(key: ViewKey): void
  /** Give what is under the keys that begin with *prefix*, in order: as documents sort. */
  range(prefix?: ViewKey, options?: Range): Promise<[key: Scalar[], value: Json][]>
}

/**
 * What a view does with one change. The record of one that was removed is whole, so that it can take back what it wrote
 * when that came.
 */
export type ViewStep = (tx: ViewWriter, change: Change) => void | Promise<void>

/** So many changes a view takes at once. */
export const VIEW_BATCH = 1_000

/** Read which keys are wanted; throws a ConfigError when *limit* is no whole number from 0. */
export function readRange({ limit, reverse = false }: Range): { limit: number | null; isReversed: boolean } {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 0)) {
    return { limit: limit ?? null, isReversed: reverse === true }
  }
  throw new ConfigError(`a limit is a whole number from 0, not ${shown(limit)}`)
}

/** Read the name of a view: as that of a collection, shorter. Throws a ConfigError when it is none. */
export function readViewName(name: unknown): string {
  const read = readName(name)
  if (read.length <= VIEW_NAME_CHARACTERS_MAX) return read
  throw new ConfigError(`a view's name has at most ${VIEW_NAME_CHARACTERS_MAX} characters, not ${shown(name)}`)
}

/** Write a value of a view; throws a ConfigError when JSON cannot say it, or it is too long. */
export function writeValue(value: unknown): string {
  return writeJson(value, 'view', VIEW_VALUE_BYTES_MAX)
}

/** Write what a view or fold is to keep; throws a ConfigError when JSON cannot say it, or it is longer than *most*. */
export function writeJson(value: unknown, who: string, most: number): string {
  try {
    checkJson(value, VALUE_DEPTH_MAX)
  } catch (error) {
    throw new ConfigError(`a ${who} cannot keep ${shown(value)}: ${error instanceof Error ? error.message : error}`)
  }
  const text = JSON.stringify(value)
  const size = utf8ToBytes(text).length
  if (size <= most) return text
  throw new ConfigError(`a value of ${size} bytes; the limit of a ${who} is ${most}`)
}
