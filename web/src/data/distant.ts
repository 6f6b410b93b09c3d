/**
 * Documents that another tab keeps: everything is asked there, and what was declared is declared to whoever leads.
 * Loaded by pages of several tabs that declare a collection.
 */

import type { UnixTime } from '../core/clock.ts'
import type { Record, RecordId } from '../core/record.ts'
import { type Definition, define } from '../documents/definition.ts'
import type { State, Version } from '../documents/document.ts'
import { namesOf } from '../documents/order.ts'
import type { Explanation, Figure, Link, Plan, Slot } from '../documents/plan.ts'
import type { Scalar } from '../documents/value.ts'
import { LocalProtocolError, QueryError } from '../errors.ts'
import type { DocumentStore } from '../ports.ts'

/** What tabs ask each other. */
export type Method = Exclude<keyof DocumentStore, 'heed' | 'watch'>

/** A collection as one tab tells another of it; what functions do stays behind. */
export type Told = readonly [name: string, schema: unknown, options: object]

/** Write what another tab is to declare. */
export function told({ name, schema, isShared, indexes, arrays, text, place, older }: Definition): Told {
  const all = [...indexes.map(namesOf), ...arrays.map(field => `${field}[]`)]
  const also = older.map(each => ({ name: each.name }))
  return [name, schema?.json ?? null, { shared: isShared, indexes: all, text, place, also }]
}

/** Ask *documents* what another tab asks. */
export async function serve(documents: DocumentStore, method: string, given: readonly unknown[]): Promise<unknown> {
  const [first] = given as readonly (readonly Told[])[]
  if (method === 'define') return await documents.define((first ?? []).map(each => define(...each)))
  const asked = documents as unknown as { [name: string]: (...given: readonly unknown[]) => unknown }
  return await asked[method]?.(...given)
}

/** Asks the tab that leads; *own* gives the documents of this tab once it leads itself. */
export class Distant implements DocumentStore {
  readonly #call: (method: Method, ...given: readonly unknown[]) => Promise<unknown>
  readonly #own: () => Promise<DocumentStore> | null
  readonly #definitions = new Map<string, Definition>()

  constructor(
    call: (method: Method, ...given: readonly unknown[]) => Promise<unknown>,
    own: () => Promise<DocumentStore> | null,
  ) {
    this.#call = call
    this.#own = own
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    const own = await this.#own()
    if (own !== null) await own.define(definitions)
    else await this.#call('define', definitions.map(told))
    for (const each of definitions) this.#definitions.set(each.name, each)
  }

  build(): Promise<number> {
    return this.#ask('build') as Promise<number>
  }

  async drop(collections: readonly string[]): Promise<void> {
    await this.#ask('drop', collections)
    for (const name of collections) this.#definitions.delete(name)
  }

  find(plan: Plan): Promise<Record[]> {
    return this.#ask('find', plan) as Promise<Record[]>
  }

  count(plan: Plan): Promise<number> {
    return this.#ask('count', plan) as Promise<number>
  }

  aggregate(plan: Plan, figures: readonly Figure[], by: string | null) {
    return this.#ask('aggregate', plan, figures, by) as Promise<{ readonly [name: string]: Scalar }[]>
  }

  explain(plan: Plan): Promise<Explanation> {
    return this.#ask('explain', plan) as Promise<Explanation>
  }

  misfits(collection: string): Promise<Record[]> {
    return this.#ask('misfits', collection) as Promise<Record[]>
  }

  registerVersions(collection: string, slots: readonly Slot[]): Promise<Version[][]> {
    return this.#ask('registerVersions', collection, slots) as Promise<Version[][]>
  }

  heads(collection: string, limit: number): Promise<Record[]> {
    return this.#ask('heads', collection, limit) as Promise<Record[]>
  }

  links(ids: readonly RecordId[], options: { readonly ofParents: boolean }): Promise<Link[]> {
    return this.#ask('links', ids, options) as Promise<Link[]>
  }

  async mark(ids: readonly RecordId[], state: State, options: { readonly isSet: boolean }): Promise<void> {
    await this.#ask('mark', ids, state, options)
  }

  marked(state: State): Promise<RecordId[]> {
    return this.#ask('marked', state) as Promise<RecordId[]>
  }

  async heed(): Promise<void> {
    throw new LocalProtocolError('what is hidden is said where the documents are')
  }

  sweep(now: UnixTime): Promise<RecordId[]> {
    return this.#ask('sweep', now) as Promise<RecordId[]>
  }

  watch(): () => void {
    throw new LocalProtocolError('what changes is told by events')
  }

  /** Ask, and declare everything first where another tab leads now, which knows nothing of it. */
  async #ask(method: Method, ...given: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#call(method, ...given)
    } catch (error) {
      if (!(error instanceof QueryError) || !error.message.startsWith(UNKNOWN)) throw error
      await this.define([...this.#definitions.values()])
      while (((await this.#call('build')) as number) > 0);
      return await this.#call(method, ...given)
    }
  }
}

const UNKNOWN = 'this store knows no collection'
