import { expect, test } from 'vitest'
import { FORMS_MAX, formOf, Statistics, TIMES_MAX } from '../../src/data/statistics.ts'
import { define } from '../../src/documents/definition.ts'
import { type Plan, plan } from '../../src/documents/plan.ts'

const PLACES = define('places', {
  type: 'object',
  properties: { name: { type: 'string' }, stars: { type: 'integer' } },
})

function asked(where: unknown, wish = {}): Plan {
  return plan(PLACES, where, wish, 1_795_262_400)
}

function timed() {
  const clock = { now: 0, lasts: 1 }
  const answer = async (_plan: Plan) => {
    clock.now += clock.lasts
    return []
  }
  const store = { find: answer, count: async (asked: Plan) => (await answer(asked)).length, aggregate: answer }
  const statistics = new Statistics(() => clock.now)
  return { clock, store, statistics, stop: statistics.watch(store) }
}

test('a form of query has fields, operators and the order, and no value', () => {
  const where = { name: 'secret', stars: { gte: 4 }, any: [{ stars: 1 }, { name: { prefix: 'hidden' } }] }
  const form = formOf(asked(where, { order: ['-stars'] }))
  expect(form).toBe('name eq, stars gte, (stars eq or name prefix), order -stars -time')
})

test('what takes longest in the middle stands first, with how often and how long it took at most', async () => {
  const { clock, store, statistics, stop } = timed()
  for (const lasts of [5, 1, 9]) {
    clock.lasts = lasts
    await store.find(asked({ stars: lasts }))
  }
  clock.lasts = 2
  await store.count(asked({}))
  expect(statistics.slowest()).toEqual([
    { collection: 'places', text: 'find stars eq, order -time', count: 3, milliseconds: 5, mostMilliseconds: 9 },
    { collection: 'places', text: 'count order -time', count: 1, milliseconds: 2, mostMilliseconds: 2 },
  ])
  stop()
  await store.find(asked({}))
  expect(statistics.slowest()).toHaveLength(2)
})

test('forms and times are bounded, and a query that fails is no time', async () => {
  const { store, statistics } = timed()
  for (let number = 0; number < FORMS_MAX + 5; number += 1) {
    await store.find({ ...asked({}), collection: `places-${number}` })
  }
  expect(statistics.slowest()).toHaveLength(FORMS_MAX)
  for (let number = 0; number < TIMES_MAX + 5; number += 1) await store.count(asked({}))
  expect(statistics.slowest().find(({ text }) => text.startsWith('count'))?.count).toBe(TIMES_MAX + 5)
  const broken = { ...store, find: async (_plan: Plan) => Promise.reject(new Error('no disk')) }
  const failing = new Statistics()
  failing.watch(broken)
  await expect(broken.find(asked({}))).rejects.toThrow('no disk')
  expect(failing.slowest()).toEqual([])
})

test('two look on at one store, and either may stop first', async () => {
  const { store, statistics, stop } = timed()
  const other = new Statistics()
  const stopOther = other.watch(store)
  stop()
  await store.find(asked({}))
  expect([statistics.slowest().length, other.slowest()[0]?.count]).toEqual([0, 1])
  const again = statistics.watch(store)
  stopOther()
  await store.find(asked({}))
  expect([statistics.slowest()[0]?.count, other.slowest()[0]?.count]).toEqual([1, 1])
  again()
  await store.find(asked({}))
  expect(statistics.slowest()[0]?.count).toBe(1)
})
