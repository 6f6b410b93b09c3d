/** The page of `adapters.test.ts`: its commands, run one by one from outside. */

import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { systemRng } from '../../src/adapters/system.ts'
import { Verifier } from '../../src/adapters/verifier.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import type { RoomEvent } from '../../src/notices.ts'
import type { Store } from '../../src/ports.ts'
import { join } from '../../src/room/joining.ts'
import { checkChanges } from '../adapters/checkChanges.ts'
import { checkDocuments } from '../adapters/checkDocuments.ts'
import { checkStore } from '../adapters/checkStore.ts'
import { checkViews } from '../adapters/checkViews.ts'
import { NOON, sampleRecords } from '../adapters/samples.ts'

const KEY = SecretKey.generate(systemRng())

const told: string[] = []
let held: Store | null = null

const commands = {
  /** Have *count* records verified, every tenth of them forged; say which engine did, and whether it was right. */
  async verify(count: number): Promise<{ engine: string | null; areRight: boolean }> {
    const verifier = new Verifier()
    const records = signed(count).map((record, place) => (place % 10 === 0 ? forged(record) : record))
    const flags = await verifier.verify(records)
    verifier.close()
    return { engine: verifier.engine, areRight: flags.every((flag, place) => flag === (place % 10 !== 0)) }
  },

  /** Put the IndexedDB store through the acceptance suite. */
  async check(): Promise<number> {
    let opened = 0
    await checkStore(() => {
      opened += 1
      return openIndexedDbStore(`suite ${opened}`)
    })
    return opened
  },

  /** Put its documents, its log of changes and its views through theirs. */
  async checkDocuments(): Promise<number> {
    let opened = 0
    const make = () => {
      opened += 1
      return openIndexedDbStore(`documents ${opened}`)
    }
    for (const check of [checkDocuments, checkChanges, checkViews]) await check(make)
    return opened
  },

  /** Keep the sample records in the database *name*; say where they rest. */
  async keep(name: string): Promise<{ place: string; reasons: string[] }> {
    const reasons: string[] = []
    const store = await openIndexedDbStore(name, { onUnavailable: reason => reasons.push(reason) })
    await store.add(sampleRecords())
    const place = store instanceof MemoryStore ? 'memory' : 'IndexedDB'
    await store.close()
    return { place, reasons }
  },

  /** Count what rests in the database *name*. */
  async count(name: string): Promise<{ entries: number; records: number }> {
    const store = await openIndexedDbStore(name)
    const [entries, records] = [await store.entries(), await store.query(makeFilter())]
    await store.close()
    return { entries: entries.length, records: records.length }
  },

  /** Keep the sample records in the database *name*, and keep that open. */
  async hold(name: string): Promise<void> {
    told.length = 0
    held = await openIndexedDbStore(name, {
      onUnavailable: reason => told.push(reason),
      onLost: entries => told.push(`${entries.length} left`),
    })
    await held.add(sampleRecords())
  },

  /** Count what is in the database that is open, and say what it told. */
  async held(): Promise<{ entries: number; told: string[] }> {
    return { entries: (await held?.entries())?.length ?? 0, told }
  },

  /** Join a room that may take *diskBytes*, write a record, and add *days* of 2 MB each by somebody else, old to young. */
  async crowd({ room, diskBytes, days }: { room: string; diskBytes: number; days: number }): Promise<Crowded> {
    const told: RoomEvent[] = []
    const joined = await join(room, { signaling: [], diskBytes, onEvent: event => told.push(event) })
    const errors: string[] = []
    const ours: Record[] = []
    const write = async (text: string) => {
      const written = await joined.publish(text).catch((error: Error) => errors.push(error.name))
      if (typeof written === 'object') ours.push(written)
    }
    await write('at first')
    const today = Math.floor(Date.now() / 1_000 / DAY_SECONDS)
    for (let age = days; age > 0; age--) {
      await joined.add(largeRecords(room, today - age)).catch((error: Error) => errors.push(error.name))
      await write(`after day ${age}`)
    }
    const bytesOf = (records: readonly Record[]) => records.reduce((sum, { wire }) => sum + wire.length, 0)
    let [whole, shells] = [await joined.records(), await joined.shells()]
    // What is being given up is whole, or a shell, by the time both were asked for.
    while (bytesOf(whole) > diskBytes || whole.length + shells.length > joined.count) {
      ;[whole, shells] = [await joined.records(), await joined.shells()]
    }
    const [usage, count] = [(await navigator.storage.estimate()).usage ?? 0, joined.count]
    await joined.leave()
    const ages = told.flatMap(event => (event.type === 'StorageEvicted' ? [today - event.day] : []))
    const left = new Set(whole.map(({ id }) => id))
    const areOursWhole = ours.every(({ id }) => left.has(id))
    return { ages, errors, areOursWhole, whole: whole.length, shells: shells.length, count, usage, ours: ours.length }
  },
}

/** How a room with too much in it stands. */
interface Crowded {
  /** How old the days were that gave something up, in days. */
  readonly ages: number[]
  readonly errors: string[]
  readonly areOursWhole: boolean
  readonly whole: number
  readonly shells: number
  readonly count: number
  readonly usage: number
  readonly ours: number
}

Object.assign(globalThis, { commands })

function signed(count: number): Record[] {
  return Array.from({ length: count }, (_, place) => {
    const createdAt = (NOON + (place % 3) * DAY_SECONDS) as UnixTime
    return signRecord(KEY, { createdAt, kind: KIND_RECORD, tags: [], content: `record ${place}` })
  })
}

function forged(record: Record): Record {
  return { ...record, signature: KEY.sign(new Uint8Array(32)) }
}

/** Make 2 MB that do not compress. */
function largeRecords(room: string, day: number): Record[] {
  const rng = systemRng()
  const tag = roomTag(makeRoomName('peerset', room))
  return Array.from({ length: 80 }, (_, place) => {
    const createdAt = (day * DAY_SECONDS + place) as UnixTime
    const content = btoa(String.fromCharCode(...rng.randomBytes(18_750)))
    return signRecord(KEY, { createdAt, kind: KIND_RECORD, tags: [['h', tag]], content })
  })
}

export type Commands = typeof commands
