/** The page of `adapters.test.ts`: its commands, run one by one from outside. */

import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { systemRng } from '../../src/adapters/system.ts'
import { Verifier } from '../../src/adapters/verifier.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import type { Store } from '../../src/ports.ts'
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

  /** Add days of large records to the database *name* until one is given up; say which, and what is left. */
  async fill(name: string): Promise<{ evicted: number[]; errors: string[]; oldest: number; oldestRead: number }> {
    const evicted: number[] = []
    const errors: string[] = []
    const store = await openIndexedDbStore(name, { onEvicted: day => evicted.push(day - NOON_DAY) })
    for (let day = 0; day < DAYS_MAX && evicted.length === 0; day++) {
      await store.add(largeRecords(day)).catch((error: Error) => errors.push(error.name))
    }
    const [oldest] = await store.entries()
    const oldestRead = (await store.query(makeFilter())).at(-1)?.createdAt
    await store.close()
    const dayOf = (createdAt = 0) => Math.floor(createdAt / DAY_SECONDS) - NOON_DAY
    return { evicted, errors, oldest: dayOf(oldest?.[0]), oldestRead: dayOf(oldestRead) }
  },
}

/** Far more than there will be room for. */
const DAYS_MAX = 60

const NOON_DAY = Math.floor(NOON / DAY_SECONDS)

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
function largeRecords(day: number): Record[] {
  const rng = systemRng()
  return Array.from({ length: 80 }, (_, place) => {
    const createdAt = (NOON + day * DAY_SECONDS + place) as UnixTime
    const content = btoa(String.fromCharCode(...rng.randomBytes(18_750)))
    return signRecord(KEY, { createdAt, kind: KIND_RECORD, tags: [], content })
  })
}

export type Commands = typeof commands
