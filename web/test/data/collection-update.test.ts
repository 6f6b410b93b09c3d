import { expect, test } from 'vitest'
import { KIND_KEYED } from '../../src/core/record.ts'
import type { StandardSchema } from '../../src/data/types.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Page {
  readonly title: string
  readonly by?: { readonly name: string }
}

const SCHEMA = {
  type: 'object',
  required: ['title'],
  properties: { title: { type: 'string' }, by: { type: 'object', properties: { name: { type: 'string' } } } },
}

/** As zod makes one: it leaves out what it does not know. */
const VALIDATOR: StandardSchema<Page> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: value => {
      const { title, by } = value as Page
      return { value: by === undefined ? { title } : { title, by: { name: by.name } } }
    },
  },
}

function alone(): Promise<Room> {
  return join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
}

test.each([
  ['a JSON Schema', { schema: SCHEMA }],
  ['a validator', { schema: VALIDATOR }],
  ['a validator with its JSON Schema', { schema: VALIDATOR, json: SCHEMA }],
])('an update keeps the fields that a later version of the program wrote (%s)', async (_, options) => {
  const room = await alone()
  const pages = await room.collection<Page>('pages', options)
  const tags = [
    ['c', 'pages'],
    ['d', 'pages/home'],
  ]
  await room.publish({ title: 'Old', stars: 5, by: { name: 'Ann', mail: 'a@b' } }, { kind: KIND_KEYED, tags })
  const doc = await pages.update('home', value => ({ title: `${value?.title} and new`, by: { name: 'Bob' } }))
  expect(JSON.parse(doc.record.content)).toEqual({
    title: 'Old and new',
    stars: 5,
    by: { name: 'Bob', mail: 'a@b' },
  })
  await pages.put('home', { title: 'Put' })
  expect(JSON.parse((await pages.get('home'))?.record.content ?? '')).toEqual({ title: 'Put' })
  await room.leave()
})

test('an update of a table of names takes out what it leaves out', async () => {
  const room = await alone()
  const marks = await room.collection<{ [name: string]: number }>('marks', { schema: { type: 'object' } })
  await marks.put('all', { a: 1, b: 2 })
  const { value } = await marks.update('all', () => ({ b: 3 }), { ttlSeconds: 60 })
  expect(value).toEqual({ b: 3 })
  await room.leave()
})

test('who declares a collection twice writes one version after the other all the same', async () => {
  const room = await alone()
  const [one, other] = await Promise.all([room.collection<number>('counts'), room.collection<number>('counts')])
  const add = (value: number | null) => (value ?? 0) + 1
  await Promise.all([...Array(10)].flatMap(() => [one.update('n', add), other.update('n', add)]))
  expect((await one.get('n'))?.value).toBe(20)
  expect(await one.history('n')).toHaveLength(20)
  await room.leave()
})
