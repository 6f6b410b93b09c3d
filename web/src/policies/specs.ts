/** Policies that an address names, made of their specs as Python makes them; loaded with the first address that has any. */

import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { Policy, SetRule } from '../ports.ts'
import { pins } from './pinning.ts'
import { authors, budget, moderators, revoked, writers } from './shipped.ts'

/** A policy, and the spec that it was made of. */
export type Specified = (Policy | SetRule) & { readonly spec: string }

/** What follows the colon of a spec: `key=value,value,key=value`. */
class Parameters {
  readonly #name: string
  readonly #lists = new Map<string, string[]>()

  /** Read *text*; throws ConfigError for what is not of that form, and for a key that stands there twice. */
  constructor(name: string, text: string) {
    this.#name = name
    let list: string[] | undefined
    for (const piece of text.trim() === '' ? [] : text.split(',')) {
      const [before, ...after] = piece.split('=')
      if (after.length > 0) list = this.#begin((before as string).trim())
      if (list === undefined) throw new ConfigError(`${name}: ${shown(piece.trim())} is not of the form key=value`)
      list.push((after.length > 0 ? after.join('=') : piece).trim())
    }
  }

  /** Give the list under *key*, without its empty texts; undefined without one. */
  texts(key: string): string[] | undefined {
    const found = this.#lists.get(key)?.filter(text => text !== '')
    if (found?.length === 0) throw new ConfigError(`${this.#name}: ${key} needs a value`)
    return found
  }

  /** Give the one number under *key*; undefined without any. */
  whole(key: string): number | undefined {
    const text = this.#one(key)
    if (text === undefined) return undefined
    return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  }

  /** Say whether *key* is yes. */
  isSaid(key: string): boolean {
    const text = this.#one(key) ?? 'no'
    if (text !== 'yes' && text !== 'no') throw new ConfigError(`${this.#name}: ${key} is ${shown(text)}, not yes or no`)
    return text === 'yes'
  }

  #one(key: string): string | undefined {
    const found = this.texts(key)
    if (found !== undefined && found.length > 1) {
      throw new ConfigError(`${this.#name}: ${key} takes one value, not ${found.length}`)
    }
    return found?.[0]
  }

  #begin(key: string): string[] {
    if (key === '' || this.#lists.has(key)) {
      throw new ConfigError(
        `${this.#name}: the parameter ${shown(key)} ${key === '' ? 'has no name' : 'is given twice'}`,
      )
    }
    const list: string[] = []
    this.#lists.set(key, list)
    return list
  }
}

type Maker = (read: Parameters) => Promise<Policy | SetRule>

const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  [
    'authors',
    async read => {
      return await authors({
        allow: read.texts('allow'),
        deny: read.texts('deny'),
        collections: read.texts('collections'),
      })
    },
  ],
  [
    'budget',
    async read => {
      return await budget({
        author: read.whole('author'),
        room: read.whole('room'),
        deletions: read.whole('deletions'),
      })
    },
  ],
  ['moderators', async read => await moderators({ keys: read.texts('keys') ?? [], mutual: read.isSaid('mutual') })],
  ['pins', async read => await pins({ allow: read.texts('allow') ?? [] })],
  ['revoked', async read => await revoked({ owners: read.texts('owners') ?? [] })],
  [
    'writers',
    async read => await writers({ owners: read.texts('owners') ?? [], collections: read.texts('collections') }),
  ],
])

/** Say whether a page has the policy *spec*. */
export function isMade(spec: string): boolean {
  return MAKERS.has(nameOf(spec))
}

/** Make the policy of *spec*, which a page has and an address may name; throws ConfigError for what cannot be meant. */
export async function policyOf(spec: string): Promise<Specified> {
  const name = nameOf(spec)
  const make = MAKERS.get(name)
  if (make === undefined) throw new ConfigError(`a page has no policy ${shown(name)}`)
  const said = spec.slice(name.length + 1)
  // Of moderators the keys may stand alone.
  const isBare = name === 'moderators' && said !== '' && !said.trimStart().startsWith('keys')
  return { ...(await make(new Parameters(name, isBare ? `keys=${said}` : said))), spec }
}

function nameOf(spec: string): string {
  return spec.split(':', 1)[0] as string
}
