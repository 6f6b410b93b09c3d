import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import type { StandardResult, StandardSchema } from '../../src/data/types.ts'
import { Validated } from '../../src/data/validated.ts'
import { SchemaError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

interface Place {
  readonly title: string
}

type Found = StandardResult<Place>

function validator(validate: (value: unknown) => Found | Promise<Found>): StandardSchema<Place> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

/** As a validator of a library: a title is at least so long. */
function titled(least: number): StandardSchema<Place> {
  return validator(value => {
    const { title } = Object(value) as Partial<Place>
    if (typeof title === 'string' && title.length >= least) return { value: { title } }
    return { issues: [{ message: 'too short', path: ['title'] }] }
  })
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test('what fits is what the validator says at once; what it finds out later, or breaks at, is another matter', async () => {
  const [now, later, broken] = [
    titled(2),
    validator(async () => ({ issues: [{ message: 'no' }] })),
    validator(() => {
      throw new TypeError('it breaks')
    }),
  ].map(each => new Validated(each, null))
  const check = (model: Validated<Place> | undefined, value: object) => model?.fits.check?.(value as never)
  expect([check(now, { title: 'ab' }), check(now, { title: 'a' }), check(now, {})]).toEqual([true, false, false])
  expect([check(later, {}), check(broken, {})]).toEqual([true, false])
  expect([await later?.load(null), await now?.load({ title: 'ab' })]).toEqual([undefined, { title: 'ab' }])
  await expect(now?.dump({ title: 'a' })).rejects.toThrow(SchemaError)
})

test('with a validator, counts and pages agree, and the version before shows', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const places = await room.collection<Place>('places', { schema: titled(2) })
  const tags = [
    ['c', 'places'],
    ['d', 'places/zoo'],
  ]
  await room.publish({ title: 'Zoo' }, { kind: 30_078, tags })
  await room.publish({ title: 'Z' }, { kind: 30_078, tags })
  await room.publish({ title: 'P' }, { collection: 'places' })
  expect((await places.get('zoo'))?.value).toEqual({ title: 'Zoo' })
  expect([await places.count(), (await places.find()).docs.length, (await places.misfits()).length]).toEqual([1, 1, 2])
  await room.leave()
})

test('a page with another validator asks it of what did not fit before', async () => {
  const open = () => join('lobby', { transport: new MemorySwarm().transport() })
  let room = await open()
  let places = await room.collection<Place>('places', { schema: titled(5) })
  await room.publish({ title: 'Zoo' }, { collection: 'places' })
  await room.publish({ title: 'Z' }, { collection: 'places' })
  expect([await places.count(), (await places.misfits()).length]).toEqual([0, 2])
  await room.leave()
  room = await open()
  places = await room.collection<Place>('places', { schema: titled(2) })
  expect((await places.find()).docs.map(({ value }) => value.title)).toEqual(['Zoo'])
  expect([await places.count(), (await places.misfits()).length]).toEqual([1, 1])
  await room.leave()
})
