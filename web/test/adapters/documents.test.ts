import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test, vi } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { define } from '../../src/documents/definition.ts'
import { fieldOfRow, type Row, rowOf } from '../../src/documents/document.ts'
import { plan } from '../../src/documents/plan.ts'
import { type Conditions, matches } from '../../src/documents/where.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { checkDocuments } from './checkDocuments.ts'
import { ANN, document, idsOf, PLACES, samplePlaces } from './placeSamples.ts'
import { NOON } from './samples.ts'

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test('documents in memory keep the contract', () => checkDocuments(async () => new MemoryStore()))

async function idsIn(store: Store): Promise<string[]> {
  const documents = await store.documents?.()
  await documents?.define([PLACES])
  while (((await documents?.build()) ?? 0) > 0);
  return idsOf((await documents?.find(plan(PLACES, {}, {}, NOON))) ?? []).sort()
}

test('a page that declares nothing writes no documents, and a later one catches up on what came and went', async () => {
  const records = samplePlaces().filter(({ kind }) => kind === 1078)
  const [first, second, third, ...rest] = records
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are many')
  const open = () => openIndexedDbStore('places')
  let store = await open()
  await store.add([first, second, third])
  expect(await idsIn(store)).toEqual(idsOf([first, second, third]).sort())
  await store.close()
  store = await open()
  await store.add(rest, { removed: [first.id] })
  await store.purge([second.id])
  await store.close()
  store = await open()
  expect(await idsIn(store)).toEqual(idsOf([third, ...rest]).sort())
  await store.close()
})

test('what one page builds, the next one has', async () => {
  let store = await openIndexedDbStore('places')
  await store.add(samplePlaces())
  const before = await idsIn(store)
  await store.close()
  store = await openIndexedDbStore('places')
  const documents = await store.documents?.()
  await documents?.define([PLACES])
  expect(await documents?.build()).toBe(0)
  expect(idsOf((await documents?.find(plan(PLACES, {}, {}, NOON))) ?? []).sort()).toEqual(before)
  await store.close()
})

test('a collection that is not declared this time catches up when it is', async () => {
  const wiki = define('wiki')
  let store = await openIndexedDbStore('places')
  await (await store.documents?.())?.define([PLACES, wiki])
  await store.close()
  store = await openIndexedDbStore('places')
  const documents = await store.documents?.()
  await documents?.define([PLACES])
  const record = document(ANN, 1, 'page', { collection: wiki })
  await store.add([record])
  await documents?.define([wiki])
  while (((await documents?.build()) ?? 0) > 0);
  expect(await documents?.find(plan(wiki, {}, {}, NOON))).toEqual([record])
  await store.close()
})

test('a misfit that was purged while nobody had declared its collection replaces nothing when another does', async () => {
  let store = await openIndexedDbStore('places')
  const [version, misfit] = ['fits', 5].map((title, at) => document(ANN, at, { title }, { key: 'k' }))
  if (version === undefined || misfit === undefined) throw new Error('there are two')
  await store.add([version, misfit])
  expect(await idsIn(store)).toEqual([version.id])
  await store.close()
  store = await openIndexedDbStore('places')
  await store.purge([misfit.id])
  const documents = await store.documents?.()
  const anything = define('places')
  await documents?.define([anything])
  while (((await documents?.build()) ?? 0) > 0);
  expect(await documents?.find(plan(anything, {}, {}, NOON))).toEqual([version])
  await store.close()
})

test.each([
  ['in memory', async (): Promise<Store> => new MemoryStore()],
  ['in a database', (): Promise<Store> => openIndexedDbStore('places')],
])('a version that was purged replaces those before it, however it is read, %s', async (_, open) => {
  const store = await open()
  const [older, newer] = [1, 2].map(stamp => document(ANN, stamp, { title: 'x' }, { key: 'k' }))
  if (older === undefined || newer === undefined) throw new Error('there are two')
  await store.add([older, newer])
  expect(await idsIn(store)).toEqual([newer.id])
  await store.purge([newer.id])
  const documents = await store.documents?.()
  for (const shared of [true, false]) {
    const places = define('places', PLACES.schema?.json, { shared })
    await documents?.define([places])
    while (((await documents?.build()) ?? 0) > 0);
    expect(await documents?.find(plan(places, {}, {}, NOON))).toEqual([])
    const [versions] = (await documents?.registerVersions('places', [{ key: 'k', author: null }])) ?? []
    expect(versions?.map(({ id }) => id)).toEqual([newer.id, older.id])
  }
  await store.close()
})

test('a page is read in one transaction: what is deleted meanwhile does not end it', async () => {
  const store = await openIndexedDbStore('places')
  await store.add(samplePlaces().filter(({ kind }) => kind === 1078))
  const all = await idsIn(store)
  const documents = await store.documents?.()
  const begin = IDBDatabase.prototype.transaction
  let deleted: Promise<void> | null = null
  const spy = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...given) {
    const transaction = begin.apply(this, given)
    // It has to wait for the one that just began, and goes before any later one.
    deleted ??= Promise.resolve().then(() => store.add([], { removed: all.slice(0, 2) as RecordId[] }))
    return transaction
  })
  const found = await documents?.find(plan(PLACES, {}, {}, NOON))
  spy.mockRestore()
  expect(idsOf(found ?? []).sort()).toEqual(all)
  await deleted
  expect(await idsIn(store)).toEqual(all.slice(2))
  await store.close()
})

const COUNTED: readonly object[] = [
  {},
  { city: 'Berlin' },
  { city: null },
  { city: { prefix: 'B' } },
  { city: { prefix: 'B', gt: 'Bea' } },
  { city: 'Berlin', stars: { gte: 3, lt: 5 } },
  { city: 'Berlin', stars: { gt: 3, gte: 4 } },
  { stars: { gt: 3 } },
  { stars: { gt: 3, lt: 'x' } },
  { stars: 4, open: true },
  { time: { gte: NOON - 3_600 } },
  { time: { gt: NOON - 7_200, lte: NOON - 60 } },
  { time: { gte: NOON - 3_600 }, city: 'Berlin' },
]

const INDEXED: readonly { readonly indexes: readonly unknown[] }[] = [
  { indexes: ['city', '-stars', ['city', '-stars'], ['open', 'time']] },
  { indexes: [['city', '-time', 'stars']] },
  { indexes: [] },
]

test.each(INDEXED)('what is counted by an index is what is found: $indexes', async ({ indexes }) => {
  const definition = define('places', PLACES.schema?.json, { indexes })
  const store = await openIndexedDbStore('counted')
  await store.add(samplePlaces())
  const documents = (await store.documents?.()) as DocumentStore
  await documents.define([definition])
  while ((await documents.build()) > 0);
  const all = await documents.find(plan(definition, {}, { limit: 1_000 }, NOON))
  const doesMatch = (where: Conditions) => (record: Record) => {
    const row = rowOf(definition, record) as Row
    return matches(where, field => fieldOfRow(row, field))
  }
  for (const where of COUNTED) {
    for (const order of ['-time', 'city', ['city', '-stars']]) {
      const asked = plan(definition, where, { limit: 1_000, order }, NOON)
      const wanted = idsOf(all.filter(doesMatch(asked.where))).sort()
      const found = idsOf(await documents.find(asked)).sort()
      expect([where, order, found, await documents.count(asked)]).toEqual([where, order, wanted, wanted.length])
    }
  }
  await store.close()
})
