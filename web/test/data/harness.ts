/**
 * Stores of documents, and collections over them, behind standard input and output: one command a line, one answer a
 * line, both JSON objects.
 *
 * tests/web/test_collections.py asks the same of Python. Run it in web/ by `node --import tsx test/data/harness.ts`.
 */

import 'fake-indexeddb/auto'
import { stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Json } from '../../src/core/action.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { decodeRecord, type Record, type RecordId } from '../../src/core/record.ts'
import type { Collection } from '../../src/data/collection.ts'
import { openCollection } from '../../src/data/declaring.ts'
import type { Desk } from '../../src/data/desk.ts'
import { apply } from '../../src/data/difference.ts'
import type { LiveQuery } from '../../src/data/live.ts'
import { Statistics } from '../../src/data/statistics.ts'
import type { Doc } from '../../src/data/types.ts'
import { canonical, readJson } from '../../src/documents/value.ts'
import { PeersetError } from '../../src/errors.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { ANN } from '../adapters/placeSamples.ts'

/** A query as `find` takes it. */
interface Query {
  readonly where?: Json
  readonly [wish: string]: unknown
}

type Command =
  | { readonly do: 'new'; readonly now: number; readonly store: 'memory' | 'indexeddb' }
  /** The schema and options are JSON texts, so that this language's own parser reads them. */
  | { readonly do: 'define'; readonly name: string; readonly schema: string; readonly options: string }
  | { readonly do: 'drop'; readonly name: string }
  | { readonly do: 'add'; readonly wires: readonly string[]; readonly removed: readonly RecordId[] }
  | { readonly do: 'purge'; readonly ids: readonly RecordId[] }
  | { readonly do: 'expire' | 'sweep'; readonly before: UnixTime }
  | { readonly do: 'heed'; readonly bits: { readonly [id: RecordId]: number } }
  | { readonly do: 'find'; readonly name: string; readonly query: string; readonly pages: number }
  | {
      readonly do: 'aggregate'
      readonly name: string
      readonly compute: string
      readonly where: string
      readonly by: string | null
    }
  | { readonly do: 'look'; readonly name: string; readonly keys: readonly string[] }
  | { readonly do: 'live'; readonly name: string; readonly query: string }
  | { readonly do: 'grow'; readonly number: number; readonly count: number }
  /** What each live query is to give; null where its collection is gone. */
  | { readonly do: 'follow'; readonly expected: readonly (readonly RecordId[] | null)[] }
  | { readonly do: 'states'; readonly bits: readonly number[] }

/** Applies the differences of a live query in order. */
class Follower {
  readonly live: LiveQuery<Json>
  shown: readonly Doc[]
  areEmpty = false

  constructor(live: LiveQuery<Json>) {
    this.live = live
    this.shown = live.docs
    void this.#follow()
  }

  async #follow(): Promise<void> {
    for await (const difference of this.live) {
      const { added, removed, moved, changed } = difference
      this.areEmpty ||= added.length + removed.length + moved.length + changed.length === 0
      this.shown = apply(difference, this.shown)
    }
  }
}

/** A store, its collections, and who reads them. */
class Bench {
  readonly #store: Store
  readonly #documents: DocumentStore
  readonly #now: UnixTime
  readonly #collections = new Map<string, Collection>()
  readonly #followers: Follower[] = []

  private constructor(store: Store, documents: DocumentStore, now: UnixTime) {
    this.#store = store
    this.#documents = documents
    this.#now = now
  }

  /** Begin with nothing. */
  static async open({ now, store: kind }: Command & { readonly do: 'new' }): Promise<Bench> {
    names += 1
    const store = kind === 'memory' ? new MemoryStore() : await openIndexedDbStore(`bench ${names}`)
    if (store.documents === undefined) throw new Error('stores of pages find documents')
    return new Bench(store, await store.documents(), now as UnixTime)
  }

  async close(): Promise<void> {
    for (const { live } of this.#followers) live.close()
    await this.#store.close()
  }

  /** Do what *command* says; give the answer. */
  async obey(command: Exclude<Command, { readonly do: 'new' }>): Promise<object> {
    switch (command.do) {
      case 'define': {
        const { name, schema, options } = command
        const given = { ...(readJson(options) as object), schema: readJson(schema) }
        const collection = await openCollection<Json>(name, given, this.#desk)
        await collection.ready()
        this.#collections.set(name, collection)
        return {}
      }
      case 'drop':
        await this.#documents.drop([command.name])
        this.#collections.delete(command.name)
        return {}
      case 'add': {
        const records = command.wires.map(wire => decodeRecord(hexToBytes(wire)))
        await this.#store.add(records, { removed: command.removed })
        return {}
      }
      case 'purge':
        await this.#store.purge(command.ids)
        return {}
      case 'expire':
        return { count: await this.#store.expire(command.before) }
      case 'sweep':
        return { swept: await this.#documents.sweep(command.before) }
      case 'heed':
        await this.#documents.heed(id => command.bits[id] ?? 0)
        return {}
      case 'live': {
        const { where, ...wish } = readJson(command.query) as Query
        const live = await this.#collection(command.name).live(where as never, wish)
        this.#followers.push(new Follower(live))
        return { number: this.#followers.length - 1 }
      }
      case 'grow':
        await this.#followers[command.number]?.live.grow(command.count)
        return {}
      case 'follow':
        return await this.#follow(command.expected)
      case 'states':
        return { marked: await Promise.all(command.bits.map(bit => this.#documents.marked(bit))) }
      default:
        return await this.#read(command)
    }
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name)
    if (collection === undefined) throw new Error(`nobody declared ${name}`)
    return collection
  }

  /** Give what the live queries say once that is what is expected, or after a while. */
  async #follow(expected: readonly (readonly RecordId[] | null)[]): Promise<object> {
    const isAsExpected = ({ live, shown }: Follower, at: number) =>
      [live.docs, shown].every(docs => expected[at] === null || `${idsOf(docs)}` === `${expected[at]}`)
    for (let turns = 0; turns < TURNS_MAX && !this.#followers.every(isAsExpected); turns++) {
      await new Promise(resolve => setTimeout(resolve, turns))
    }
    const told = this.#followers.map(({ live, shown, areEmpty }, at) =>
      expected[at] === null ? null : { docs: idsOf(live.docs), shown: idsOf(shown), areEmpty },
    )
    return { told }
  }

  async #read(command: Command & { readonly do: 'find' | 'aggregate' | 'look' }): Promise<object> {
    const collection = this.#collection(command.name)
    if (command.do === 'find') return await find(collection, readJson(command.query) as Query, command.pages)
    if (command.do === 'aggregate') {
      const [compute, where] = [readJson(command.compute), readJson(command.where)]
      const rows = await collection.aggregate(compute as never, { where: where as never, by: command.by })
      return { rows: rows.map(written) }
    }
    const slots = command.keys.map(key => ({ key, author: null }))
    const versions = await this.#documents.registerVersions(command.name, slots)
    const heads = await this.#documents.heads(command.name, 1_000)
    const ids = [...new Set(versions.flat().map(({ id }) => id)), ...heads.map(({ id }) => id)]
    const links = await this.#documents.links(ids, { ofParents: true })
    return {
      versions: versions.map(each => each.map(({ id, stamp, state, parents }) => [id, stamp, state, parents])),
      heads: idsOf(heads),
      misfits: idsOf(await this.#documents.misfits(command.name)),
      children: links.map(({ parent, child }) => [parent, child]),
    }
  }

  get #desk(): Desk {
    // Nobody writes here.
    const reading: Partial<Desk> = {
      room: this.#store,
      key: ANN.publicKey,
      now: () => this.#now,
      checkOpen: () => {},
      get: ids => this.#store.get(ids),
      hides: () => false,
      on: listener =>
        this.#documents.watch(changed => {
          for (const [collection, turnover] of changed) listener({ type: 'CollectionChanged', collection, turnover })
        }),
      keep: () => () => {},
      complain: error => {
        throw error
      },
      documents: this.#documents,
      statistics: new Statistics(),
    }
    return reading as Desk
  }
}

/** Give some pages, and how many match in all. */
async function find(collection: Collection, { where, ...wish }: Query, pages: number): Promise<object> {
  const found: object[] = []
  const text = wish['text'] === undefined ? {} : { text: wish['text'] as string }
  const author = wish['author'] === undefined ? {} : { author: wish['author'] as string }
  let after: string | null = null
  do {
    const { docs, next }: Awaited<ReturnType<typeof collection.find>> = await collection.find(where as never, {
      ...wish,
      after,
    })
    found.push({ docs: docs.map(({ id, value }) => [id, written(value)]), next })
    after = next
  } while (after !== null && found.length < pages)
  // Nobody counts as of a time.
  const count = wish['at'] === undefined ? await collection.count(where as never, { ...text, ...author }) : null
  return { pages: found, count }
}

function idsOf(records: readonly Pick<Record, 'id'>[]): RecordId[] {
  return records.map(({ id }) => id)
}

function written(value: Json): string {
  return bytesToHex(canonical(value))
}

/** Two minutes, so that a page which is behind has caught up. */
const TURNS_MAX = 500

let names = 0
let bench: Bench | null = null

/** Do what *command* says; give the answer, or what kind of mistake it is. */
async function answer(command: Command): Promise<object> {
  try {
    if (command.do === 'new') {
      await bench?.close()
      bench = await Bench.open(command)
      return {}
    }
    if (bench === null) throw new Error('there is no store yet')
    return await bench.obey(command)
  } catch (error) {
    if (error instanceof PeersetError) return { error: error.name }
    throw error
  }
}

for await (const line of createInterface({ input: stdin })) {
  stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Command))}\n`)
}
