/** What one author writes in place of what it wrote before, and what lasts for a time only, in rooms of two. */

import { expect, test } from 'vitest'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

async function meet(): Promise<[Room, Room]> {
  const swarm = new MemorySwarm()
  const enter = () => join('lobby', { store: 'memory', transport: swarm.transport() })
  return await Promise.all([enter(), enter()])
}

test('each author has one profile, which is deleted with all before it', async () => {
  const [one, two] = await meet()
  const theirs = await two.publish('two', { kind: 0 })
  for (const name of ['one', 'one again']) await one.publish(name, { kind: 0 })
  await expect.poll(() => two.count).toBe(3)
  const [newest] = await two.records({ kinds: 0, authors: one.key })
  expect(newest?.content).toBe('one again')
  const deletion = newest && (await one.delete(newest))
  expect(deletion?.tags).toContainEqual(['a', `0:${one.key}:`])
  await expect.poll(() => two.count).toBe(2)
  for (const room of [one, two]) expect((await room.records({ kinds: 0 })).map(({ id }) => id)).toEqual([theirs.id])
  expect(two.root).toBe(one.root)
  await Promise.all([one.leave(), two.leave()])
})

test('what expires is hidden everywhere, told of, and a member still', async () => {
  const [one, two] = await meet()
  const told: unknown[] = []
  for (const room of [one, two]) room.on(event => event.type === 'RecordHidden' && told.push(event))
  const expiration = String(Math.floor(Date.now() / 1_000) + 2)
  const { id } = await one.publish('goes', { tags: { expiration } })
  await expect.poll(() => two.count).toBe(1)
  await expect.poll(() => told.length).toBe(2)
  const hidden = { type: 'RecordHidden', id, policy: 'expiration', reason: 'it has expired' }
  expect(told).toEqual([hidden, hidden])
  for (const room of [one, two]) {
    expect(await room.records()).toEqual([])
    expect(await room.members()).toHaveLength(1)
  }
  expect(two.root).toBe(one.root)
  await Promise.all([one.leave(), two.leave()])
})
