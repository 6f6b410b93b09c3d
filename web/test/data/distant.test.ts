import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Json } from '../../src/core/action.ts'
import { type Distant, distant, serve } from '../../src/data/distant.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { checkChanges } from '../adapters/checkChanges.ts'
import { checkDocuments } from '../adapters/checkDocuments.ts'
import { checkViews } from '../adapters/checkViews.ts'
import { ANN, document, PLACES } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'

async function documentsOf(store: Store): Promise<DocumentStore> {
  if (store.documents === undefined) throw new Error('the store finds documents')
  return await store.documents()
}

function distantFrom(documents: () => Promise<DocumentStore>): Distant {
  return distant(
    // Another tab hears only what can be cloned.
    async (method, ...given) => structuredClone(await serve(await documents(), method, structuredClone(given))),
    () => null,
  )
}

test.each([
  ['found', checkDocuments],
  ['told', checkChanges],
  ['viewed', checkViews],
] as const)('what another tab keeps is %s as if it were here', async (_, check) => {
  await check(async () => {
    const store = new MemoryStore()
    const own = await store.documents()
    const far = distantFrom(async () => own)
    // These two are for the tab that keeps them.
    Object.assign(far, { watch: own.watch.bind(own), heed: own.heed.bind(own) })
    return Object.assign(store, { documents: async () => far })
  })
})

test('who cannot say what functions do leaves those of the tab that keeps the documents', async () => {
  const store = new MemoryStore()
  const upgrade = (value: Json) => ({ title: String(value) })
  const places = define('places', { required: ['title'] }, { also: { name: 'spots', upgrade } })
  const own = await store.documents()
  await own.define([places])
  const older = document(ANN, 1, 'old', { collection: define('spots') })
  await store.add([older])
  await distantFrom(async () => own).define([places])
  await store.add([document(ANN, 2, 5, { collection: define('spots') })])
  expect(await own.build()).toBe(0)
  expect(await own.count(plan(places, {}, {}, NOON))).toBe(2)
})

test('what was built for a tab that cannot say what functions do is built anew with them', async () => {
  globalThis.indexedDB = new IDBFactory()
  for (const store of [new MemoryStore(), await openIndexedDbStore('places')]) {
    const upgrade = (value: Json) => ({ title: String(value) })
    const fits = { check: (value: Json) => (value as { title: string }).title !== 'old' }
    const places = define('places', { type: 'object' }, { also: { name: 'spots', upgrade }, fits })
    await store.add(['old', 'new'].map((text, at) => document(ANN, at, text, { collection: define('spots') })))
    const own = await documentsOf(store)
    const far = distantFrom(async () => own)
    const count = async () => {
      while ((await own.build()) > 0);
      return await own.count(plan(places, {}, {}, NOON))
    }
    await far.define([places])
    expect(await count()).toBe(0)
    await own.define([places])
    expect(await count()).toBe(1)
    await far.define([places])
    expect(await count()).toBe(1)
    await store.close()
  }
})

test('a tab that leads next is told what was declared', async () => {
  const stores = [new MemoryStore(), new MemoryStore()] as const
  const record = document(ANN, 1, { title: 'a' })
  for (const store of stores) await store.add([record])
  let leader: MemoryStore = stores[0]
  const far = distantFrom(() => leader.documents())
  await far.define([PLACES])
  leader = stores[1]
  expect(await far.find(plan(PLACES, {}, {}, NOON))).toEqual([record])
  await expect(far.find(plan(define('wiki'), {}, {}, NOON))).rejects.toThrow('knows no collection')
  expect(await distantFrom(async () => await leader.documents()).renew()).toEqual([])
  leader = new MemoryStore()
  expect(await far.renew()).toEqual(['places'])
  expect(await (await leader.documents()).find(plan(PLACES, {}, {}, NOON))).toEqual([])
})
