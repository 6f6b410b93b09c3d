/** Collections with what pages use beside them: validators of zod and valibot, React's hook, Svelte's stores. */

import { createElement, useSyncExternalStore } from 'react'
import { renderToString } from 'react-dom/server'
import { derived, get } from 'svelte/store'
import * as v from 'valibot'
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { Collection } from '../../src/data/collection.ts'
import type { LiveQuery } from '../../src/data/live.ts'
import type { Doc } from '../../src/data/types.ts'
import { SchemaError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Place {
  name: string
  stars: number
  tags?: string[] | undefined
}

const ZOD = z.object({ name: z.string().min(2), stars: z.number().int(), tags: z.array(z.string()).optional() })
const VALIBOT = v.object({
  name: v.pipe(v.string(), v.minLength(2)),
  stars: v.pipe(v.number(), v.integer()),
  tags: v.optional(v.array(v.string())),
})
const JSON_SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string' }, stars: { type: 'integer' } },
}

const rooms: Room[] = []

afterEach(async () => {
  for (const room of rooms.splice(0)) await room.leave()
})

async function meet(swarm = new MemorySwarm()): Promise<Room> {
  const room = await join('lobby', { store: 'memory', transport: swarm.transport() })
  rooms.push(room)
  return room
}

/** Whatever the validator, a collection of places is one. */
const DECLARED: readonly [string, (room: Room) => Promise<Collection<Place>>][] = [
  [
    'zod',
    async room => {
      const places = await room.collection('places', { schema: ZOD, json: z.toJSONSchema(ZOD), indexes: ['stars'] })
      expectTypeOf(places).toEqualTypeOf<Collection<z.infer<typeof ZOD>>>()
      // @ts-expect-error stars are numbers
      await places.find({ stars: { gte: 'four' } }).catch(() => {})
      return places
    },
  ],
  [
    'valibot',
    async room => {
      const places = await room.collection('places', {
        schema: VALIBOT,
        json: { $schema: 'x', ...JSON_SCHEMA },
        indexes: ['stars'],
      })
      expectTypeOf(places).toEqualTypeOf<Collection<v.InferOutput<typeof VALIBOT>>>()
      // @ts-expect-error there is no such field
      await places.find({ rating: 4 }).catch(() => {})
      return places
    },
  ],
]

test.each(DECLARED)('%s says what a document is: when it is written, read and searched for', async (_, declare) => {
  const swarm = new MemorySwarm()
  const [room, friend] = [await meet(swarm), await meet(swarm)]
  const places = await declare(room)
  await places.put('zoo', { name: 'Zoo', stars: 5, tags: ['animals'] })
  await places.put('bog', { name: 'Bog', stars: 1 })
  const wrong = places.put('x', { name: 'X', stars: 3 })
  await expect(wrong).rejects.toThrow(SchemaError)
  await expect(wrong).rejects.toMatchObject({ path: 'name' })
  await expect(places.put('half', { name: 'Half', stars: 1.5 })).rejects.toMatchObject({ path: 'stars' })
  await (await friend.collection('places')).put('odd', { name: 'O', stars: 9 })
  await friend.synced()
  const { docs } = await places.find({ stars: { gte: 1 } }, { order: '-stars' })
  expect(docs.map(({ value }) => value)).toEqual([
    { name: 'Zoo', stars: 5, tags: ['animals'] },
    { name: 'Bog', stars: 1 },
  ])
  await expect.poll(async () => (await places.misfits()).length).toBe(1)
  expect((await places.explain({ stars: 5 })).index).toContain('stars')
})

test("a live query is a store of Svelte's, also for stores made of it", async () => {
  const places = await (await meet()).collection<Place>('places', { schema: JSON_SCHEMA })
  const live: LiveQuery<Place> = await places.live({ stars: { gte: 2 } }, { order: 'name' })
  const names = derived(live, docs => docs.map(({ value }) => value.name))
  const seen: string[][] = []
  const stop = names.subscribe(now => seen.push(now))
  await places.put('zoo', { name: 'Zoo', stars: 5 })
  await expect.poll(() => seen.at(-1)).toEqual(['Zoo'])
  expect(get(live).map(({ key }) => key)).toEqual(['zoo'])
  stop()
  await places.put('lido', { name: 'Lido', stars: 3 })
  await expect.poll(() => get(names)).toEqual(['Lido', 'Zoo'])
  expect(seen.at(-1)).toEqual(['Zoo'])
  live.close()
})

test("React's useSyncExternalStore takes a live query as it is, on a server too", async () => {
  const places = await (await meet()).collection<Place>('places', { schema: JSON_SCHEMA })
  await places.put('zoo', { name: 'Zoo', stars: 5 })
  const live = await places.live({}, { order: 'name' })
  const Names = () => {
    const docs: readonly Doc<Place>[] = useSyncExternalStore(live.subscribe, live.getSnapshot, live.getSnapshot)
    return createElement('p', null, docs.map(({ value }) => value.name).join())
  }
  expect(renderToString(createElement(Names))).toBe('<p>Zoo</p>')
})
