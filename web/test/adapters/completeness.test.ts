import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import {
  KIND_COMMIT,
  KIND_DELETION,
  KIND_RECORD,
  type Record,
  type RecordId,
  signRecord,
  type Tags,
} from '../../src/core/record.ts'
import { commitContent } from '../../src/documents/commit.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { batches } from '../batches.ts'
import { seededRng } from '../seeded.ts'
import { ANN } from './placeSamples.ts'
import { at, NOON } from './samples.ts'

const NOTES = define('notes')
const { records, seen } = batches

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

async function documentsOf(store: Store): Promise<DocumentStore> {
  if (store.documents === undefined) throw new Error('the store finds documents')
  const documents = await store.documents()
  await documents.define([NOTES])
  while ((await documents.build()) > 0);
  return documents
}

/** Give which of the records are seen, as a binary number. */
async function seenIn(documents: DocumentStore): Promise<number> {
  const ids = new Set((await documents.find(plan(NOTES, {}, {}, NOON))).map(({ id }) => id))
  return records.reduce((sum, { id }, place) => sum + (ids.has(id) ? 2 ** place : 0), 0)
}

/** Let records come and go, in any order, and tell each time which are here. */
async function* wandering(store: Store, seed: string, steps: number): AsyncGenerator<number> {
  const rng = seededRng(seed)
  let here = 0
  for (let step = 0; step < steps; step++) {
    const coming: Record[] = []
    const going: Record[] = []
    for (let count = 1 + (rng.uint32() % 2); count > 0; count--) {
      const place = rng.uint32() % records.length
      const record = at(records, place)
      if ([...coming, ...going].includes(record)) continue
      const isHere = ((here >> place) & 1) === 1
      ;(isHere ? going : coming).push(record)
      here ^= 1 << place
    }
    await store.add(coming, { removed: going.map(({ id }) => id) })
    yield here
  }
}

test.each(['memory', 'indexeddb'])('what is seen of a batch depends on what is here alone (%s)', async kind => {
  const store = kind === 'memory' ? new MemoryStore() : await openIndexedDbStore('batches')
  const documents = await documentsOf(store)
  const steps: string[] = []
  for await (const here of wandering(store, kind, 300)) {
    steps.push(here.toString(2))
    expect((await seenIn(documents)).toString(2), steps.slice(-3).join(', ')).toBe(seen[here]?.toString(2))
  }
  await store.close()
})

test('a page that declares a collection later has read what of batches came and went before', async () => {
  for (const seed of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    let store = await openIndexedDbStore(`batches ${seed}`)
    let here = 0
    for await (here of wandering(store, seed, 12));
    const before = await documentsOf(store)
    expect(await seenIn(before)).toBe(seen[here])
    await store.close()
    store = await openIndexedDbStore(`batches ${seed}`)
    const others = records.filter((_, place) => ((here >> place) & 1) === 1).map(({ id }) => id)
    await store.add([], { removed: others })
    for await (here of wandering(store, `${seed} again`, 12));
    expect(await seenIn(await documentsOf(store))).toBe(seen[here])
    await store.close()
  }
})

test('a commit that is purged commits nothing, and a part that is purged is here', async () => {
  const [, one, , , commit, ...rest] = records
  if (one === undefined || commit === undefined) throw new Error('there are many')
  for (const store of [new MemoryStore(), await openIndexedDbStore('purged')]) {
    const documents = await documentsOf(store)
    await store.add([at(records, 0), one, at(records, 2), commit])
    await store.purge([at(records, 2).id])
    expect(await seenIn(documents)).toBe(0b10)
    await store.purge([commit.id])
    expect(await seenIn(documents)).toBe(0b1)
    await store.add(rest)
    await store.close()
  }
})

test('a batch whose deletion grows old is incomplete again, also while nobody has declared a collection', async () => {
  const nonce = ['batch', 'ef'.repeat(16)]
  const missing = 'ab'.repeat(32) as RecordId
  const said = (createdAt: number, kind: number, tags: Tags, content: string) =>
    signRecord(ANN, { createdAt: (NOON + createdAt) as UnixTime, kind, tags: [['c', 'notes'], ...tags], content })
  const one = said(1, KIND_RECORD, [nonce], '"one"')
  const commit = said(1, KIND_COMMIT, [nonce], commitContent([one.id, missing]))
  const deletion = said(0, KIND_DELETION, [['e', missing]], '')
  const makes = [async () => new MemoryStore(), () => openIndexedDbStore('old'), () => openIndexedDbStore('older')]
  for (const [place, make] of makes.entries()) {
    let store: Store = await make()
    await store.add([one, commit, deletion])
    expect(await (await documentsOf(store)).find(plan(NOTES, {}, {}, NOON))).toEqual([one])
    if (place === 2) {
      await store.close()
      store = await make()
    }
    await store.expire((NOON + 1) as UnixTime)
    expect(await (await documentsOf(store)).count(plan(NOTES, {}, {}, NOON))).toBe(0)
    await store.close()
  }
})
