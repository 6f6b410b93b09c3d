import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Json } from '../../src/core/action.ts'
import { type Distant, distant, serve } from '../../src/data/distant.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'
import type { DocumentStore } from '../../src/ports.ts'
import { checkDocuments } from '../adapters/checkDocuments.ts'
import { ANN, document, PLACES } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'

function distantFrom(documents: () => Promise<DocumentStore>): Distant {
  return distant(
    // Another tab hears only what can be cloned.
    async (method, ...given) => structuredClone(await serve(await documents(), method, structuredClone(given))),
    () => null,
  )
}

test('what another tab keeps is found as if it were here', async () => {
  await checkDocuments(async () => {
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
