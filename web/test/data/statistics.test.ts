import { expect, test } from 'vitest'
import { KINDS_MAX, Statistics, TIMES_KEPT } from '../../src/data/statistics.ts'
import { define } from '../../src/documents/definition.ts'
import { plan } from '../../src/documents/plan.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

interface Place {
  readonly title: string
  readonly city: string
}

const TEXT = { type: 'string' }
const SCHEMA = { type: 'object', properties: { title: TEXT, city: TEXT, stars: { type: 'number' } } }

test('kinds are counted and timed', () => {
  const known = new Statistics()
  for (const seconds of [3, 1, 2]) known.note('places', 'find by -time', seconds)
  known.note('notes', 'count by -time', 5)
  expect(known.figures()).toEqual([
    { collection: 'notes', query: 'count by -time', count: 1, p50: 5, longest: 5 },
    { collection: 'places', query: 'find by -time', count: 3, p50: 2, longest: 3 },
  ])
})

test('the median is of the last, and kinds are few', () => {
  const known = new Statistics()
  for (let number = 0; number < KINDS_MAX; number++) known.note('places', `find ${number}`, 1)
  for (let time = 0; time <= TIMES_KEPT; time++) known.note('places', 'find 0', 0.5)
  known.note('places', 'one more', 1)
  const figures = new Map(known.figures().map(each => [each.query, each]))
  expect(figures.size).toBe(KINDS_MAX)
  // What was asked long ago is forgotten first.
  expect(figures.has('find 1')).toBe(false)
  expect(figures.get('find 0')).toMatchObject({ count: TIMES_KEPT + 2, p50: 0.5, longest: 1 })
})

test('a query that is refused is no time', async () => {
  const known = new Statistics()
  const asked = plan(define('places'), {}, {}, 0)
  await expect(known.timed('find', asked, Promise.reject(new Error('no disk')))).rejects.toThrow('no disk')
  expect(known.figures()).toEqual([])
})

test('a room says what was asked of it', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  expect(room.queries).toEqual([])
  const places = await room.collection<Place>('places', { schema: SCHEMA, indexes: ['city'] })
  await places.add({ title: 'Mitte', city: 'Berlin' })
  for (const city of ['Berlin', 'Rome', 'Paris']) await places.find({ city }, { order: '-title' })
  await places.count({ city: 'Berlin' })
  await places.aggregate({ n: 'count' }, { by: 'city' })
  await places.get('k')
  const found = new Map(room.queries.map(each => [each.query, each]))
  expect([...found.keys()].sort()).toEqual([
    'aggregate by -time',
    'count city eq, by -time',
    'find city eq, by -title -time',
    'find key eq, author eq, by -time',
  ])
  expect(found.get('find city eq, by -title -time')?.count).toBe(3)
  for (const { collection, p50, longest } of room.queries) {
    expect([collection, 0 <= p50 && p50 <= longest]).toEqual(['places', true])
  }
  await room.leave()
})
