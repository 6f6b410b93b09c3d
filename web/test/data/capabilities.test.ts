/** What docs/data.md promises of pages, and no other file tries. */
import { expect, test } from 'vitest'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

function alone(swarm = new MemorySwarm()): Promise<Room> {
  return join('lobby', { store: 'memory', transport: swarm.transport() })
}

interface Spot {
  readonly title: string
  readonly tags: readonly string[]
  readonly at: { readonly lat: number; readonly lon: number }
}

test('places are found on the map, by what their arrays hold, and by one of several conditions', async () => {
  const room = await alone()
  const at = { type: 'object', properties: { lat: { type: 'number' }, lon: { type: 'number' } } }
  const tags = { type: 'array', items: { type: 'string' } }
  const schema = { type: 'object', properties: { title: { type: 'string' }, tags, at } }
  const spots = await room.collection<Spot>('spots', { schema, indexes: ['tags[]'], place: 'at' })
  await spots.add({ title: 'Mitte', tags: ['vegan'], at: { lat: 52.52, lon: 13.4 } })
  await spots.add({ title: 'Potsdam', tags: [], at: { lat: 52.4, lon: 13.06 } })
  await spots.add({ title: 'Suva', tags: ['sea'], at: { lat: -18.1, lon: 178.4 } })
  const titles = async (...asked: Parameters<typeof spots.find>) =>
    (await spots.find(...asked)).docs.map(({ value }) => value.title)
  expect(await titles({ at: { near: [52.5, 13.4, 5_000] } })).toEqual(['Mitte'])
  expect(await titles({ at: { within: [52, 13, 53, 14] } }, { order: 'title' })).toEqual(['Mitte', 'Potsdam'])
  expect(await titles({ at: { within: [-19, 177, -17, -179] } })).toEqual(['Suva'])
  expect(await titles({ tags: { has: 'vegan' } })).toEqual(['Mitte'])
  expect(await titles({ any: [{ title: 'Suva' }, { tags: { has: 'vegan' } }] }, { order: 'title' })).toEqual([
    'Mitte',
    'Suva',
  ])
  expect(await titles({ title: { prefix: 'P' }, tags: { exists: true } })).toEqual(['Potsdam'])
  await room.leave()
})

test('a chat is heard by who comes later', async () => {
  const swarm = new MemorySwarm()
  const one = await alone(swarm)
  const said = await one.collection<string>('chat')
  await said.append('hello')
  await said.append('and again')
  const two = await alone(swarm)
  const heard = await (await two.collection<string>('chat')).live({}, { order: 'time' })
  await expect.poll(() => heard.docs.map(({ value }) => value)).toEqual(['hello', 'and again'])
  const answer = await (await two.collection<string>('chat')).append('who is there?')
  expect(answer.follows).toEqual([heard.docs[1]?.id])
  await expect.poll(async () => (await said.heads()).map(({ value }) => value)).toEqual(['who is there?'])
  await Promise.all([one.leave(), two.leave()])
})

test('two collections may have the same keys', async () => {
  const room = await alone()
  const [notes, drafts] = [await room.collection<string>('notes'), await room.collection<string>('drafts')]
  await notes.put('a', 'note')
  await drafts.put('a', 'draft')
  expect([(await notes.get('a'))?.value, (await drafts.get('a'))?.value]).toEqual(['note', 'draft'])
  await notes.delete('a')
  expect([(await notes.get('a'))?.value, (await drafts.get('a'))?.value]).toEqual([undefined, 'draft'])
  await room.leave()
})

test('a deletion beside an edit loses neither', async () => {
  const [one, two] = [await alone(), await alone()]
  const options = { shared: true }
  const [ours, theirs] = [await one.collection<string>('wiki', options), await two.collection<string>('wiki', options)]
  const first = await ours.put('home', 'first')
  await two.add(first.record)
  const edit = await ours.put('home', 'edited')
  const tombstone = await theirs.delete('home')
  await two.add(edit.record)
  await one.add(tombstone.record)
  for (const wiki of [ours, theirs]) {
    expect((await wiki.heads('home')).map(({ id }) => id).sort()).toEqual([edit.id, tombstone.id].sort())
  }
  const next = await ours.put('home', 'decided')
  expect((await ours.heads('home')).map(({ id }) => id)).toEqual([next.id])
  await Promise.all([one.leave(), two.leave()])
})
