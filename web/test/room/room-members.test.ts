import { expect, test } from 'vitest'
import { view } from '../../src/policies/function.ts'
import { watched, written } from '../elements/dashboard/lobby.ts'

test('the members of a room are all of its records, hidden ones too', async () => {
  const loud = view('loud', { version: 1 }, record => (record.content.includes('!') ? 'too loud' : null))
  const records = [written('hey!', 1), written('plain', 2)]
  const { room } = await watched(records, { policies: [loud] })
  await room.moderation.judged()
  expect((await room.records()).map(record => record.content)).toEqual(['plain'])
  expect((await room.members()).map(record => record.content)).toEqual(['hey!', 'plain'])
  expect(await room.members({ limit: 1 })).toEqual([records[0]])
  await room.leave()
  await expect(room.members()).rejects.toThrow('the room was left')
})
