/** A store of envelopes as those read it who have the secret. Loaded by pages that seal a room. */

import { HIDDEN_TAGS, VISIBLE_TAGS } from '../core/envelope.ts'
import { type Filter, matches } from '../core/filter.ts'
import type { Record } from '../core/record.ts'
import type { Change } from '../documents/change.ts'
import { ConfigError } from '../errors.ts'
import type { DocumentStore, Lens, Store } from '../ports.ts'
import { ask, forwarding } from './forwarding.ts'
import { pause, SLICE_MILLISECONDS } from './turns.ts'

/**
 * Give *store*, which holds envelopes, with what *seals* opens in their place; what does not open is given as it is, and
 * says so by `unread`. What neighbours are given (`wires`) and what names a record to them (`named`, `marks`, `versions`)
 * are the envelopes still.
 */
export function opened(store: Store, lens: Lens): Store {
  const own: Partial<Store> = {
    get: async ids => await openAll(lens, await store.get(ids)),
    query: query => find(store, lens, query),
  }
  if (store.documents !== undefined) own.documents = async () => openedDocuments(store, lens)
  return new Proxy(store, {
    get: (target, name) => {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Find what matches when it is opened; of what is hidden, a store knows the hashes of `c` and `d` alone. */
async function find(store: Store, lens: Lens, query: Filter): Promise<Record[]> {
  const tags = [...query.tags].flatMap(([name, values]): [string, ReadonlySet<string>][] => {
    if (HIDDEN_TAGS.includes(name)) return [[name, new Set([...values].flatMap(value => lens.hidden(name, value)))]]
    return VISIBLE_TAGS.has(name) ? [[name, values]] : []
  })
  const outside = { ...query, tags: new Map(tags) }
  for (let limit = query.limit; ; ) {
    const found = await store.query({ ...outside, limit })
    const records = (await openAll(lens, found)).filter(record => matches(query, record))
    if (limit === null || query.limit === null || found.length < limit || records.length >= query.limit) {
      return records.slice(0, query.limit ?? records.length)
    }
    limit *= 2
  }
}

/** Open records, and let the page have its turn in between. */
async function openAll(lens: Lens, records: readonly Record[]): Promise<Record[]> {
  const found: Record[] = []
  let begun = performance.now()
  for (const record of records) {
    found.push(lens.open(record))
    if (performance.now() - begun < SLICE_MILLISECONDS) continue
    await pause()
    begun = performance.now()
  }
  return found
}

/** What gives records, rather than what is made of them. */
const GIVE_RECORDS: ReadonlySet<string> = new Set(['find', 'misfits', 'heads'])

async function openedDocuments(store: Store, lens: Lens): Promise<DocumentStore> {
  if (store.unseal === undefined) throw new ConfigError('this store has no collections in a sealed room')
  const documents = await (store as Required<Store>).documents()
  const asked: Parameters<typeof forwarding>[0] = async (method, ...given) => {
    const answer = await ask(documents, method, given)
    if (GIVE_RECORDS.has(method)) return await openAll(lens, answer as Record[])
    return method === 'log' ? await openPage(lens, answer) : answer
  }
  return forwarding(asked, {
    heed: bitsOf => documents.heed(bitsOf),
    watch: listener => documents.watch(listener),
  })
}

/** Open the records of a page of changes, and leave out what says nothing; all else that a log answers stays as it is. */
async function openPage(lens: Lens, answer: unknown): Promise<unknown> {
  const { changes } = Object(answer) as { readonly changes?: readonly Change[] }
  if (changes === undefined) return answer
  const records = await openAll(
    lens,
    changes.map(({ record }) => record),
  )
  const told = changes.flatMap((change, at) => {
    const record = records[at] ?? change.record
    return record.unread === undefined ? [{ ...change, record }] : []
  })
  return { ...(answer as object), changes: told }
}
