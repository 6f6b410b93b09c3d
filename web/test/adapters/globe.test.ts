import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { FEWEST } from '../../src/adapters/globe.ts'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { define } from '../../src/documents/definition.ts'
import { type Plan, plan } from '../../src/documents/plan.ts'
import { pointOf } from '../../src/documents/where.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { seededRng } from '../seeded.ts'
import { signed } from '../signing.ts'
import { ANN, saying } from './placeSamples.ts'
import { NOON } from './samples.ts'

const NUMBER = { type: 'number' }
const AT = { type: 'object', properties: { lat: NUMBER, lon: NUMBER } }
const SCHEMA = { type: 'object', properties: { at: AT, stars: NUMBER, open: { type: 'boolean' } } }
const SPOTS = define('spots', SCHEMA, { place: 'at', indexes: ['-stars', 'open'] })
const PLAIN = define('spots', SCHEMA)
const COUNT = 2 * FEWEST

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

/** Give documents all over the globe, half of them in one town; some have no place, or none that can be. */
function spots(): Record[] {
  const rng = seededRng('spots')
  const between = (low: number, high: number) => low + (rng.uint32() / 2 ** 32) * (high - low)
  return Array.from({ length: COUNT }, (_, at): Record => {
    const isInTown = at % 2 === 0
    const point = isInTown
      ? { lat: between(52.4, 52.6), lon: between(13.2, 13.6) }
      : { lat: between(-90, 90), lon: between(-180, 180) }
    const place = at % 50 === 1 ? (at % 100 === 1 ? null : { lat: 95, lon: 0 }) : point
    return signed(ANN, saying(at + 1, { at: place, stars: at % 5, open: at % 3 === 0 }, { collection: SPOTS }))
  })
}

async function filled(store: Store): Promise<DocumentStore> {
  if (store.documents === undefined) throw new Error('the store finds documents')
  const documents = await store.documents()
  await documents.define([SPOTS])
  await store.add(spots())
  return documents
}

const AREAS = [
  { within: [52.45, 13.3, 52.5, 13.4] },
  { within: [-90, -180, 90, 180] },
  { within: [-60, 170, 60, -170] },
  { near: [52.5, 13.4, 2_000] },
  { near: [52.5, 13.4, 500_000] },
  { near: [0, 180, 3_000_000] },
  { near: [90, 0, 2_000_000] },
  { near: [0, 0, 1] },
]

test('places lead to what testing every document gives, and to few of the others', async () => {
  const documents = await filled(new MemoryStore())
  const idsOf = async (asked: Plan) => (await documents.find(asked)).map(({ id }) => id)
  for (const at of AREAS) {
    for (const rest of [{}, { stars: { gte: 2 }, open: true }]) {
      for (const wish of [{ limit: 1_000 }, { limit: 5, order: '-stars' }, { limit: 20, order: 'open' }]) {
        const asked = plan(SPOTS, { at, ...rest }, wish, NOON)
        // Without a place nothing leads.
        const all = await idsOf({
          ...asked,
          where: asked.where.filter(each => !('op' in each) || each.field !== 'at'),
          limit: 1_000,
        })
        const held = new Set(await heldIn(documents, asked))
        expect(await idsOf(asked)).toEqual(all.filter(id => held.has(id)).slice(0, asked.limit))
      }
    }
    expect(await documents.count(plan(SPOTS, { at }, {}, NOON))).toBe(
      (await heldIn(documents, plan(SPOTS, { at }, {}, NOON))).length,
    )
  }
})

/** Give what lies in the place of a query, by testing each. */
async function heldIn(documents: DocumentStore, { where }: Plan): Promise<RecordId[]> {
  const all = await documents.find(plan(SPOTS, {}, { limit: 1_000 }, NOON))
  const condition = where.find(each => 'op' in each && each.field === 'at')
  const { holds } = await import('../../src/documents/where.ts')
  return all.flatMap(({ id, content }) => {
    const { at } = JSON.parse(content)
    return condition !== undefined && 'op' in condition && pointOf(at) !== null && holds(condition, at) ? [id] : []
  })
}

test('in a database places are read that lie near, and no others', async () => {
  const documents = await filled(await openIndexedDbStore('spots'))
  const near = { at: { near: [52.5, 13.4, 2_000] } }
  const { index, rowsRead, indexes } = await documents.explain(plan(SPOTS, near, {}, NOON))
  expect([index, indexes.at(-1)]).toEqual([['at'], ['at']])
  expect(rowsRead).toBeLessThan(COUNT / 10)
  const found = await documents.find(plan(SPOTS, near, {}, NOON))
  expect(found.length).toBeGreaterThan(0)
  expect(found.map(({ id }) => id)).toEqual(await heldInOrder(documents, near))
  // Where nearly all lies, a page is found sooner in order.
  const wide = plan(SPOTS, { at: { within: [-90, -180, 90, 180] } }, { limit: 5 }, NOON)
  expect((await documents.explain(wide)).index).toBeNull()
  expect(await documents.find(wide)).toHaveLength(5)
  // What is declared without a place is tested one by one.
  await documents.define([PLAIN])
  while ((await documents.build()) > 0);
  expect((await documents.explain(plan(PLAIN, near, {}, NOON))).index).toBeNull()
  expect((await documents.find(plan(PLAIN, near, {}, NOON))).map(({ id }) => id)).toEqual(found.map(({ id }) => id))
})

async function heldInOrder(documents: DocumentStore, where: object): Promise<RecordId[]> {
  const held = new Set(await heldIn(documents, plan(SPOTS, where, {}, NOON)))
  const all = await documents.find(plan(SPOTS, {}, { limit: 1_000 }, NOON))
  return all.map(({ id }) => id).filter(id => held.has(id))
}
