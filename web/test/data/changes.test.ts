import { expect, test } from 'vitest'
import type { Change } from '../../src/documents/change.ts'
import { ConfigError, CursorError, RoomClosedError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

function alone(swarm = new MemorySwarm()): Promise<Room> {
  return join('lobby', { store: 'memory', transport: swarm.transport() })
}

async function all(changes: AsyncIterable<Change>): Promise<string[]> {
  const found: string[] = []
  for await (const { kind, record } of changes) found.push(`${kind} ${record.content}`)
  return found
}

test('it gives what is seen and then what changes', async () => {
  const room = await alone()
  const log = await room.collection<string>('log')
  await room.publish('aside')
  const first = await log.add('one')
  const changes = room.changes()
  const next = async () => {
    const { value } = await changes.next()
    return `${value?.kind} ${value?.record.content}`
  }
  expect([await next(), await next()]).toEqual(['added aside', 'added "one"'])
  const waiting = next()
  await log.add('two')
  expect(await waiting).toBe('added "two"')
  await log.remove(first)
  const gone = (await changes.next()).value
  expect([gone?.kind, gone?.record.id, gone?.record.content]).toEqual(['removed', first.id, ''])
  const deletion = (await changes.next()).value
  expect(deletion?.record.kind).toBe(5)
  const over = changes.next()
  await room.leave()
  expect((await over).done).toBe(true)
  await expect(room.changes().next()).rejects.toThrow(RoomClosedError)
})

test('it reads on from a cursor, by pages, of one collection, and says what is hidden and shown', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = await Promise.all([alone(swarm), alone(swarm)])
  const wiki = await one.collection<string>('wiki')
  await one.publish('aside')
  await wiki.put('home', 'first')
  await expect.poll(() => two.count).toBe(2)
  const theirs = await two.collection<string>('wiki')
  expect(await all(two.changes({ live: false, collection: 'wiki' }))).toEqual(['added "first"'])
  const [last] = [(await theirs.changes({ limit: 1 }).next()).value]
  const since = last?.cursor
  await wiki.put('home', 'second')
  await expect.poll(() => two.count).toBe(3)
  expect(await all(theirs.changes({ since, live: false }))).toEqual(['hidden "first"', 'added "second"'])
  expect(await all(theirs.changes({ since, live: false, limit: 1 }))).toEqual(['hidden "first"'])
  await two.moderation.mute(one.key)
  expect(await all(two.changes({ since, live: false }))).toContain('hidden "first"')
  await two.moderation.unmute(one.key)
  expect(await all(theirs.changes({ since, live: false }))).toEqual(['hidden "first"', 'shown "second"'])
  await Promise.all([one.leave(), two.leave()])
})

test('from now on it gives what comes', async () => {
  const room = await alone()
  const log = await room.collection<string>('log')
  await log.add('one')
  expect(await all(log.changes({ since: 'now', live: false }))).toEqual([])
  const coming = all(room.changes({ since: 'now', limit: 1 }))
  let told: string[] = []
  void coming.then(changes => {
    told = changes
  })
  // Nothing tells when it has begun to look.
  while (told.length === 0) await log.add('two')
  expect(told).toEqual(['added "two"'])
  await room.leave()
})

test('what cannot be meant is refused by name', async () => {
  const room = await alone()
  const wrong: [object, typeof ConfigError][] = [
    [{ since: 'x' }, CursorError],
    [{ since: 5 }, CursorError],
    [{ since: 'ffffffff-0-0' }, CursorError],
    [{ limit: -1 }, ConfigError],
    [{ limit: 1.5 }, ConfigError],
    [{ live: 1 }, ConfigError],
    [{ collection: 'No' }, ConfigError],
    [{ collection: 5 }, ConfigError],
  ]
  for (const [options, Kind] of wrong) await expect(room.changes(options).next()).rejects.toThrow(Kind)
  await room.leave()
})
