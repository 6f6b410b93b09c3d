/** The page of `documents.ts`: documents in IndexedDB by our store, by a bare database, and by Dexie where it is there. */

import { openIndexedDbStore } from '../src/adapters/lasting.ts'
import { DAY_SECONDS, type UnixTime } from '../src/core/clock.ts'
import { SecretKey } from '../src/core/keys.ts'
import { hashFields, KIND_RECORD, type Record, recordOf } from '../src/core/record.ts'
import type { Collection } from '../src/data/collection.ts'
import { openCollection } from '../src/data/declaring.ts'
import type { Desk } from '../src/data/desk.ts'
import { Statistics } from '../src/data/statistics.ts'
import type { RoomEvent } from '../src/notices.ts'
import type { Store } from '../src/ports.ts'

/** A document of six fields. */
interface Place {
  readonly title: string
  readonly city: string
  readonly stars: number
  readonly open: boolean
  readonly visits: number
  readonly note: string
}

interface Result {
  readonly what: string
  readonly figure: number
  readonly unit: string
}

const NOON = 20_000 * DAY_SECONDS + DAY_SECONDS / 2
const KEYS = [1, 2, 3, 4, 5, 6, 7, 8].map(byte => new SecretKey(new Uint8Array(32).fill(byte)))
const BATCH = 250
const CITIES = 1_000
const ASKED = 60
const SCHEMA = {
  type: 'object',
  required: ['title'],
  properties: {
    title: { type: 'string' },
    city: { type: 'string' },
    stars: { type: 'number' },
    open: { type: 'boolean' },
    visits: { type: 'integer' },
    note: { type: 'string' },
  },
}
const INDEXES = ['city', '-stars', ['city', '-stars']]

function placeAt(number: number): Place {
  return {
    title: `place ${number}`,
    city: cityAt(number),
    stars: ((number * 7_919) % 500) / 100,
    open: number % 2 === 0,
    visits: number,
    note: 'x'.repeat(40),
  }
}

function cityAt(number: number): string {
  return `city ${(number * 31) % CITIES}`
}

/** Make records over 90 days, without the time that signing takes: stores do not verify. */
function recordsFrom(first: number, count: number, all: number): Record[] {
  return Array.from({ length: count }, (_, at) => {
    const number = first + at
    const createdAt = (NOON + Math.floor((number * 90 * DAY_SECONDS) / all)) as UnixTime
    const author = (KEYS[number % KEYS.length] as SecretKey).publicKey
    const tags = [
      ['h', '0123456789abcdef0123456789abcdef'],
      ['c', 'places'],
      ['us', `${number % 1_000_000}`],
    ]
    const fields = { author, createdAt, kind: KIND_RECORD, tags, content: JSON.stringify(placeAt(number)) }
    const id = hashFields(fields)
    const { kind, content } = fields
    return recordOf({ id, pubkey: author, created_at: createdAt, kind, tags, content, sig: '00'.repeat(64) })
  })
}

/** Give the median milliseconds of *work*. */
async function median(work: (number: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let number = 0; number < ASKED; number++) {
    const start = performance.now()
    await work(number * 17)
    times.push(performance.now() - start)
  }
  return times.sort((one, other) => one - other)[ASKED >> 1] ?? 0
}

/** Write in batches; give the microseconds a document of the quickest quarter of them, and of all. */
async function write(count: number, work: (first: number) => Promise<unknown>): Promise<[best: number, mean: number]> {
  const times: number[] = []
  for (let first = 0; first < count; first += BATCH) times.push(await work(first).then(took => took as number))
  const sorted = times.sort((one, other) => one - other)
  const quarter = sorted.slice(0, Math.max(1, sorted.length >> 2))
  const mean = (all: readonly number[]) => (all.reduce((sum, each) => sum + each, 0) / all.length / BATCH) * 1_000
  return [mean(quarter), mean(sorted)]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function deskOver(store: Store, documents: Desk['documents']): Desk {
  const reading: Partial<Desk> = {
    room: {},
    key: (KEYS[0] as SecretKey).publicKey,
    now: () => NOON as UnixTime,
    checkOpen: () => {},
    get: ids => store.get(ids),
    hides: () => false,
    on: listener =>
      documents.watch(changed => {
        for (const [collection, turnover] of changed)
          listener({ type: 'CollectionChanged', collection, turnover } as RoomEvent)
      }),
    keep: () => () => {},
    complain: _error => {},
    documents,
    statistics: new Statistics(),
  }
  return reading as Desk
}

const commands = {
  /** Ours. */
  async ours({ count }: { count: number }): Promise<Result[]> {
    const store = await openIndexedDbStore('ours')
    const documents = await store.documents?.()
    if (documents === undefined) throw new Error('stores of pages find documents')
    const places = await openCollection<Place>(
      'places',
      { schema: SCHEMA, indexes: INDEXES },
      deskOver(store, documents),
    )
    await places.ready()
    const [best, mean] = await write(count, async first => {
      const records = recordsFrom(first, BATCH, count)
      return await timed(() => store.add(records))
    })
    const found = await asked(places)
    const bare = await openIndexedDbStore('records')
    const [alone] = await write(Math.min(count, 20_000), async first => {
      const records = recordsFrom(first, BATCH, count)
      return await timed(() => bare.add(records))
    })
    await store.close()
    await bare.close()
    return [
      { what: 'write, of which the record alone', figure: alone, unit: 'us a document' },
      { what: 'write (goal 150)', figure: best, unit: 'us a document' },
      { what: 'write, all of them, whatever else ran', figure: mean, unit: 'us a document' },
      ...found,
    ]
  },

  /** Live queries that differ by an equality, over what `ours` wrote. */
  async live({ queries }: { queries: number }): Promise<Result[]> {
    const store = await openIndexedDbStore('ours')
    const documents = await store.documents?.()
    if (documents === undefined) throw new Error('stores of pages find documents')
    const places = await openCollection<Place>(
      'places',
      { schema: SCHEMA, indexes: INDEXES },
      deskOver(store, documents),
    )
    await places.ready()
    const add = async (first: number) => {
      const records = recordsFrom(first, BATCH, 10_000_000)
      return await timed(async () => {
        await store.add(records)
        await places.count({ city: 'nowhere' })
      })
    }
    await add(900_000)
    const [without] = await write(BATCH * 12, first => add(1_000_000 + first))
    const lives = await Promise.all(
      Array.from({ length: queries }, (_, at) => places.live({ city: `city ${at}` }, { limit: 20 })),
    )
    let told = 0
    for (const live of lives) live.subscribe(() => (told += 1))
    const [withThem] = await write(BATCH * 12, async first => {
      const records = recordsFrom(2_000_000 + first, BATCH, 10_000_000)
      const before = told
      return await timed(async () => {
        await store.add(records)
        while (told === before) await new Promise(resolve => setTimeout(resolve))
        await places.count({ city: 'nowhere' })
      })
    })
    for (const live of lives) live.close()
    await store.close()
    return [
      { what: `${queries} live queries that differ by an equality`, figure: withThem - without, unit: 'us a record' },
    ]
  },

  /** A bare database with the same rows and indexes. */
  async bare({ count }: { count: number }): Promise<Result[]> {
    const db = await openBare()
    const put = async (rows: readonly object[]) => {
      const transaction = db.transaction('places', 'readwrite')
      for (const row of rows) transaction.objectStore('places').put(row)
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve
        transaction.onabort = reject
      })
    }
    const [best] = await write(count, async first => {
      const rows = recordsFrom(first, BATCH, count).map(({ id, createdAt, wire }, at) => {
        return { ...placeAt(first + at), id, time: createdAt, wire: new Uint8Array(wire) }
      })
      return await timed(() => put(rows))
    })
    const find = await median(async number => {
      const index = db.transaction('places').objectStore('places').index('city')
      const city = cityAt(number)
      return await newest(index, IDBKeyRange.bound([city], [city, []]), 20)
    })
    return [
      { what: 'bare IndexedDB, the same rows and indexes: write', figure: best, unit: 'us a document' },
      { what: 'bare IndexedDB: 20 by an index, newest first', figure: find, unit: 'ms' },
    ]
  },

  /** Dexie, which the driver has put into the page. */
  async dexie({ count }: { count: number }): Promise<Result[]> {
    const { Dexie } = globalThis as unknown as { Dexie: new (name: string) => AnyDexie }
    const db = new Dexie('dexie')
    db.version(1).stores({ places: 'id, [city+time], [stars+time], [city+stars+time]' })
    const { places } = db
    const [best] = await write(count, async first => {
      const rows = recordsFrom(first, BATCH, count).map(({ id, createdAt, wire }, at) => {
        return { ...placeAt(first + at), id, time: createdAt, wire: new Uint8Array(wire) }
      })
      return await timed(() => places.bulkPut(rows))
    })
    const find = await median(async number => {
      const city = cityAt(number)
      return await places
        .where('[city+time]')
        .between([city, 0], [city, Number.MAX_VALUE])
        .reverse()
        .limit(20)
        .toArray()
    })
    return [
      { what: 'Dexie, the same rows and indexes: write', figure: best, unit: 'us a document' },
      { what: 'Dexie: 20 by an index, newest first', figure: find, unit: 'ms' },
    ]
  },
}

/** What of Dexie is used. */
interface AnyDexie {
  version(number: number): { stores(stores: { [name: string]: string }): void }
  readonly places: {
    bulkPut(rows: readonly object[]): Promise<unknown>
    where(index: string): { between(low: unknown, high: unknown): AnyRange }
  }
}

interface AnyRange {
  reverse(): AnyRange
  limit(count: number): AnyRange
  toArray(): Promise<unknown[]>
}

async function asked(places: Collection<Place>): Promise<Result[]> {
  const ms = async (what: string, work: (number: number) => Promise<unknown>) => {
    return { what, figure: await median(work), unit: 'ms' }
  }
  const deep = await places.find({}, { limit: 1_000 })
  return [
    await ms('20 by an index, newest first, through the API (goal 10)', number =>
      places.find({ city: cityAt(number) }, { limit: 20 }),
    ),
    await ms('20 of an ordered range (goal 10)', number =>
      places.find({ city: cityAt(number), stars: { gte: 1 } }, { order: '-stars', limit: 20 }),
    ),
    await ms('20 by stars alone', () => places.find({ stars: { lt: 4 } }, { order: '-stars', limit: 20 })),
    await ms('the page after 1,000', () => places.find({}, { limit: 20, after: deep.next })),
    await ms('count by an index', number => places.count({ city: cityAt(number) })),
  ]
}

async function openBare(): Promise<IDBDatabase> {
  const request = indexedDB.open('bare', 1)
  request.onupgradeneeded = () => {
    const places = request.result.createObjectStore('places', { keyPath: 'id' })
    places.createIndex('city', ['city', 'time'])
    places.createIndex('stars', ['stars', 'time'])
    places.createIndex('both', ['city', 'stars', 'time'])
  }
  return await new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function newest(index: IDBIndex, range: IDBKeyRange, limit: number): Promise<unknown[]> {
  const found: unknown[] = []
  const request = index.openCursor(range, 'prev')
  return await new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor === null || found.length === limit) return resolve(found)
      found.push(cursor.value)
      cursor.continue()
    }
  })
}

Object.assign(globalThis, { commands })
