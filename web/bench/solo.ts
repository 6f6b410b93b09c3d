/** What a page does without anybody else: it restores what it kept, makes records and reads them from a file. */

import { openIndexedDbStore } from '../src/adapters/lasting.ts'
import { databaseName, eraseStore } from '../src/adapters/storage.ts'
import { systemRng } from '../src/adapters/system.ts'
import { DAY_SECONDS, type UnixTime } from '../src/core/clock.ts'
import type { Record } from '../src/core/record.ts'
import { roomTag } from '../src/core/signal.ts'
import { bring, fileOf, readRecords } from '../src/elements/dashboard/archive.ts'
import { makeSamples } from '../src/elements/dashboard/samples.ts'
import { PeersetRoom } from '../src/elements/room/element.ts'
import { LongTasks } from './longtasks.ts'
import { recordsOver } from './measures.ts'

/** Which room, and how many records. */
interface Task {
  readonly app: string
  readonly room: string
  readonly count: number
}

/** How long something took. */
interface Took {
  readonly milliseconds: number
  /** The longest task of the main thread; 0 when none reached 50 ms. */
  readonly longestTask: number
  readonly longTasks: number
}

const DAYS = 30
const FILLED_AT_ONCE = 1_024
const NEWEST = 50

const tasks = new LongTasks()
let element = new PeersetRoom()
let samples: readonly Record[] = []

export const soloCommands = {
  /** Put *count* records into the database of a room, as an earlier visit left them. */
  async fill({ app, room, count }: Task): Promise<void> {
    const store = await openIndexedDbStore(databaseName({ app, room }))
    await store.bind(roomTag({ app, room }))
    const now = Math.floor(Date.now() / 1_000)
    const records = recordsOver(count, (now - DAYS * DAY_SECONDS) as UnixTime, DAYS * DAY_SECONDS)
    for (let at = 0; at < count; at += FILLED_AT_ONCE) await store.add(records.slice(at, at + FILLED_AT_ONCE))
    await store.close()
  },

  /** Show that room, until its newest records are painted and all *count* are known to be there. */
  async restore({ app, room, count }: Task): Promise<Took> {
    tasks.reset()
    const start = performance.now()
    await show(app, room)
    while (element.shadowRoot?.querySelector('li.record') == null) await frame()
    // The one that is asked for now is painted after the rows.
    await frame()
    const milliseconds = performance.now() - start
    while ((element.peer?.count ?? 0) < count) await frame()
    return report(milliseconds)
  },

  /** Read the newest rows of that database, and do nothing else. */
  async bareNewest({ app, room }: Task): Promise<number> {
    const start = performance.now()
    const db = await asked(indexedDB.open(databaseName({ app, room })))
    const found = await newest(db.transaction('records').objectStore('records'))
    db.close()
    if (found < NEWEST) throw new Error('the database is empty')
    return performance.now() - start
  },

  /** Have the room of an element filled with *count* samples, made and signed here. */
  async generate({ app, room, count }: Task): Promise<Took> {
    await show(app, room)
    const { peer } = element
    if (peer === null) throw new Error('the element is in no room')
    tasks.reset()
    const start = performance.now()
    const now = Math.floor(Date.now() / 1_000) as UnixTime
    const recipe = { room: peer.name, rng: systemRng(), now, days: DAYS }
    await bring(peer, makeSamples(count, recipe), QUIETLY)
    const took = report(performance.now() - start)
    samples = await peer.members()
    return took
  },

  /** Have the same room, emptied, filled from a file of the samples that were made before. */
  async import({ app, room, count }: Task): Promise<Took> {
    const file = fileOf(samples)
    element.remove()
    await element.leave()
    await eraseStore({ app, room })
    await show(app, room)
    const { peer } = element
    if (peer === null) throw new Error('the element is in no room')
    tasks.reset()
    const start = performance.now()
    const { fresh } = await bring(
      peer,
      readRecords(file, ({ reason }) => fail(reason)),
      QUIETLY,
    )
    if (fresh !== count) throw new Error(`${fresh} of ${count} records are new`)
    return report(performance.now() - start)
  },
}

const QUIETLY = { onProgress: () => {}, signal: new AbortController().signal }

/** Put an element into the page that keeps its records and meets nobody, and wait for its room. */
async function show(app: string, room: string): Promise<void> {
  element = new PeersetRoom()
  for (const [name, value] of Object.entries({ app, room, signaling: '' })) element.setAttribute(name, value)
  document.body.append(element)
  await element.records({ limit: 1 })
}

function newest(records: IDBObjectStore): Promise<number> {
  let found = 0
  const request = records.openCursor(null, 'prev')
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor === null || found === NEWEST) return resolve(found)
      found += 1
      cursor.continue()
    }
  })
}

function asked<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function frame(): Promise<void> {
  return new Promise(resolve => requestAnimationFrame(() => resolve()))
}

function report(milliseconds: number): Took {
  const durations = tasks.take()
  return { milliseconds, longestTask: Math.max(0, ...durations), longTasks: durations.length }
}

function fail(reason: string): never {
  throw new Error(reason)
}
