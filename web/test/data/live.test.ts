import { expect, test } from 'vitest'
import { apply, type Difference } from '../../src/data/difference.ts'
import type { Doc } from '../../src/data/types.ts'
import { QueryError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

interface Task {
  readonly text: string
  readonly rank: number
}

const SCHEMA = { properties: { text: { type: 'string' }, rank: { type: 'number' } } }

function alone(): Promise<Room> {
  return join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
}

function textsOf(docs: readonly Doc<Task>[]): string[] {
  return docs.map(({ value }) => value.text)
}

test('a window stays what find gives, and grows', async () => {
  const room = await alone()
  const tasks = await room.collection<Task>('tasks', { schema: SCHEMA, indexes: ['rank'] })
  const live = await tasks.live({ rank: { gte: 1 } }, { order: 'rank', limit: 2 })
  expect(live.docs).toEqual([])
  for (const rank of [3, 1, 2, 0]) await tasks.put(`k${rank}`, { text: `t${rank}`, rank })
  await expect.poll(() => textsOf(live.docs)).toEqual(['t1', 't2'])
  await live.grow(5)
  expect(textsOf(live.docs)).toEqual(['t1', 't2', 't3'])
  await tasks.put('k1', { text: 'late', rank: 9 })
  await tasks.delete('k2')
  await expect.poll(() => textsOf(live.docs)).toEqual(['t3', 'late'])
  await expect(live.grow(1_000)).rejects.toThrow(QueryError)
  await expect(tasks.live({ nothing: 1 } as never)).rejects.toThrow(QueryError)
  await room.leave()
})

test('differences, applied in order, give what is there', async () => {
  const room = await alone()
  const tasks = await room.collection<Task>('tasks', { schema: SCHEMA })
  const live = await tasks.live({}, { order: ['rank', 'time'] })
  let shown: Doc<Task>[] = []
  const told: Difference<Task>[] = []
  const watching = (async () => {
    for await (const difference of live) {
      told.push(difference)
      shown = apply(difference, shown)
    }
  })()
  for (let step = 0; step < 30; step++) {
    const key = `k${(step * 7) % 5}`
    if (step % 6 === 5) await tasks.delete(key)
    else await tasks.put(key, { text: `${step}`, rank: (step * 5) % 7 })
  }
  const { docs } = await tasks.find({}, { order: ['rank', 'time'] })
  await expect.poll(() => shown.map(({ id }) => id)).toEqual(docs.map(({ id }) => id))
  live.close()
  await watching
  expect(told.length).toBeGreaterThan(0)
  await room.leave()
})

test('it is what React and Svelte ask for: a snapshot that stays the same until something changes', async () => {
  const room = await alone()
  const tasks = await room.collection<Task>('tasks', { schema: SCHEMA })
  const live = await tasks.live()
  const snapshot = live.getSnapshot()
  const seen: (readonly Doc<Task>[])[] = []
  const stop = live.subscribe(docs => seen.push(docs))
  expect(seen).toEqual([snapshot])
  expect(live.getSnapshot()).toBe(snapshot)
  await tasks.add({ text: 'a', rank: 1 })
  await expect.poll(() => seen.length).toBe(2)
  expect(live.getSnapshot()).toBe(seen[1])
  stop()
  await tasks.add({ text: 'b', rank: 1 })
  await expect.poll(() => live.docs.length).toBe(2)
  expect(seen).toHaveLength(2)
  await room.leave()
})

test('one register is watched, and the end of the room ends all', async () => {
  const room = await alone()
  const tasks = await room.collection<Task>('tasks', { schema: SCHEMA })
  const live = await tasks.watch('a')
  await tasks.put('a', { text: 'one', rank: 1 })
  await expect.poll(() => textsOf(live.docs)).toEqual(['one'])
  const ended = (async () => {
    for await (const _ of live);
  })()
  await room.leave()
  await ended
})
