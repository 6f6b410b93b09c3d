import { afterEach, expect, test, vi } from 'vitest'
import { ROWS_MANY } from '../../src/adapters/documents.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'
import type { DocumentStore } from '../../src/ports.ts'
import { ANN, document } from './placeSamples.ts'
import { NOON } from './samples.ts'

const TEXT = { type: 'string' }
const SCHEMA = {
  type: 'object',
  properties: { title: TEXT, city: TEXT, open: { type: 'boolean' }, tags: { type: 'array' } },
}
const CITIES = define('places', SCHEMA, { indexes: ['city'] })
const COUNT = ROWS_MANY + 500

afterEach(() => {
  vi.restoreAllMocks()
})

/** Fill a store with so many documents; some conditions hold of few, some of many. */
async function filled(count: number): Promise<DocumentStore> {
  const store = new MemoryStore()
  const documents = await store.documents()
  await documents.define([CITIES])
  const record = document(ANN, 1, {}, { collection: CITIES })
  await store.add(
    Array.from({ length: count }, (_, at): Record => {
      const content = JSON.stringify({ title: `t${at % 3_000}`, city: `c${at % 2}`, open: at % 2 === 0 })
      return { ...record, id: at.toString(16).padStart(64, '0') as RecordId, content }
    }),
  )
  return documents
}

/** What is told comes after its script has loaded. */
async function warned(spy: { mock: { calls: unknown[][] } }): Promise<unknown[]> {
  await vi.dynamicImportSettled()
  return spy.mock.calls.flat()
}

test('of a query that reads much to give little it is told once for each kind, with the index to declare', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const documents = await filled(COUNT)
  const asked = (where: unknown, wish = {}) => plan(CITIES, where, wish, NOON)
  const found = async (where: unknown, limit = 20) => (await documents.find(asked(where, { limit }))).length
  expect(await found({ title: 't7' })).toBe(4)
  await warned(warn)
  expect(await found({ title: 't8' })).toBe(4)
  expect(await documents.count(asked({ title: 't8' }))).toBe(4)
  await warned(warn)
  expect(await found({ tags: ['nothing'] })).toBe(0)
  // Common, by an index, or all that was read:
  expect(await found({ open: true })).toBe(20)
  expect(await found({ city: 'c1' }, 1_000)).toBe(1_000)
  expect(await documents.count(asked({ city: 'c1' }))).toBe(COUNT / 2)
  expect(await documents.count(asked({ open: true }))).toBe(COUNT / 2)
  expect(await documents.count(asked({}))).toBe(COUNT)
  expect(await warned(warn)).toEqual([
    `peerset: a query of "places" (title eq, by -time) read ${COUNT} rows to give 4: declare indexes: ['title']`,
    `peerset: a query of "places" (tags eq, by -time) read ${COUNT} rows to give 0: no index would help`,
  ])
})

test('nothing is said of few rows', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const documents = await filled(ROWS_MANY - 1)
  expect(await documents.find(plan(CITIES, { title: 't7' }, { limit: 20 }, NOON))).toHaveLength(4)
  expect(await warned(warn)).toEqual([])
})
