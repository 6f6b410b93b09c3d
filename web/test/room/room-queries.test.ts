import { expect, test } from 'vitest'
import type { Record } from '../../src/core/record.ts'
import { ConfigError, PeersetError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

function alone(): Promise<Room> {
  return join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
}

function contents(records: readonly Record[]): string[] {
  return records.map(record => record.content)
}

test('pages neither stick nor lose records of one second', async () => {
  const room = await alone()
  for (let number = 0; number < 23; number += 1) await room.publish(`${number}`)
  const pages: string[] = []
  let after: Record | undefined
  for (;;) {
    const page = await room.records({ limit: 5, after })
    if (page.length === 0) break
    pages.push(...contents(page))
    after = page.at(-1)
  }
  expect(pages).toEqual(Array.from({ length: 23 }, (_, number) => `${22 - number}`))
  await room.leave()
})

test('a record is taken by the first digits of its id wherever an id is', async () => {
  const room = await alone()
  const [first, second] = [await room.publish('first'), await room.publish('second')]
  expect(await room.get(first.id.slice(0, 12))).toEqual(first)
  expect(await room.get(first)).toEqual(first)
  expect(await room.get('00'.repeat(5))).toBeNull()
  expect(contents(await room.records({ ids: second.id.slice(0, 12) }))).toEqual(['second'])
  expect(room.moderation.shadowing(first)).toBeNull()
  expect(() => room.moderation.shadowing(first.id.slice(0, 12))).toThrow('the whole id')
  await room.moderation.purge(second.id.slice(0, 12).toUpperCase())
  expect(contents(await room.records())).toEqual(['first'])
  await room.delete(first.id.slice(0, 12))
  expect(await room.get(first)).toBeNull()
  await expect(room.delete('00'.repeat(5))).rejects.toThrow('there is no record 00000000 here')
  for (const wrong of ['', 'abc', null, 7]) await expect(room.get(wrong as never)).rejects.toThrow(ConfigError)
  await room.leave()
})

test('a query that cannot be meant is refused by its name, wherever it is asked', async () => {
  const room = await alone()
  for (const query of [null, { author: 'me' }, { limit: 1.5 }, { kinds: 5n }, { since: 'soon' }]) {
    await expect(room.records(query as never)).rejects.toThrow(ConfigError)
    await expect(room.members(query as never)).rejects.toThrow(ConfigError)
    expect(() => room.subscribe(query as never)).toThrow(ConfigError)
    expect(() => room.subscribe(query as never, () => {})).toThrow(ConfigError)
  }
  await room.leave()
})

test('events may be chosen by their types', async () => {
  const room = await alone()
  const added = room.events('RecordAdded')
  const known = room.events('RecordKnown', 'RecordAdded')
  const record = await room.publish('hello')
  await room.add([record])
  expect((await added.next()).value).toMatchObject({ type: 'RecordAdded', record: { content: 'hello' } })
  expect((await known.next()).value.type).toBe('RecordAdded')
  expect((await known.next()).value.type).toBe('RecordKnown')
  expect(() => room.events('RecordAddition' as never)).toThrow(ConfigError)
  expect(() => room.on('RecordAdded' as never)).toThrow(ConfigError)
  await room.leave()
  expect((await added.next()).done).toBe(true)
})

test('what cannot be meant is refused by its name, whatever is asked of a room', async () => {
  const room = await alone()
  const record = await room.publish('hello', { tags: { t: ['a', 'b'] }, collection: undefined })
  expect(record.tags.filter(([name]) => name === 't')).toEqual([
    ['t', 'a'],
    ['t', 'b'],
  ])
  expect(await room.add(record)).toBe(0)
  const refused = [
    () => room.publish('x', { tags: 5 } as never),
    () => room.publish('x', { tags: { t: 5 } } as never),
    () => room.publish('x', { kind: 1.5 }),
    () => room.publish('x', { collection: 5 } as never),
    () => room.add([5] as never),
    () => room.add(null as never),
    () => room.synced({ timeoutSeconds: 'soon' } as never),
    () => room.synced({ timeoutSeconds: Number.NaN }),
    () => room.moderation.ban('192.0.2.1', { seconds: '5' } as never),
    () => room.moderation.ban('192.0.2.1', { seconds: 5, reason: 7 } as never),
  ]
  for (const ask of refused) await expect(ask()).rejects.toThrow(PeersetError)
  await room.leave()
})
