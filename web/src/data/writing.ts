/** What writes in a collection: documents, versions of registers, tombstones. Loaded once a page writes. */

import { addressText } from '../core/deletion.ts'
import { KIND_DELETION, KIND_KEYED, type Record } from '../core/record.ts'
import { several, shown } from '../core/typed.ts'
import { readDocumentKey, rowOf, type Version } from '../documents/document.ts'
import { headsOf } from '../documents/linking.ts'
import { readJson } from '../documents/value.ts'
import { ConfigError, ConflictError } from '../errors.ts'
import type { Draft } from './desk.ts'
import { draftDocument, draftVersion, expiryOf, withUnknown } from './drafts.ts'
import {
  checkExpected,
  type Expecting,
  idOf,
  isExpected,
  type Lasting,
  type Replacing,
  readExpected,
  type Wanted,
  type WritingOptions,
} from './expected.ts'
import { inTurn } from './locks.ts'
import { type OwnHeads, ownHeadsOf } from './ownheads.ts'
import type { Inside } from './reading.ts'
import type { Doc } from './types.ts'

const LOG_HEADS_MAX = 16
const UPDATE_TRIES_MAX = 100

/** Checks what is expected, and drafts what is to be signed. */
export type Drafting = () => Promise<Draft>

/** The writing half of a collection. */
export class Writing<T> {
  readonly #inside: Inside<T>
  readonly #ownHeads: OwnHeads | null

  constructor(inside: Inside<T>) {
    this.#inside = inside
    inside.desk.checkOpen()
    this.#ownHeads = ownHeadsOf(inside.desk)
  }

  async add(value: T, options: WritingOptions): Promise<Doc<T>> {
    return await this.#write(await this.draftDocument(value, options))
  }

  async append(value: T, { ttlSeconds }: Lasting): Promise<Doc<T>> {
    const { collection, model } = this.#inside
    const content = await model.dump(value)
    const expiresAt = this.#expiryOf(ttlSeconds)
    return await this.inTurn('', async () => {
      const heads = await (await this.#inside.store()).heads(collection.name, LOG_HEADS_MAX)
      const entries = heads.filter(({ kind }) => kind !== KIND_KEYED)
      return await this.#write(async () => draftDocument(collection.definition, content, entries, expiresAt))
    })
  }

  async put(key: string, value: T, options: Replacing): Promise<Doc<T>> {
    return await this.#put(key, await this.draftVersion(key, value, options))
  }

  async update(key: string, change: (value: T | null) => T, options: Lasting): Promise<Doc<T>> {
    const { collection, model, versions } = this.#inside
    for (let tries = 1; ; tries++) {
      const own = this.#ownHeads?.get(`${collection.name}/${key}`)
      const expected = own === undefined ? headsOf(await versions(key)).map(({ id }) => id) : [own.id]
      const doc = await collection.get(key)
      const content = await model.dump(change(doc?.value ?? null))
      try {
        return await this.#put(key, this.#draft(key, this.#withUnknown(content, doc), { ...options, expected }))
      } catch (error) {
        if (!(error instanceof ConflictError) || tries >= UPDATE_TRIES_MAX) throw error
      }
    }
  }

  async delete(key: string, options: Expecting): Promise<Doc<T>> {
    return await this.#put(key, this.draftTombstone(key, options))
  }

  async erase(key: string): Promise<number> {
    const { collection, desk, versions } = this.#inside
    return await this.inTurn(readDocumentKey(key), async () => {
      const ours = (await versions(key)).filter(each => each.author === desk.key)
      const address = addressText(KIND_KEYED, desk.key, `${collection.name}/${key}`)
      const tags = [
        ['a', address],
        ['k', `${KIND_KEYED}`],
      ]
      const after = Math.max(0, ...ours.map(({ stamp }) => stamp))
      if (ours.length > 0) await desk.write([{ kind: KIND_DELETION, tags, content: '', after }])
      return ours.length
    })
  }

  // What batches write: checked at once, drafted when it is their turn.

  /** Say how a document is drafted; refused with a SchemaError when the value does not fit. */
  async draftDocument(value: T, { follows = [], ttlSeconds }: WritingOptions): Promise<Drafting> {
    const { collection, desk, model } = this.#inside
    const content = await model.dump(value)
    const ids = [...new Set(several(follows).map(idOf))]
    const expiresAt = this.#expiryOf(ttlSeconds)
    return async () => {
      const found = ids.length === 0 ? [] : await desk.get(ids)
      const missing = ids.find(id => !found.some(record => record.id === id))
      if (missing !== undefined) throw new ConfigError(`there is no record ${missing.slice(0, 8)} here to follow`)
      return draftDocument(collection.definition, content, found, expiresAt)
    }
  }

  /** Say how the next version of a register is drafted; refused as `put` is. */
  async draftVersion(key: string, value: T, options: Replacing): Promise<Drafting> {
    return this.#draft(key, await this.#inside.model.dump(value), options)
  }

  /** Say how the tombstone of a register is drafted. */
  draftTombstone(key: string, options: Expecting): Drafting {
    return this.#draft(key, null, options)
  }

  /** Do *work* when nobody else writes under *key*. */
  async inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const { collection, desk } = this.#inside
    desk.checkOpen()
    return await inTurn(desk.documents, `${collection.name}/${key}`, work)
  }

  /** Read what was written here. */
  async written(record: Record): Promise<Doc<T>> {
    const { collection, desk, read } = this.#inside
    // Who is muted here writes what counts for others alone.
    if (!desk.hides(record)) this.#ownHeads?.keep(collection.definition, record)
    const doc = await read(record)
    if (doc === null) throw new ConfigError(`the schema of ${shown(collection.name)} does not read what it wrote`)
    return doc
  }

  async #put(key: string, drafting: Drafting): Promise<Doc<T>> {
    return await this.inTurn(key, () => this.#write(drafting))
  }

  async #write(drafting: Drafting): Promise<Doc<T>> {
    const [record] = await this.#inside.desk.write([await drafting()])
    return await this.written(record as Record)
  }

  #draft(given: string, content: string | null, { expected, ttlSeconds }: Replacing): Drafting {
    const { collection, desk } = this.#inside
    const key = readDocumentKey(given)
    const wanted = readExpected(expected)
    const expiresAt = content === null ? null : this.#expiryOf(ttlSeconds)
    return async () => {
      const here = await this.#latest(key, wanted)
      return draftVersion(collection.definition, key, content, here, { author: desk.key, expiresAt })
    }
  }

  /** Give what a new version has to know of others: the heads, which are what is *wanted*, and perhaps more. */
  async #latest(key: string, wanted: Wanted): Promise<readonly Version[]> {
    const { collection, versions } = this.#inside
    const register = `${collection.name}/${key}`
    this.#ownHeads?.ask(register)
    const own = this.#ownHeads?.get(register)
    if (own !== undefined && isExpected(wanted, [own])) return [own]
    const here = await versions(key)
    checkExpected(key, wanted, headsOf(here))
    return here
  }

  #expiryOf(ttlSeconds: number | undefined): number | null {
    return expiryOf(ttlSeconds ?? this.#inside.ttlSeconds, this.#inside.desk.now())
  }

  #withUnknown(content: string, doc: Doc<T> | null): string {
    const { definition } = this.#inside.collection
    const old = doc === null ? null : rowOf(definition, doc.record)
    if (old === null) return content
    return JSON.stringify(withUnknown(readJson(content), old.value, definition.schema, doc?.value))
  }
}
