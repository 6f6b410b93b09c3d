/**
 * Batches: several documents and registers written at once, or nothing of them. Loaded by pages that begin one.
 */

import { bytesToHex, randomBytes } from '@noble/hashes/utils.js'
import { BATCH_DOCUMENTS_MAX } from '../core/limits.ts'
import { KIND_COMMIT, type Record } from '../core/record.ts'
import { shown } from '../core/typed.ts'
import { commitContent } from '../documents/commit.ts'
import { BATCH_TAG } from '../documents/document.ts'
import { ConfigError } from '../errors.ts'
import type { Collection } from './collection.ts'
import type { Desk, Draft } from './desk.ts'
import type { Expecting, Replacing, WritingOptions } from './expected.ts'
import type { Doc } from './types.ts'
import type { Drafting, Writing } from './writing.ts'

const NONCE_BYTES = 16

/** One thing to be written. */
interface Part {
  // biome-ignore lint/suspicious/noExplicitAny: collections of all types
  readonly collection: Collection<any>
  readonly key: string | null
  readonly draft: Promise<Drafting>
}

/**
 * Collects what is to be written, and writes it by `commit`. Made by `Room.batch`.
 *
 * What does not fit its model is refused when it is put in, and is not part of it. Here, all is saved in one transaction.
 */
export class Batch {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly #desk: Desk
  #parts: readonly Part[] = []
  #isCommitted = false

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** How much is in it. */
  get size(): number {
    return this.#parts.length
  }

  /** Write a document, as `Collection.add` does; refused with a ConfigError when there are 500 already. */
  async add<T>(collection: Collection<T>, value: T, options: WritingOptions = {}): Promise<void> {
    await this.#take(collection, null, writing => writing.draftDocument(value, options))
  }

  /** Write a version of a register, as `Collection.put` does; refused with a ConfigError for a key that is in it already. */
  async put<T>(collection: Collection<T>, key: string, value: T, options: Replacing = {}): Promise<void> {
    await this.#take(collection, key, writing => writing.draftVersion(key, value, options))
  }

  /** Write a tombstone, as `Collection.delete` does. */
  async delete<T>(collection: Collection<T>, key: string, options: Expecting = {}): Promise<void> {
    await this.#take(collection, key, async writing => writing.draftTombstone(key, options))
  }

  /**
   * Write all, in order, and give it once it is stored.
   *
   * *atomic* adds a record that lists all: on other peers nothing of the batch is seen before all of it is there. Refused
   * with a ConflictError where a register holds something else than was expected, and as `Room.publish` is; then nothing
   * is written, and the batch may be committed again.
   */
  async commit({ atomic = false }: { readonly atomic?: boolean | undefined } = {}): Promise<Doc<unknown>[]> {
    this.#desk.checkOpen()
    if (this.#isCommitted) throw new ConfigError('this batch was committed before')
    if (this.#parts.length === 0) throw new ConfigError('there is nothing in the batch')
    this.#isCommitted = true
    const parts = this.#parts
    const records = await this.#written(parts, atomic).catch(error => {
      this.#isCommitted = false
      throw error
    })
    return await Promise.all(
      parts.map(async ({ collection }, at) => (await collection.writing()).written(records[at] as Record)),
    )
  }

  async #written(parts: readonly Part[], isAtomic: boolean): Promise<readonly Record[]> {
    const drafts = await Promise.all(parts.map(({ draft }) => draft))
    return await this.#alone(keysOf(parts), async () => {
      const drafted: Draft[] = []
      for (const draft of drafts) drafted.push(await draft())
      return await this.#write(drafted, isAtomic)
    })
  }

  async #take<T>(
    collection: Collection<T>,
    key: string | null,
    prepare: (writing: Writing<T>) => Promise<Drafting>,
  ): Promise<void> {
    this.#desk.checkOpen()
    if (this.#parts.length >= BATCH_DOCUMENTS_MAX) {
      throw new ConfigError(`a batch has at most ${BATCH_DOCUMENTS_MAX} documents`)
    }
    const isThere =
      key !== null && this.#parts.some(part => part.key === key && part.collection.name === collection.name)
    if (isThere)
      throw new ConfigError(`the register ${shown(key)} of ${shown(collection.name)} is in this batch already`)
    const part: Part = { collection, key, draft: collection.writing().then(prepare) }
    this.#parts = [...this.#parts, part]
    try {
      await part.draft
    } catch (error) {
      this.#parts = this.#parts.filter(each => each !== part)
      throw error
    }
  }

  /** Do *work* while nobody else writes under any of *keys*, which are waited for in one order. */
  async #alone<Result>([first, ...rest]: readonly Part[], work: () => Promise<Result>): Promise<Result> {
    if (first?.key == null) return await work()
    return await (await first.collection.writing()).inTurn(first.key, () => this.#alone(rest, work))
  }

  async #write(drafts: readonly Draft[], isAtomic: boolean): Promise<readonly Record[]> {
    if (!isAtomic) return await this.#desk.write(drafts)
    const tag = [BATCH_TAG, bytesToHex(randomBytes(NONCE_BYTES))]
    const tagged = drafts.map(draft => ({ ...draft, tags: [...draft.tags, tag] }))
    return await this.#desk.write(tagged, records => {
      return { kind: KIND_COMMIT, tags: [tag], content: commitContent(records.map(({ id }) => id)), after: 0 }
    })
  }
}

/** Give those of *parts* that are of registers, in the one order in which all batches wait for them. */
function keysOf(parts: readonly Part[]): Part[] {
  const named = parts.flatMap(part =>
    part.key === null ? [] : [[`${part.collection.name}/${part.key}`, part] as const],
  )
  return named.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, part]) => part)
}
