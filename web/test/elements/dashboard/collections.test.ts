import { expect, test } from 'vitest'
import { Collections } from '../../../src/elements/dashboard/collections.ts'
import { Recorder } from '../../../src/elements/dashboard/recorder.ts'
import { define } from '../../../src/elements/define.ts'
import type { Room } from '../../../src/room/room.ts'
import { meet, Pacer } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-collections', Collections)

const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string' }, stars: { type: 'integer' } },
  required: ['stars'],
}

/** Stands in a page for the tests that have none. */
class Placed extends Collections {
  override get isConnected(): boolean {
    return true
  }
}

define('peerset-test-placed', Placed)

test('the card tells of each collection its fields, indexes, documents and misfits, and which queries are slow', async () => {
  const card = new Placed()
  expect(wordsOf(card.render())).toContain('no collection')
  const [room] = (await meet(1)) as [Room]
  card.recorder = new Recorder(room, new Pacer())
  expect(room.collections).toEqual([])
  const places = await room.collection('places', { schema: SCHEMA, indexes: ['-stars'], text: ['name'] })
  expect(room.collections).toEqual([places])
  await places.put('lido', { name: 'Lido', stars: 3 } as never)
  await room.publish({ name: 'no stars' }, { kind: 1078, collection: 'places' })
  await card.look()
  await places.find({ stars: { gte: 2 } } as never)
  const words = wordsOf(card.render())
  expect(words).toMatch(/places name text, stars number -stars, words of name 1 1/)
  expect(words).toMatch(/places: find stars gte, by -time 1 /)
  await room.leave()
})
