import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'
import type { Store } from '../../src/ports.ts'
import { checkDocuments } from './checkDocuments.ts'
import { ANN, document, idsOf, PLACES, samplePlaces } from './placeSamples.ts'
import { NOON } from './samples.ts'

let names = 0

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test('documents in memory keep the contract', () => checkDocuments(async () => new MemoryStore()))

test('documents in a database keep the contract', () =>
  checkDocuments(async () => openIndexedDbStore(`docs ${++names}`)))

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
