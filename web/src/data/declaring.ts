/** Declaring a collection. */

import type { Json } from '../core/action.ts'
import { shown } from '../core/typed.ts'
import { type DefinitionOptions, define } from '../documents/definition.ts'
import { ConfigError } from '../errors.ts'
import type { DocumentStore } from '../ports.ts'
import { Collection } from './collection.ts'
import type { Desk } from './desk.ts'
import { checkOptions, readModel } from './model.ts'
import type { StandardSchema } from './types.ts'

/** How a collection is declared. */
export interface CollectionOptions extends Omit<DefinitionOptions, 'fits' | 'speaker'> {
  /** A JSON Schema, or a validator by the Standard Schema, such as those of zod and valibot; any JSON without one. */
  readonly schema?: unknown
  /** The JSON Schema of a validator, by which fields are indexed. */
  readonly json?: unknown
  /** For how many seconds its documents are seen, unless it is said of one. */
  readonly ttlSeconds?: number | undefined
  /** Whoever carries a grant speaks for who gave it: its documents are that author's. */
  readonly onBehalf?: boolean | undefined
  /** Renew documents of ours before the room's window ends, while it is joined. */
  readonly keep?: boolean | undefined
}

const OPTIONS = ['schema', 'json', 'shared', 'onBehalf', 'indexes', 'text', 'place', 'also', 'ttlSeconds', 'keep']
const FLAGS = ['onBehalf', 'keep'] as const

/** What is declared in a room under a name. */
interface Declared {
  readonly digest: string
  /** How many mean it. */
  holders: number
  isDropped: boolean
  /** What ends when it is dropped. */
  readonly ends: Set<() => void>
}

/** What is declared in each room, by name. */
const known = new WeakMap<DocumentStore, Map<string, Declared>>()
/** Who hears of what is dropped. */
const hearing = new WeakSet<object>()

/** Declare the collection *name*; refused with a ConfigError for what cannot be meant. */
export async function openCollection<T>(name: string, given: CollectionOptions, desk: Desk): Promise<Collection<T>> {
  checkOptions(given, OPTIONS)
  const { schema, json, ttlSeconds, keep, onBehalf, ...options } = given
  for (const name of FLAGS) {
    const flag = given[name] ?? false
    if (typeof flag !== 'boolean') throw new ConfigError(`${name} is true or false, not ${shown(flag)}`)
  }
  if (ttlSeconds !== undefined) (await import('./drafts.ts')).expiryOf(ttlSeconds, desk.now())
  const model = await readModel<T>(schema, json)
  const speaker = onBehalf ? (await import('../core/grant.ts')).spokenFor : null
  const definition = define(name, model.schema, { ...options, fits: model.fits, speaker })
  const names = known.get(desk.documents) ?? new Map<string, Declared>()
  known.set(desk.documents, names)
  hear(desk, names)
  const meant = names.get(name) ?? { digest: definition.digest, holders: 0, isDropped: false, ends: new Set() }
  if (meant.digest !== definition.digest) {
    throw new ConfigError(`the collection ${shown(name)} is declared already, with another schema or other indexes`)
  }
  // Noted before it is done: whoever declares it meanwhile must mean the same.
  names.set(name, meant)
  meant.holders += 1
  try {
    await desk.documents.define([definition])
  } catch (error) {
    // Another may have had it, or be about to.
    meant.holders -= 1
    if (meant.holders === 0) names.delete(name)
    throw error
  }
  const found = new Collection<T>({ definition, model, desk: deskOf(desk, name, meant), ttlSeconds })
  if (keep) (await import('./keeping.ts')).keep(found.inside)
  return found
}

/** Let what was declared in a room end when it is dropped, by whomever. */
function hear({ room, on }: Desk, names: Map<string, Declared>): void {
  if (hearing.has(room)) return
  hearing.add(room)
  on(event => {
    const found = event.type === 'ProjectionDropped' && event.what === 'collection' && names.get(event.name)
    if (!found) return
    names.delete(event.name)
    found.isDropped = true
    for (const end of found.ends) end()
  })
}

/** Give the desk of a collection, at which everything ends once it is dropped. */
function deskOf(desk: Desk, name: string, declared: Declared): Desk {
  return {
    ...desk,
    get isDropped() {
      return declared.isDropped
    },
    checkOpen() {
      desk.checkOpen()
      if (declared.isDropped) throw new ConfigError(`the collection ${shown(name)} was dropped here: declare it again`)
    },
    keep(end) {
      const stop = desk.keep(() => {
        declared.ends.delete(stop)
        end()
      })
      declared.ends.add(stop)
      return stop
    },
  }
}

/** How a page declares a collection. */
export interface Declare {
  <T>(name: string, options: CollectionOptions & { readonly schema: StandardSchema<T> }): Promise<Collection<T>>
  <T = Json>(name: string, options?: CollectionOptions): Promise<Collection<T>>
}
