/** What a room says of its budgets, and of a reader that lags. */
import { expect, test } from 'vitest'
import { DISK_BYTES_MIN, EVENTS_BUFFERED_MAX } from '../../src/core/limits.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { admission } from '../../src/policies/function.ts'
import { join } from '../../src/room/joining.ts'
import { withEvents } from '../../src/room/status.ts'
import { MemorySwarm } from '../swarm.ts'

test('a room says which budgets bite, and a slow reader loses nothing of its own', async () => {
  const options = { store: 'memory', transport: new MemorySwarm().transport(), diskBytes: DISK_BYTES_MIN } as const
  const room = await join('lobby', options)
  const stream = room.events()
  const ours = await room.publish('ours')
  expect(room.health.budgets.map(({ name }) => name).slice(0, 2)).toEqual(['disk', 'events'])
  expect(room.health.biting).toEqual([])
  for (let number = 0; number <= EVENTS_BUFFERED_MAX; number += 1) room.take({ type: 'CurtainChanged' })
  expect(room.health.biting).toMatchObject([{ name: 'events', limit: EVENTS_BUFFERED_MAX, count: 1 }])
  const read = []
  for (let number = 0; number < EVENTS_BUFFERED_MAX + 2; number += 1) read.push((await stream.next()).value)
  expect(read.slice(0, 2)).toMatchObject([
    { type: 'Lagged', count: 1 },
    { type: 'RecordAdded', record: { id: ours.id } },
  ])
  expect(room.health.biting).toEqual([])
  const events = { name: 'events', used: 9, limit: 9, since: room.health.at, count: 9 }
  expect(withEvents(room.health, events).biting).toEqual([events])
  await room.leave()
})

test('a flood that a policy refuses takes no own record from a slow reader', async () => {
  const swarm = new MemorySwarm()
  const no = admission('no', { version: 1 }, ({ content }) => (content.startsWith('flood') ? 'no' : null))
  const room = await join('lobby', { store: 'memory', transport: swarm.transport(), policies: no })
  const hostile = await join('lobby', { store: 'memory', transport: swarm.transport() })
  const events = room.events('RecordAdded', 'RecordRejected', 'RecordsRejected')
  const ours = await room.publish('ours')
  let refused = 0
  const told: RoomEvent['type'][] = []
  room.on(event => {
    if (event.type === 'RecordRejected') refused += 1
    if (event.type === 'RecordsRejected') refused += event.count
    if (event.type.endsWith('Rejected')) told.push(event.type)
  })
  await Promise.all(Array.from({ length: 300 }, (_, number) => hostile.publish(`flood ${number}`)))
  // What is refused is credited slowly, so that the rest comes by sync.
  await expect.poll(() => refused).toBeGreaterThan(20)
  expect((await events.next()).value).toMatchObject({ type: 'RecordAdded', record: { id: ours.id } })
  await room.leave()
  expect(told.length).toBeLessThan(refused)
  await hostile.leave()
})
