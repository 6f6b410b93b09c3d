import { expect, test } from 'vitest'
import { KIND_COMMIT, type Record } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'
import { admission, view } from '../../src/policies/function.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

function alone(options: object = {}): Promise<Room> {
  return join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), ...options })
}

/** Write an atomic batch; give its documents, and its commit at the end. */
async function batchOf(room: Room, size: number): Promise<Record[]> {
  const [notes, batch] = [await room.collection<number>('notes'), await room.batch()]
  for (let number = 0; number < size; number++) await batch.put(notes, `k${number}`, number)
  const docs = await batch.commit({ atomic: true })
  return [...docs.map(({ record }) => record), ...(await room.members({ kinds: [KIND_COMMIT] }))]
}

test.each([
  [2, [2], 'whose commit, the record that lists all of it, is not here'],
  [2, [1], 'a batch of 2 records, of which 1 is not here: until then nobody sees any of them'],
  [9, [1, 2], 'a batch of 9 records, of which 1, 2 are not here'],
  [9, [1, 2, 3, 4, 5], 'and 2 others are not here'],
])('of a batch of %s that lacks %j is said so', async (size, missing, words) => {
  const [one, two] = [await alone(), await alone()]
  const records = await batchOf(one, size)
  const [first] = records as [Record]
  for (const [at, record] of records.entries()) if (!missing.includes(at)) await two.add(record)
  const notes = await two.collection('notes')
  expect((await notes.find()).docs).toEqual([])
  const explanation = await two.moderation.explain(first.id)
  expect(explanation).toMatchObject({ fate: 'hidden', policy: 'batch', rule: '' })
  const named = (text: string) =>
    text.replace(/\b[0-9a-f]{8}\b/g, id => `${records.findIndex(each => each.id.startsWith(id))}`)
  const said = named(explanation?.reason ?? '').replace('of which 2, 1', 'of which 1, 2')
  expect(said).toContain(words)
  for (const at of missing) await two.add(records[at] as Record)
  expect(await two.moderation.explain(first.id)).toBeNull()
  expect((await notes.find()).docs).toHaveLength(size)
  await Promise.all([one.leave(), two.leave()])
})

test('what its author deleted is not lacking, and what a commit does not list is no part', async () => {
  const [one, two] = [await alone(), await alone()]
  const [first, second, commit] = (await batchOf(one, 2)) as [Record, Record, Record]
  const deletion = await one.delete(second.id)
  for (const record of [first, commit]) await two.add(record)
  expect(await two.moderation.explain(first.id)).not.toBeNull()
  await two.add(deletion)
  expect(await two.moderation.explain(first.id)).toBeNull()
  const tags = [['batch', commit.tags.find(([name]) => name === 'batch')?.[1] ?? '']]
  const stray = await one.publish('{}', { collection: 'notes', tags })
  await two.add(stray)
  expect((await two.moderation.explain(stray.id))?.reason).toContain('that does not list it')
  await Promise.all([one.leave(), two.leave()])
})

test('what policies refused is explained, also by the first digits of its id alone', async () => {
  const other = await alone()
  const [bad, good] = [await other.publish('bad word'), await other.publish('good word')]
  const clean = admission('clean', { version: 1 }, ({ content }) => (content.startsWith('bad') ? 'not here' : null))
  const room = await alone({ policies: clean })
  await room.add([bad, good])
  expect(room.count).toBe(1)
  const said = { id: bad.id, fate: 'refused', policy: 'clean', reason: 'not here', rule: '' }
  for (const id of [bad, bad.id, bad.id.slice(0, 12)]) expect(await room.moderation.explain(id)).toEqual(said)
  expect(await room.moderation.explain(good)).toBeNull()
  await expect(room.moderation.explain('00'.repeat(32))).rejects.toThrow(
    'record 00000000 is neither here nor among the latest that policies refused here',
  )
  await Promise.all([room.leave(), other.leave()])
})

test('what has expired says when', async () => {
  const room = await alone()
  const gone = await room.publish('gone', { tags: { expiration: '1700000000' } })
  const reason = 'it has expired, as its author wished: at 2023-11-14 22:13:20 UTC'
  expect(await room.moderation.explain(gone)).toEqual({
    id: gone.id,
    fate: 'hidden',
    policy: 'expiration',
    reason,
    rule: '',
  })
  expect(await room.records()).toEqual([])
  await room.leave()
})

test('what is shadowed, hidden or muted says by what, and what is seen says nothing', async () => {
  const calm = view('calm', { version: 1 }, record => (record.content.includes('!!!') ? 'too loud' : null))
  const [room, other] = [await alone({ policies: [calm] }), await alone()]
  const notes = await room.collection<string>('notes')
  const [old, loud] = [await notes.put('k', 'old'), await room.publish('look!!!')]
  const current = await notes.put('k', 'new')
  await room.moderation.judged()
  expect(await room.moderation.explain(current.id)).toBeNull()
  expect((await room.moderation.explain(old.id))?.fate).toBe('shadowed')
  expect(await room.moderation.explain(loud.id)).toMatchObject({ fate: 'hidden', policy: 'calm', reason: 'too loud' })
  const theirs = await other.publish('theirs')
  await room.add(theirs)
  await room.moderation.mute(other.key)
  expect((await room.moderation.explain(theirs.id))?.policy).toBe('mute')
  await expect(room.moderation.explain('f'.repeat(64))).rejects.toThrow(ConfigError)
  await Promise.all([room.leave(), other.leave()])
})
