import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { outlineOf } from '../../src/core/deletion.ts'
import { KIND_KEYED, signRecord } from '../../src/core/record.ts'
import { deletionOf, key, makeRecord, START } from '../protocol/pair.ts'

test('what was removed is named still, by its id and its address, and is no version', async () => {
  const store = await openIndexedDbStore('naming')
  const fields = { createdAt: START as UnixTime, kind: KIND_KEYED, tags: [['d', 'a']], content: '' }
  const [keyed, stays] = [signRecord(key(1), fields), signRecord(key(1), { ...fields, content: 'stays' })]
  await store.add([keyed, stays])
  await store.add([], { removed: [keyed.id] })
  const address = outlineOf(keyed).address ?? ''
  expect(await store.named([keyed.id])).toEqual([outlineOf(keyed)])
  expect((await store.named([address])).map(({ id }) => id).sort()).toEqual([keyed.id, stays.id].sort())
  expect(await store.versions()).toEqual([outlineOf(stays)])
  await store.add([keyed])
  expect((await store.named([address, keyed.id])).length).toBe(2)
  await store.close()
})

test('the authors of deletions are each found once, however many there are', async () => {
  const store = await openIndexedDbStore('deleters')
  const targets = Array.from({ length: 40 }, (_, number) => makeRecord(number))
  await store.add([deletionOf(targets), deletionOf(targets, { at: START + 1 }), deletionOf(targets, { author: 2 })])
  expect([...(await store.deleters())].sort()).toEqual([key(1).publicKey, key(2).publicKey].sort())
  await store.close()
})
