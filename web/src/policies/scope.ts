/** Which records a rule about authors concerns: those of some collections, or all that there is. */

import { KIND_COMMIT, KIND_DELETION } from '../core/record.ts'
import { compareTexts } from '../core/rules.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'

const COLLECTIONS_MAX = 64

/** The collections that a policy is about. */
export class Scope {
  /** Sorted; null: all, and what is in none. */
  readonly names: readonly string[] | null
  readonly #names: ReadonlySet<string | null>

  /** Take what *policy* is given; throws ConfigError for what names no collection. */
  constructor(policy: string, collections: readonly string[] | undefined) {
    this.names = collections === undefined ? null : [...new Set(collections)].sort(compareTexts)
    for (const name of this.names ?? []) {
      if (typeof name === 'string' && name !== '' && name !== '*' && [...name].every(isPlain)) continue
      throw new ConfigError(`${policy}: ${shown(name)} is no collection's name; leave collections out for all`)
    }
    const count = this.names?.length ?? 1
    if (count === 0 || count > COLLECTIONS_MAX) {
      throw new ConfigError(`${policy}: 1 to ${COLLECTIONS_MAX} collections are named, not ${count}`)
    }
    this.#names = new Set(this.names)
  }

  /** Say whether records of *kind* in *collection* are meant. */
  concerns(kind: number, collection: string | null): boolean {
    return this.names === null || (this.#names.has(collection) && !isTimeless(kind))
  }
}

/** Say whether records of *kind* only speak of what their author wrote: deletions, commits of batches. */
export function isTimeless(kind: number): boolean {
  return kind === KIND_DELETION || kind === KIND_COMMIT
}

function isPlain(character: string): boolean {
  return character > ' ' && !/^[\ud800-\udfff]$/u.test(character)
}
