/** Atomic batches, as every `DocumentStore` must keep them; part of `checkDocuments`. */

import type { UnixTime } from '../../src/core/clock.ts'
import type { SecretKey } from '../../src/core/keys.ts'
import { KIND_COMMIT, KIND_DELETION, type Record, type RecordId, signRecord, type Tags } from '../../src/core/record.ts'
import { commitContent } from '../../src/documents/commit.ts'
import type { Definition } from '../../src/documents/definition.ts'
import { EXPIRED, INCOMPLETE } from '../../src/documents/document.ts'
import { plan } from '../../src/documents/plan.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { ANN, BOB, document, idsOf, PLACES, WIKI } from './placeSamples.ts'
import { NOON, same } from './samples.ts'

const NONCE = '0a'.repeat(16)

/** Check what is seen of batches whose parts, commits and deletions come and go. */
export async function checkBatches(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES, WIKI])
  const seen = async () => [await found(documents, PLACES), await found(documents, WIKI)]
  const before = document(ANN, 0, { text: 'before' }, { collection: WIKI, key: 'k' })
  const one = document(ANN, 1, { title: 'one' }, { batch: NONCE })
  const two = document(ANN, 1, { text: 'two' }, { collection: WIKI, key: 'k', batch: NONCE })
  const stranger = document(BOB, 1, { title: 'stranger' }, { batch: NONCE })
  const unlisted = document(ANN, 2, { title: 'unlisted' }, { batch: NONCE })
  const both = commit(ANN, [one.id, two.id])
  await store.add([before, one, stranger, unlisted, both, commit(BOB, [one.id, two.id])])
  same(await seen(), [[], [before.id]], 'part of a batch is not seen, and replaces nothing')
  same(await documents.marked(INCOMPLETE), idsOf([one, stranger, unlisted]).sort(), 'and is marked so')
  await store.add([two])
  same(await seen(), [[one.id], [two.id]], 'a complete batch is seen, and replaces')
  await store.add([], { removed: [both.id] })
  same(await seen(), [[], [before.id]], 'without its commit, no more')
  await store.add([both], { removed: [one.id] })
  same(await seen(), [[], [before.id]], 'nor when something is missing')
  await store.add([deletion(BOB, one)])
  same(await seen(), [[], [before.id]], 'what another author deletes is missing still')
  const gone = deletion(ANN, one)
  await store.add([gone])
  same(await seen(), [[], [two.id]], 'what its author deletes is not missing')
  await store.add([], { removed: [gone.id] })
  same(await seen(), [[], [before.id]], 'while its deletion is here')
  await store.add([one])
  await store.purge([one.id])
  same(await seen(), [[], [two.id]], 'what is purged is here')
  await store.purge([both.id])
  same(await seen(), [[], [before.id]], 'but commits nothing')
}

/** Check batches that were here before they were asked for, that expire, and that are told of. */
export async function checkBatchesOfOld(store: Store, documents: DocumentStore): Promise<void> {
  const one = document(ANN, 1, { title: 'one' }, { batch: NONCE, expiresAt: NOON + 5 })
  const two = document(ANN, 1, { title: 'two' }, { batch: NONCE })
  const nonsense = ['', '0f', '0F'.repeat(16)].map(batch => document(ANN, 4, { title: 'never' }, { batch }))
  await store.add([one, commit(ANN, [one.id, two.id]), ...nonsense])
  await documents.define([PLACES])
  while ((await documents.build()) > 0);
  same(await found(documents, PLACES), [], 'a batch that was here is read')
  const told: string[][] = []
  const stop = documents.watch(changed => told.push([...changed.keys()]))
  await store.add([document(ANN, 1, { title: 'three' }, { batch: NONCE })])
  same(told, [], 'nobody is told of what is not seen')
  await store.add([two])
  same([told, await found(documents, PLACES)], [[['places']], idsOf([one, two]).sort()], 'but of what is complete')
  stop()
  await documents.sweep((NOON + 5) as UnixTime)
  same(await found(documents, PLACES), [two.id], 'what expires is gone')
  same(await documents.marked(EXPIRED), [one.id], 'and missing nowhere')
}

async function found(documents: DocumentStore, definition: Definition): Promise<RecordId[]> {
  return idsOf(await documents.find(plan(definition, {}, {}, NOON))).sort()
}

function commit(author: SecretKey, ids: readonly RecordId[]): Record {
  return signed(author, KIND_COMMIT, [['batch', NONCE]], commitContent(ids))
}

function deletion(author: SecretKey, { id }: Record): Record {
  return signed(author, KIND_DELETION, [['e', id]], '')
}

function signed(author: SecretKey, kind: number, tags: Tags, content: string): Record {
  return signRecord(author, { createdAt: NOON as UnixTime, kind, tags, content })
}
