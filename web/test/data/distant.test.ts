import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { distant, serve } from '../../src/data/distant.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'
import type { DocumentStore } from '../../src/ports.ts'
import { checkDocuments } from '../adapters/checkDocuments.ts'
import { ANN, document, PLACES } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'

function distantFrom(documents: () => Promise<DocumentStore>): DocumentStore {
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
})
