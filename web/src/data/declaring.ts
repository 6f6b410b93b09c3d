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
export interface CollectionOptions extends Omit<DefinitionOptions, 'fits'> {
  /** A JSON Schema, or a validator by the Standard Schema, such as those of zod and valibot; any JSON without one. */
  readonly schema?: unknown
  /** The JSON Schema of a validator, by which fields are indexed. */
  readonly json?: unknown
}

const OPTIONS = ['schema', 'json', 'shared', 'indexes', 'text', 'place', 'also']

/** What is declared in a room: which digest, by name. */
const declared = new WeakMap<DocumentStore, Map<string, string>>()

/** Declare the collection *name*; refused with a ConfigError for what cannot be meant. */
export async function openCollection<T>(name: string, given: CollectionOptions, desk: Desk): Promise<Collection<T>> {
  checkOptions(given, OPTIONS)
  const { schema, json, ...options } = given
  const model = await readModel<T>(schema, json)
  const definition = define(name, model.schema, { ...options, fits: model.fits })
  const known = declared.get(desk.documents) ?? new Map<string, string>()
  declared.set(desk.documents, known)
  if ((known.get(name) ?? definition.digest) !== definition.digest) {
    throw new ConfigError(`the collection ${shown(name)} is declared already, with another schema or other indexes`)
  }
  const isNew = !known.has(name)
  // Noted before it is done: whoever declares it meanwhile must mean the same.
  known.set(name, definition.digest)
  try {
    await desk.documents.define([definition])
  } catch (error) {
    if (isNew) known.delete(name)
    throw error
  }
  return new Collection<T>(definition, model, desk)
}

/** How a page declares a collection. */
export interface Declare {
  <T>(name: string, options: CollectionOptions & { readonly schema: StandardSchema<T> }): Promise<Collection<T>>
  <T = Json>(name: string, options?: CollectionOptions): Promise<Collection<T>>
}
