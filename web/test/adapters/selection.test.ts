import 'fake-indexeddb/auto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Connection } from '../../src/adapters/connection.ts'
import { rowOf } from '../../src/adapters/database.ts'
import { allPlaces, candidates, everything, PLACES_READ_AT_ONCE, rowsOf, span } from '../../src/adapters/selection.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { type FilterFields, makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_RECORD, type Record, type RecordId, signRecord } from '../../src/core/record.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const START = 20_000 * DAY_SECONDS
/** Two a day, over ten days. */
const RECORDS: readonly Record[] = Array.from({ length: 20 }, (_, at) =>
  signRecord(KEY, {
    createdAt: (START + (at * DAY_SECONDS) / 2) as UnixTime,
    kind: at % 4,
    tags: [['c', at % 5 === 0 ? 'fifth' : 'other']],
    content: String(at),
  }),
)

let connection: Connection

beforeAll(async () => {
  connection = await Connection.open('selection', 10)
  await connection.run('readwrite', async transaction => {
    for (const record of RECORDS) await transaction.objectStore('records').put(rowOf(record))
  })
})

afterAll(() => connection.close())

/** Give the contents of what may match, as it comes. */
function select(fields: FilterFields): Promise<(string | undefined)[]> {
  return connection.run('readonly', async transaction => {
    const found: (string | undefined)[] = []
    for await (const rows of candidates(transaction.objectStore('records'), makeFilter(fields))) {
      const ids = rows.map(row => row.id).reverse()
      found.push(...ids.map(id => RECORDS.find(record => record.id === id)?.content))
    }
    return found
  })
}

test('places are read in slices, traces aside, and given in order', async () => {
  const many = await Connection.open('places', 10)
  const [first] = RECORDS as [Record]
  const places = Array.from({ length: PLACES_READ_AT_ONCE + 3 }, (_, at) => [
    START + (at >> 1),
    `${at}`.padStart(64, '0'),
  ])
  await many.run('readwrite', async transaction => {
    const records = transaction.objectStore('records')
    for (const [time, id] of places.toReversed()) {
      const row = rowOf({ ...first, createdAt: time as UnixTime, id: id as RecordId })
      await records.put({ ...row, facets: [] })
    }
    await records.put({ ...rowOf(first), place: [-1, `~${first.id}` as RecordId] })
  })
  const read = vi.spyOn(IDBObjectStore.prototype, 'getAllKeys')
  expect(await many.run('readonly', transaction => allPlaces(transaction.objectStore('records')))).toEqual(places)
  expect(read.mock.calls.map(([, count]) => count)).toEqual([PLACES_READ_AT_ONCE, PLACES_READ_AT_ONCE])
  read.mockRestore()
  await many.close()
})

test('days come newest first, within the times that are asked for', async () => {
  expect(await select({})).toEqual(Array.from({ length: 20 }, (_, at) => String(19 - at)))
  expect(await select({ since: START + DAY_SECONDS, until: START + 2 * DAY_SECONDS })).toEqual(['4', '3', '2'])
  expect(await select({ since: 5, until: 4 })).toEqual([])
  const after = { stamp: (START + DAY_SECONDS) * 1_000_000, id: '00'.repeat(32) as RecordId }
  expect(await select({ after })).toEqual(['2', '1', '0'])
})

test('the field with the fewest values is looked up, and an empty one finds nothing', async () => {
  expect(await select({ tags: { c: ['fifth'] } })).toEqual(['15', '10', '5', '0'])
  expect(await select({ kinds: [0, 1], tags: { c: ['fifth'] } })).toEqual(['15', '10', '5', '0'])
  expect(await select({ kinds: [3] })).toEqual(['19', '15', '11', '7', '3'])
  expect(await select({ kinds: [0.5] })).toEqual([])
  // Nothing is found by the kind that most have: all days are read.
  expect(await select({ kinds: [3, KIND_RECORD] })).toEqual(await select({}))
  expect(await select({ authors: [] })).toEqual([])
})

test.each([1, 12, 600])('of %d ids those that are here are read', async count => {
  const absent = Array.from({ length: count }, (_, at) => at.toString(16).padStart(64, '0') as RecordId)
  const wanted = RECORDS.slice(3, 3 + count).map(record => record.id)
  const found = await connection.run('readonly', transaction =>
    rowsOf(transaction.objectStore('records'), [...wanted, ...absent]),
  )
  expect(wanted.every(id => found.has(id))).toBe(true)
  expect(absent.some(id => found.has(id))).toBe(false)
})

test('ranges include both of their ends, and every record', () => {
  expect([span(1, 2).includes([1]), span(1, 2).includes([2, 'ff']), span(1, 2).includes([3])]).toEqual([
    true,
    true,
    false,
  ])
  expect([everything().includes([0, '']), everything().includes([-1, ''])]).toEqual([true, false])
})
