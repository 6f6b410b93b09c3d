/** Documents of a store that may be lost and opened anew: what was declared is declared again wherever it goes on. */

import type { UnixTime } from '../core/clock.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import type { State, Version } from '../documents/document.ts'
import type { Explanation, Figure, Link, Plan, Slot } from '../documents/plan.ts'
import type { Scalar } from '../documents/value.ts'
import type { DocumentStore } from '../ports.ts'
import { Listeners } from './listeners.ts'
import type { BitsOf } from './projector.ts'

/** Asks the documents where they are now, again and elsewhere when they are lost meanwhile. */
export type Ask = <Result>(work: (documents: DocumentStore) => Promise<Result>) => Promise<Result>

/** Documents that move. */
export class Moving implements DocumentStore {
  readonly #ask: Ask
  readonly #definitions = new Map<string, Definition>()
  readonly #listeners = new Listeners()
  #bitsOf: BitsOf | null = null
  #current: DocumentStore | null = null

  constructor(ask: Ask) {
    this.#ask = ask
  }

  async define(definitions: readonly Definition[]): Promise<void> {
    await this.#do(documents => documents.define(definitions))
    for (const each of definitions) this.#definitions.set(each.name, each)
  }

  build(): Promise<number> {
    return this.#do(documents => documents.build())
  }

  async drop(collections: readonly string[]): Promise<void> {
    await this.#do(documents => documents.drop(collections))
    for (const name of collections) this.#definitions.delete(name)
  }

  find(plan: Plan): Promise<Record[]> {
    return this.#do(documents => documents.find(plan))
  }

  count(plan: Plan): Promise<number> {
    return this.#do(documents => documents.count(plan))
  }

  aggregate(plan: Plan, figures: readonly Figure[], by: string | null): Promise<{ readonly [name: string]: Scalar }[]> {
    return this.#do(documents => documents.aggregate(plan, figures, by))
  }

  explain(plan: Plan): Promise<Explanation> {
    return this.#do(documents => documents.explain(plan))
  }

  misfits(collection: string): Promise<Record[]> {
    return this.#do(documents => documents.misfits(collection))
  }

  registerVersions(collection: string, slots: readonly Slot[]): Promise<Version[][]> {
    return this.#do(documents => documents.registerVersions(collection, slots))
  }

  heads(collection: string, limit: number): Promise<Record[]> {
    return this.#do(documents => documents.heads(collection, limit))
  }

  links(ids: readonly RecordId[], options: { readonly ofParents: boolean }): Promise<Link[]> {
    return this.#do(documents => documents.links(ids, options))
  }

  async heed(bitsOf: BitsOf | null): Promise<void> {
    this.#bitsOf = bitsOf
    await this.#do(documents => documents.heed(bitsOf))
  }

  mark(ids: readonly RecordId[], state: State, options: { readonly isSet: boolean }): Promise<void> {
    return this.#do(documents => documents.mark(ids, state, options))
  }

  marked(state: State): Promise<RecordId[]> {
    return this.#do(documents => documents.marked(state))
  }

  sweep(now: UnixTime): Promise<RecordId[]> {
    return this.#do(documents => documents.sweep(now))
  }

  watch(listener: (collections: ReadonlySet<string>) => void): () => void {
    return this.#listeners.add(listener)
  }

  async #do<Result>(work: (documents: DocumentStore) => Promise<Result>): Promise<Result> {
    return await this.#ask(async documents => {
      if (this.#current !== documents) await this.#settle(documents)
      return await work(documents)
    })
  }

  /** Declare everything where the documents are now. */
  async #settle(documents: DocumentStore): Promise<void> {
    this.#current = documents
    documents.watch(collections => this.#listeners.tell(collections))
    if (this.#definitions.size === 0) return
    await documents.define([...this.#definitions.values()])
    while ((await documents.build()) > 0);
    await documents.heed(this.#bitsOf)
    this.#listeners.tell(new Set(this.#definitions.keys()))
  }
}
