import 'fake-indexeddb/auto'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Moment, Monotonic, UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { CHANGES_KEPT_SECONDS } from '../../src/core/limits.ts'
import type { RecordId } from '../../src/core/record.ts'
import { FoldKeeping, KEPT_DOCUMENTS, KIND } from '../../src/data/foldkeeping.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

const HERE = { count: 300, seat: { values: [], stamp: 5, id: 'ab'.repeat(32) as RecordId }, text: '[1]' }
const SINCE = '00000007-8-9'
const KEY = new SecretKey(new Uint8Array(32).fill(5))
const DAY = 86_400

interface Entry {
  readonly n: number
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

function keptIn(store: MemoryStore, complaints: unknown[] = []) {
  const desk = {
    notes: (kind: string) => store.notes(kind),
    note: (kind: string, key: string, text: string | null) => store.note(kind, key, text),
    complain: (error: unknown) => void complaints.push(error),
  }
  return (name: string, version: unknown, digest: string) => new FoldKeeping(desk, name, version, digest)
}

/** Join on the same disk as before. */
async function kept(seconds = 0): Promise<Room> {
  const store = await openIndexedDbStore('folds')
  const now = (): Moment => {
    return {
      monotonic: (performance.now() / 1_000 + seconds) as Monotonic,
      unix: (Math.floor(Date.now() / 1_000) + seconds) as UnixTime,
    }
  }
  return await join('lobby', { store, transport: new MemorySwarm().transport(), key: KEY, now })
}

test('what was kept is given to the same fold alone', async () => {
  const store = new MemoryStore()
  const keeping = keptIn(store)
  expect(await keeping('total', 1, 'digest').load()).toBeNull()
  await keeping('total', 1, 'digest').save(HERE, SINCE)
  await keeping('total', 1, 'digest').save({ count: 0, seat: null, text: '[]' }, SINCE)
  expect(await keeping('total', 1, 'digest').load()).toEqual([HERE, SINCE])
  for (const [name, version, digest] of [
    ['other', 1, 'digest'],
    ['total', 2, 'digest'],
    ['total', 1, 'other'],
  ] as const) {
    expect(await keeping(name, version, digest).load()).toBeNull()
  }
  for (const text of [
    '',
    '5',
    '[1,2]',
    '[1,"digest","no bookmark",1,2,"00","[]"]',
    `[1,"digest","${SINCE}",1,2,"0","["]`,
  ]) {
    await store.note(KIND, bytesToHex(utf8ToBytes('total')), text)
    expect(await keeping('total', 1, 'digest').load()).toBeNull()
  }
})

test('it is kept now and then, and of what no note can hold that is said once', async () => {
  const store = new MemoryStore()
  const complaints: unknown[] = []
  const keeping = keptIn(store, complaints)('total', 1, 'digest')
  const isDue = (...counts: readonly number[]) => counts.map(count => keeping.isDue(count))
  expect(isDue(0, 1, KEPT_DOCUMENTS - 1, KEPT_DOCUMENTS)).toEqual([false, false, false, true])
  await keeping.save(HERE, SINCE)
  expect(isDue(299, 300, 555, 556)).toEqual([true, false, false, true])
  expect(complaints).toEqual([])
  for (const count of [600, 900]) await keeping.save({ ...HERE, count, text: 'x'.repeat(5_000) }, SINCE)
  expect(complaints).toHaveLength(1)
  expect(complaints[0]).toMatch(/^the fold "total" is not kept: the text of a note has at most/)
  expect(await keptIn(store)('total', 1, 'digest').load()).toEqual([HERE, SINCE])
  const full = { notes: async () => new Map(), note: () => Promise.reject(new StoreError('full')), complain: () => {} }
  await new FoldKeeping(full, 'total', 1, 'digest').save(HERE, SINCE)
})

test('a page folds what is new alone, and what comes late', async () => {
  let steps = 0
  const step = (state: number, { value }: { readonly value: Entry }) => {
    steps += 1
    return ((state * 3) % 1_000_003) + value.n
  }
  const one = await kept()
  const numbers = await one.collection<Entry>('numbers')
  const batch = await one.batch()
  for (let n = 0; n < KEPT_DOCUMENTS + 20; n++) await batch.add(numbers, { n })
  await batch.commit()
  const fold = await one.fold(numbers, 0, step, { name: 'total' })
  await fold.ready()
  expect([fold.settled, fold.count, steps]).toEqual([0, KEPT_DOCUMENTS + 20, KEPT_DOCUMENTS + 20])
  await expect(one.fold(numbers, 0, step, { name: 'total' })).rejects.toThrow('there is a fold "total" already')
  const { state } = fold
  await one.leave()

  steps = 0
  const two = await kept(10)
  const again = await two.collection<Entry>('numbers')
  const resumed = await two.fold(again, 0, step, { name: 'total' })
  await resumed.ready()
  expect([resumed.state, resumed.count, steps]).toEqual([state, KEPT_DOCUMENTS + 20, 0])
  await again.add({ n: 5 })
  await resumed.ready()
  expect(steps).toBe(1)
  const late = await earlier({ n: 7 })
  expect(await two.add(late)).toBe(1)
  const anew = await two.fold(again, 0, step)
  await Promise.all([resumed.ready(), anew.ready()])
  expect([resumed.state, resumed.count]).toEqual([anew.state, KEPT_DOCUMENTS + 22])
  await two.leave()

  steps = 0
  const three = await kept(10)
  const other = await three.fold(await three.collection<Entry>('numbers'), 0, step, { name: 'total', version: 2 })
  await other.ready()
  expect(steps).toBe(KEPT_DOCUMENTS + 22)
  await three.leave()
})

test('a fold whose place the log of changes no longer reaches begins anew', async () => {
  let steps = 0
  const add = (state: number, { value }: { readonly value: Entry }) => {
    steps += 1
    return state + value.n
  }
  const one = await kept()
  const numbers = await one.collection<Entry>('numbers')
  const batch = await one.batch()
  for (let n = 0; n < KEPT_DOCUMENTS; n++) await batch.add(numbers, { n: 1 })
  await batch.commit()
  await (await one.fold(numbers, 0, add, { name: 'total' })).ready()
  // What comes after that and goes again would not take back what was folded.
  await numbers.remove(await numbers.add({ n: 1 }))
  for await (const _ of one.changes({ live: false }));
  await one.leave()

  for (const [seconds, expected] of [
    [10, 0],
    [10 + CHANGES_KEPT_SECONDS + DAY, KEPT_DOCUMENTS],
  ] as const) {
    steps = 0
    const two = await kept(seconds)
    const fold = await two.fold(await two.collection<Entry>('numbers'), 0, add, { name: 'total' })
    await fold.ready()
    expect([fold.state, steps]).toEqual([KEPT_DOCUMENTS, expected])
    await two.leave()
  }
})

test('a name or version that cannot be meant is refused', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const numbers = await room.collection<number>('numbers')
  for (const wrong of [{ name: 'Bad Name' }, { name: 'a', version: -1 }, { name: 'a', version: true as never }]) {
    await expect(room.fold(numbers, 0, state => state, wrong)).rejects.toThrow(ConfigError)
  }
  await room.leave()
})

/** Give a record of the collection that is dated before all others. */
async function earlier(value: Entry) {
  const room = await join('lobby', {
    store: 'memory',
    transport: new MemorySwarm().transport(),
    now: () => ({ monotonic: 0 as Monotonic, unix: (Math.floor(Date.now() / 1_000) - 100) as UnixTime }),
  })
  const { record } = await (await room.collection<Entry>('numbers')).add(value)
  await room.leave()
  return record
}
