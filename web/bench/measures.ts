/** What the benchmarks measure, in Node and in a page alike. */

import { layOut, signedAt } from '../src/adapters/checking.ts'
import type { Engine } from '../src/adapters/engine.ts'
import { DAY_SECONDS, type UnixTime } from '../src/core/clock.ts'
import { makeFilter } from '../src/core/filter.ts'
import { SecretKey } from '../src/core/keys.ts'
import { hashFields, KIND_RECORD, type Record, recordOf, signRecord } from '../src/core/record.ts'
import type { Store } from '../src/ports.ts'

const KEYS = [1, 2, 3, 4, 5, 6, 7, 8].map(byte => new SecretKey(new Uint8Array(32).fill(byte)))
const NOON = 20_000 * DAY_SECONDS + DAY_SECONDS / 2
const DISTINCT = 200
const ROUNDS = 40
const ROUND_MILLISECONDS = 60
const BATCH_RECORDS = 1_024

/** Give *count* signed records of 8 authors; `DISTINCT` of them, again and again. */
export function signedRecords(count: number): Record[] {
  const distinct = Array.from({ length: DISTINCT }, (_, place) =>
    signRecord(KEYS[place % KEYS.length] as SecretKey, {
      createdAt: (NOON + place) as UnixTime,
      kind: KIND_RECORD,
      tags: [['c', 'notes']],
      content: `record ${place}`,
    }),
  )
  return Array.from({ length: count }, (_, place) => distinct[place % DISTINCT] as Record)
}

/**
 * Give the verifications a second of each of *engines*, measured in turn.
 *
 * The best of many short rounds counts: other programs of a busy machine disturb the rest.
 */
export function measureEngines(engines: readonly Engine[]): { [name: string]: number } {
  const signed = layOut(signedRecords(DISTINCT))
  const best: { [name: string]: number } = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const engine of engines) {
      best[engine.name] = Math.max(best[engine.name] ?? 0, measureRound(engine, signed))
    }
  }
  return best
}

function measureRound(engine: Engine, signed: Uint8Array): number {
  const start = performance.now()
  let count = 0
  for (; performance.now() - start < ROUND_MILLISECONDS; count++) {
    if (!engine.verify(signedAt(signed, count % DISTINCT))) throw new Error('a true signature was refused')
  }
  return Math.round((count * 1_000) / (performance.now() - start))
}

/** Give the milliseconds that *store* takes for what a room asks of it. */
export async function measureStore(store: Store): Promise<{ [what: string]: number }> {
  const results: { [what: string]: number } = {}
  const time = async (what: string, work: () => Promise<unknown>) => {
    const start = performance.now()
    await work()
    results[what] = Math.round(performance.now() - start)
  }
  const records = unsignedRecords(100_000)
  await time('add 10,000', () => addAll(store, records.slice(0, 10_000)))
  await time('add 90,000 more', () => addAll(store, records.slice(10_000)))
  await time('entries of 100,000', () => store.entries())
  await time('newest 100 of 100,000', () => store.query(makeFilter({ limit: 100 })))
  await time('newest 100 of one author', () =>
    store.query(makeFilter({ authors: KEYS.slice(3, 4).map(key => key.publicKey), limit: 100 })),
  )
  await time('newest 100 of one tag', () => store.query(makeFilter({ tags: { c: ['notes'] }, limit: 100 })))
  await time('256 wire forms by id', () => store.wires(records.slice(5_000, 5_256).map(record => record.id)))
  await time('add 1,024 that are there', () => store.add(records.slice(0, BATCH_RECORDS)))
  await time('all of one day of 1,112', () => store.query(makeFilter({ since: NOON, until: NOON + DAY_SECONDS / 2 })))
  await time('expire half', () => store.expire((NOON + 45 * DAY_SECONDS) as UnixTime))
  await store.close()
  return results
}

/** Make *count* records over 90 days, without the time that signing takes: stores do not verify. */
function unsignedRecords(count: number): Record[] {
  return recordsOver(count, NOON as UnixTime, 90 * DAY_SECONDS)
}

/** Make *count* records over so many *seconds* from *start* on, without the time that signing takes. */
export function recordsOver(count: number, start: UnixTime, seconds: number): Record[] {
  return Array.from({ length: count }, (_, place) => {
    const createdAt = (start + Math.floor((place * seconds) / count)) as UnixTime
    const author = (KEYS[place % KEYS.length] as SecretKey).publicKey
    const fields = {
      author,
      createdAt,
      kind: KIND_RECORD,
      tags: [['c', 'notes']],
      content: `record ${place} `.repeat(8),
    }
    const id = hashFields(fields)
    const { kind, tags, content } = fields
    return recordOf({ id, pubkey: author, created_at: createdAt, kind, tags, content, sig: '00'.repeat(64) })
  })
}

async function addAll(store: Store, records: readonly Record[]): Promise<void> {
  for (let at = 0; at < records.length; at += BATCH_RECORDS) await store.add(records.slice(at, at + BATCH_RECORDS))
}
