/** What of a collection is loaded once it is called: what writes, and what few pages need. */

import type { Record, RecordId } from '../core/record.ts'
import type { Change } from '../documents/change.ts'
import type { Scalar } from '../documents/value.ts'
import type { ChangesOptions } from './changes.ts'
import type { AnyDoc, Expecting, Lasting, Replacing, WritingOptions } from './expected.ts'
import type { Differing, DiffOptions, Inside, Reading, Whose } from './reading.ts'
import type { Doc, FindOptions, Where } from './types.ts'
import type { Writing } from './writing.ts'

/** What a `Collection` has beside its own. */
export abstract class Reader<T> {
  /** For what of a collection is loaded later. */
  abstract get inside(): Inside<T>

  /** Write a document; *follows* are documents that it comes after. */
  async add(value: T, options: WritingOptions = {}): Promise<Doc<T>> {
    return await (await this.writing()).add(value, options)
  }

  /** Write a document that follows the heads of the collection, as a log of several writers does. */
  async append(value: T, options: Lasting = {}): Promise<Doc<T>> {
    return await (await this.writing()).append(value, options)
  }

  /**
   * Write a version of the register under *key* that replaces all heads known here.
   *
   * Refused with a ConflictError when it holds something else than *expected*; that is checked against what is here.
   */
  async put(key: string, value: T, options: Replacing = {}): Promise<Doc<T>> {
    return await (await this.writing()).put(key, value, options)
  }

  /**
   * Write what *change* makes of the value under *key*, or of null, again when another version came meanwhile.
   *
   * Fields that the model does not know are kept.
   */
  async update(key: string, change: (value: T | null) => T, options: Lasting = {}): Promise<Doc<T>> {
    return await (await this.writing()).update(key, change, options)
  }

  /** Write a tombstone in place of the heads of the register under *key*, and give it. */
  async delete(key: string, options: Expecting = {}): Promise<Doc<T>> {
    return await (await this.writing()).delete(key, options)
  }

  /** Delete every version of ours under *key* (NIP-09), so that honest peers forget them; give how many. */
  async erase(key: string): Promise<number> {
    return await (await this.writing()).erase(key)
  }

  /** Delete a document of ours everywhere (NIP-09); refused with a ConfigError when it is not here, or not ours. */
  async remove(doc: AnyDoc): Promise<void> {
    await (await this.#reading()).remove(doc)
  }

  /** Write what *change* makes of the value of every register that matches and is ours, or shared; give how many. */
  async updateAll(where: Where<T>, change: (value: T) => T): Promise<number> {
    return await (await this.#reading()).updateAll(where, change)
  }

  /** Give all documents that match, page by page. */
  async *all(where: Where<T> = {} as Where<T>, options: Omit<FindOptions<T>, 'limit'> = {}): AsyncGenerator<Doc<T>> {
    yield* (await this.#reading()).all(where, options)
  }

  /** Give those of the registers under *keys* that are here, by key. */
  async getMany(keys: string | Iterable<string>, options: Whose = {}): Promise<Map<string, Doc<T>>> {
    return await (await this.#reading()).getMany(keys, options)
  }

  /** Give one document, or version of a register, by its id; null when it is not here or not to be seen. */
  async doc(id: AnyDoc): Promise<Doc<T> | null> {
    return await (await this.#reading()).doc(id)
  }

  /** Give the versions of a register that no other follows, the winner first; or those of all documents. */
  async heads(key?: string, options: Whose = {}): Promise<Doc<T>[]> {
    return await (await this.#reading()).heads(key, options)
  }

  /** Give all versions of a register that are here, newest first, tombstones included. */
  async history(key: string, options: Whose = {}): Promise<Doc<T>[]> {
    return await (await this.#reading()).history(key, options)
  }

  /** Give what does not fit the schema, newest first, at most 1,000; nothing else gives these. */
  async misfits(): Promise<Record[]> {
    return await (await this.#reading()).misfits()
  }

  /** Compute over all that match, as in `{ n: 'count', best: 'max:stars' }`; one row for each value of *by*. */
  async aggregate(
    compute: { readonly [name: string]: string },
    options: { where?: Where<T> | undefined; by?: string | null | undefined } = {},
  ): Promise<{ readonly [name: string]: Scalar }[]> {
    return await (await this.#reading()).aggregate(compute, options)
  }

  /** Give the registers that differ between two times, by key. */
  async *diff(
    before: FindOptions['at'],
    after: FindOptions['at'],
    options: DiffOptions = {},
  ): AsyncGenerator<Differing<T>> {
    yield* (await this.#reading()).diff(before, after, options)
  }

  /** Give what a document follows, of this collection and as far as it is here, newest first. */
  async parents(id: AnyDoc): Promise<Doc<T>[]> {
    return await (await this.#reading()).linked(id, false)
  }

  /** Give what follows a document, newest first. */
  async children(id: AnyDoc): Promise<Doc<T>[]> {
    return await (await this.#reading()).linked(id, true)
  }

  /** Give all that a document follows, directly or not, each once, nearest first. */
  async *ancestors(id: AnyDoc): AsyncGenerator<Doc<T>> {
    yield* (await this.#reading()).ancestors(id)
  }

  /** Give what documents here follow and is not here, by id. */
  async missing(): Promise<RecordId[]> {
    return await (await this.#reading()).missing()
  }

  /** Give what changed here since a cursor, or all that is seen; then each new change: as `Room.changes`. */
  async *changes(options: ChangesOptions = {}): AsyncGenerator<Change> {
    yield* (await import('./changes.ts')).changesOf(this.inside, options)
  }

  /** For batches, and what writes here. */
  async writing(): Promise<Writing<T>> {
    const { Writing } = await import('./writing.ts')
    return new Writing(this.inside)
  }

  async #reading(): Promise<Reading<T>> {
    const { Reading } = await import('./reading.ts')
    return new Reading(this.inside)
  }
}
