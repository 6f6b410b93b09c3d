import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(2))

let databases = 0

/** Give what opens one database, again and again, as each tab of a site does. */
function tabs() {
  databases += 1
  const name = `tabs ${databases}`
  return () => openIndexedDbStore(name)
}

test('two tabs share one database: each reads all, and the room comes to agree', async () => {
  const open = tabs()
  const [here, there] = [new MemorySwarm(), new MemorySwarm()]
  const one = await join('lobby', { store: await open(), transport: here.transport(), key: KEY })
  const two = await join('lobby', { store: await open(), transport: there.transport(), key: KEY })
  const first = await one.publish('of one tab')
  const second = await two.publish('of the other')
  expect((await two.records()).map(record => record.content).sort()).toEqual(['of one tab', 'of the other'])
  await two.delete(first.id)
  expect(await one.get(first.id)).toBeNull()
  await Promise.all([one.leave(), two.leave()])
  const again = await join('lobby', { store: await open(), transport: here.transport(), key: KEY })
  expect([again.count, (await again.get(second.id))?.content]).toEqual([2, 'of the other'])
  await again.leave()
})

test('two tabs with one database that meet are two peers with equal sets', async () => {
  const open = tabs()
  const swarm = new MemorySwarm()
  const one = await join('lobby', { store: await open(), transport: swarm.transport(), key: KEY })
  const two = await join('lobby', { store: await open(), transport: swarm.transport(), key: KEY })
  await one.publish('of one tab')
  const mistake = await two.publish('of the other')
  await expect.poll(() => [one.count, two.count]).toEqual([2, 2])
  await one.delete(mistake.id)
  await expect.poll(() => two.root).toBe(one.root)
  expect([one.count, two.count, (await (await open()).entries()).length]).toEqual([2, 2, 2])
  await Promise.all([one.leave(), two.leave()])
})

test('two tabs with one database agree on the versions of a keyed record, and on their deletion', async () => {
  const open = tabs()
  const swarm = new MemorySwarm()
  const one = await join('lobby', { store: await open(), transport: swarm.transport(), key: KEY })
  const two = await join('lobby', { store: await open(), transport: swarm.transport(), key: KEY })
  const profile = { kind: 30_078, tags: [['d', 'profile']] }
  for (const room of [one, two, one]) {
    const written = await room.publish('text', profile)
    const ids = async (each: typeof one) => (await each.records({ kinds: [30_078] })).map(({ id }) => id)
    expect([await ids(one), await ids(two)]).toEqual([[written.id], [written.id]])
  }
  await expect.poll(() => [one.count, two.count]).toEqual([3, 3])
  const [current] = await two.records({ kinds: [30_078] })
  if (current !== undefined) await two.delete(current.id)
  await expect.poll(() => [one.count, two.count]).toEqual([1, 1])
  expect([one.root, (await (await open()).entries()).length]).toEqual([two.root, 1])
  await Promise.all([one.leave(), two.leave()])
})
