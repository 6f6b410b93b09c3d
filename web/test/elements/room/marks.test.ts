import { expect, test } from 'vitest'
import { marksIn } from '../../../src/elements/room/marks.ts'
import { join } from '../../../src/room/joining.ts'
import { MemorySwarm } from '../../swarm.ts'

test('what is not shown comes with its reason, older versions aside', async () => {
  const loud = (record: { readonly content: string }) => (record.content.includes('!!') ? 'too loud' : null)
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), policies: loud })
  await room.publish('calm')
  await room.publish('loud!!')
  await room.publish('one', { kind: 30_078, tags: { d: 'x' } })
  await room.publish('two', { kind: 30_078, tags: { d: 'x' } })
  await room.moderation.judged()
  const marks = await marksIn(room, {})
  expect(marks.map(({ face, why }) => [face.text, why.reason])).toEqual([['loud!!', 'too loud']])
  await room.leave()
})

test('what is sealed is said to be sealed', async () => {
  const swarm = new MemorySwarm()
  const seal = `seal1${'a'.repeat(3)}`
  await expect(join('lobby', { store: 'memory', transport: swarm.transport(), seal })).rejects.toThrow('seal1')
  const enter = (options: object) => join('lobby', { store: 'memory', transport: swarm.transport(), ...options })
  const [mine, blind] = await Promise.all([
    enter({ seal: 'seal1edhyu35cpr8hxdmyqpmq2r9sw5w5yqmkla4yz05wec9r70cy4q0q2zw2uj' }),
    enter({}),
  ])
  await mine.publish('hush')
  await blind.publish('in clear')
  await expect.poll(() => [mine.count, blind.count]).toEqual([2, 2])
  const reasons = async (room: typeof mine) =>
    (await marksIn(room, {})).map(({ why }) => `${why.policy}: ${why.reason}`)
  expect(await reasons(mine)).toEqual(['seal: it is not sealed'])
  expect(await reasons(blind)).toEqual(['seal: it is sealed, and this page was given no secret'])
  await Promise.all([mine.leave(), blind.leave()])
})
