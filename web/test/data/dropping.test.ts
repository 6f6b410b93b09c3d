import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { SecretKey } from '../../src/core/keys.ts'
import type { ViewStep } from '../../src/documents/view.ts'
import { ConfigError, ViewError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const last: ViewStep = (tx, { record }) => tx.put(['last'], record.content)
const add = (state: number, { value }: { readonly value: number }) => state + value

async function kept(): Promise<Room> {
  const store = await openIndexedDbStore('dropping')
  return await join('lobby', { store, transport: new MemorySwarm().transport(), key: KEY })
}

test('a dropped view or fold stops, and its name is free', async () => {
  globalThis.indexedDB = new IDBFactory()
  const room = await kept()
  const log = await room.collection<number>('log')
  await log.append(3)
  const [view, total] = [await room.view('last', {}, last), await room.fold(log, 0, add, { name: 'total' })]
  await Promise.all([view.ready(), total.ready()])
  await room.drop({ view: 'last', fold: ['total'] })
  await expect(view.ready()).rejects.toThrow('the view "last" was dropped here')
  await expect(total.ready()).rejects.toThrow(ViewError)
  expect(total.state).toBe(3)
  await expect(view.get(['last'])).rejects.toThrow('keeps no view')
  const [again, anew] = [await room.view('last', {}, last), await room.fold(log, 0, add, { name: 'total' })]
  await Promise.all([again.ready(), anew.ready()])
  expect([anew.state, await again.get(['last'])]).toEqual([3, '3'])
  await room.drop({ view: 'never', fold: 'never' })
  await expect(room.drop({ view: 'No Name' })).rejects.toThrow(ConfigError)
  await room.leave()
})

test('what an earlier page declared is dropped by name', async () => {
  globalThis.indexedDB = new IDBFactory()
  const before = await kept()
  const numbers = await before.collection<number>('log')
  const batch = await before.batch()
  for (let at = 0; at < 300; at++) await batch.add(numbers, 1)
  await batch.commit()
  const [view, total] = [await before.view('last', {}, last), await before.fold(numbers, 0, add, { name: 'total' })]
  await Promise.all([view.ready(), total.ready()])
  await before.leave()
  const room = await kept()
  await room.drop({ view: ['last'], fold: 'total' })
  await room.leave()
  const store = await openIndexedDbStore('dropping')
  expect((await store.notes('fold')).size).toBe(0)
  await expect(
    (await store.documents?.())?.log('viewRows', 'last', { prefix: '', limit: null, isReversed: false }),
  ).rejects.toThrow('keeps no view')
  await store.close()
})
