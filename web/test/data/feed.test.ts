import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Json } from '../../src/core/action.ts'
import { LIVE_QUERIES_MAX } from '../../src/core/limits.ts'
import type { Record } from '../../src/core/record.ts'
import { apply, type Difference } from '../../src/data/difference.ts'
import { Feed, type Source } from '../../src/data/feed.ts'
import type { LiveQuery } from '../../src/data/live.ts'
import type { Doc } from '../../src/data/types.ts'
import { HIDDEN } from '../../src/documents/document.ts'
import type { Plan } from '../../src/documents/plan.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import type { DocumentStore } from '../../src/ports.ts'
import { ANN, ask, idsOf, PLACES, saying } from '../adapters/placeSamples.ts'
import { signed } from '../signing.ts'

/** A store, and who follows it. */
class Bench {
  readonly store = new MemoryStore()
  readonly hidden = new Set<string>()
  readonly complaints: unknown[] = []
  finds = 0
  fails = false
  /** The store fails once it has found so often. */
  failsAfter = Number.POSITIVE_INFINITY
  tell: (event: RoomEvent) => void = () => {}
  #feed: Feed<Json> | null = null
  #documents: DocumentStore | null = null

  async open(asked: Plan = ask({})): Promise<LiveQuery<Json>> {
    if (this.#feed === null) {
      this.#documents = await this.store.documents()
      await this.#documents.define([PLACES])
      this.#feed = new Feed(this.#source(this.#documents))
    }
    return await this.#feed.open(asked)
  }

  async documents(): Promise<DocumentStore> {
    return await this.store.documents()
  }

  #source(documents: DocumentStore): Source<Json> {
    const find = async (asked: Plan) => {
      this.finds += 1
      if (this.fails || this.finds > this.failsAfter) throw new StoreError('no disk')
      return await documents.find(asked)
    }
    const desk: Source<Json>['desk'] = {
      on: listener => {
        this.tell = listener
        return documents.watch(changed => {
          for (const [collection, turnover] of changed) listener({ type: 'CollectionChanged', collection, turnover })
        })
      },
      keep: () => () => {},
      get: async ids => {
        if (this.fails) throw new StoreError('no disk')
        return await this.store.get(ids)
      },
      hides: ({ id }) => this.hidden.has(id),
      complain: error => this.complaints.push(error),
      documents: new Proxy(documents, { get: (target, name) => (name === 'find' ? find : Reflect.get(target, name)) }),
    }
    return { definition: PLACES, desk, make: async ({ id }) => ({ id }) as Doc<Json> }
  }
}

function places(count: number, from = 0): Record[] {
  return Array.from({ length: count }, (_, at) => signed(ANN, saying(from + at, { title: `${from + at}` })))
}

function newest(records: readonly Record[], count: number): string[] {
  return idsOf([...records].reverse().slice(0, count))
}

test('it reads the store again only where a window ran dry', async () => {
  const bench = new Bench()
  const live = await bench.open(ask({}, { limit: 3 }))
  const records = places(10)
  await bench.store.add(records)
  await expect.poll(() => idsOf(live.docs)).toEqual(newest(records, 3))
  expect(bench.finds).toBe(1)
  await bench.store.add([], { removed: [records[0] as Record, records[9] as Record].map(({ id }) => id) })
  await expect.poll(() => idsOf(live.docs)).toEqual(newest(records.slice(0, 9), 3))
  expect(bench.finds).toBe(2)
  await live.grow(20)
  expect(idsOf(live.docs)).toEqual(newest(records.slice(1, 9), 9))
  live.close()
})

test('one saved batch is one difference, and who is slow gets several in one', async () => {
  const bench = new Bench()
  const live = await bench.open()
  const reader = live[Symbol.asyncIterator]()
  let next = reader.next()
  for (const from of [0, 5, 10]) {
    await bench.store.add(places(5, from))
    const { added } = (await next).value as Difference<Json>
    expect(added).toHaveLength(5)
    next = reader.next()
  }
  const shown = live.docs
  await bench.store.add(places(2, 15))
  const first = (await next).value as Difference<Json>
  for (const from of [17, 19]) {
    await bench.store.add(places(2, from), { removed: [live.docs[0]?.id ?? ''] as Record['id'][] })
    await expect.poll(() => live.docs.length).toBe(from === 17 ? 18 : 19)
  }
  const second = (await reader.next()).value as Difference<Json>
  expect(idsOf(apply(second, apply(first, shown)))).toEqual(idsOf(live.docs))
  live.close()
  expect((await reader.next()).done).toBe(true)
})

test('what is hidden meanwhile is passed over, and found once it is shown', async () => {
  const bench = new Bench()
  const live = await bench.open(ask({}, { limit: 2 }))
  const records = places(4)
  bench.hidden.add((records[3] as Record).id)
  await bench.store.add(records)
  await expect.poll(() => idsOf(live.docs)).toEqual(newest(records.slice(0, 3), 2))
  bench.hidden.clear()
  bench.tell({ type: 'CurtainChanged' })
  await expect.poll(() => idsOf(live.docs)).toEqual(newest(records, 2))
  await (await bench.documents()).mark([(records[3] as Record).id], HIDDEN, { isSet: true })
  await expect.poll(() => idsOf(live.docs)).toEqual(newest(records.slice(0, 3), 2))
  live.close()
})

test('where nobody knows what changed, all is read again', async () => {
  const bench = new Bench()
  const live = await bench.open()
  const [before] = [live.docs]
  bench.tell({ type: 'CollectionChanged', collection: 'places', turnover: null })
  await expect.poll(() => bench.finds).toBe(2)
  expect(live.docs).toBe(before)
  const records = places(1_200)
  await bench.store.add(records)
  await expect.poll(() => live.docs.length).toBe(1_000)
  live.close()
})

test('a store that fails is complained of, and asked again', async () => {
  const bench = new Bench()
  const live = await bench.open(ask({}, { limit: 2 }))
  const records = places(4)
  await bench.store.add(records)
  await expect.poll(() => live.docs.length).toBe(2)
  bench.fails = true
  await bench.store.add([], { removed: [(records[3] as Record).id] })
  await expect.poll(() => bench.complaints.length).toBe(1)
  bench.fails = false
  const [young] = places(1, 9) as [Record]
  await bench.store.add([young])
  await expect.poll(() => idsOf(live.docs)).toEqual(idsOf([young, records[2] as Record]))
  await bench.store.add([], { removed: [young.id] })
  await expect.poll(() => idsOf(live.docs)).toEqual(newest(records.slice(0, 3), 2))
  live.close()
})

test('what a store gives before it fails leaves the window as anything else does', async () => {
  const bench = new Bench()
  const live = await bench.open(ask({}, { limit: 3 }))
  const records = places(6)
  await bench.store.add(records)
  await expect.poll(() => live.docs.length).toBe(3)
  // It is asked twice to fill one gap of two, for the first that it gives is hidden; the second time it fails.
  bench.hidden.add((records[2] as Record).id)
  bench.failsAfter = bench.finds + 1
  await bench.store.add([], { removed: [records[5] as Record, records[4] as Record].map(({ id }) => id) })
  await expect.poll(() => bench.complaints.length).toBe(1)
  bench.failsAfter = Number.POSITIVE_INFINITY
  await bench.store.add([], { removed: [(records[1] as Record).id] })
  await expect.poll(() => idsOf(live.docs)).toEqual(idsOf([records[3] as Record, records[0] as Record]))
  live.close()
})

test('nothing that changes while a store fails is lost', async () => {
  const bench = new Bench()
  const live = await bench.open(ask({}, { limit: 9 }))
  const records = places(3)
  bench.fails = true
  await bench.store.add(records.slice(0, 2))
  await expect.poll(() => bench.complaints.length).toBe(1)
  await bench.store.add([], { removed: [(records[1] as Record).id] })
  await expect.poll(() => bench.complaints.length).toBe(2)
  expect(live.docs).toEqual([])
  bench.fails = false
  await bench.store.add(records.slice(2, 3))
  await expect.poll(() => idsOf(live.docs)).toEqual(idsOf([records[2] as Record, records[0] as Record]))
  live.close()
})

test('live queries have a limit', async () => {
  const bench = new Bench()
  const opened: LiveQuery<Json>[] = []
  for (let at = 0; at < LIVE_QUERIES_MAX; at++) opened.push(await bench.open(ask({ city: `${at}` })))
  await expect(bench.open()).rejects.toThrow(ConfigError)
  opened[0]?.close()
  opened[0]?.close()
  const last = await bench.open()
  for (const live of [...opened, last]) live.close()
  expect(() => last.close()).not.toThrow()
})
