import { expect, test } from 'vitest'
import { FOLDS_MAX } from '../../src/core/limits.ts'
import { ConfigError, ViewError } from '../../src/errors.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

function alone(swarm = new MemorySwarm()): Promise<Room> {
  return join('lobby', { store: 'memory', transport: swarm.transport() })
}

const append = (state: string[], { value }: { readonly value: string }) => [...state, value]

test('a fold is one state on all peers, whatever comes late or goes', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = await Promise.all([alone(swarm), alone(swarm)])
  const [ours, theirs] = [await one.collection<string>('log'), await two.collection<string>('log')]
  const fold = await two.fold(theirs, [] as string[], append)
  const first = await ours.add('one')
  await ours.put('k', 'old')
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) await ours.add(text)
  await expect.poll(() => fold.count).toBe(11)
  expect(fold.undone).toBe(0)
  await ours.put('k', 'new')
  await ours.remove(first)
  // It follows by itself.
  await expect.poll(() => fold.state).toEqual([...'abcdefghi', 'new'])
  expect(fold.undone).toBeGreaterThan(0)
  const own = await one.fold(ours, [] as string[], append)
  await own.ready()
  expect([own.state, own.count]).toEqual([fold.state, fold.count])
  await two.moderation.mute(one.key)
  await fold.ready()
  expect(fold.state).toEqual([])
  await Promise.all([one.leave(), two.leave()])
})

test('a record that comes late takes the state back to before it', async () => {
  const one = await alone()
  const log = await one.collection<string>('log')
  const late = await log.add('late')
  const left = await alone()
  const notes = await left.collection<string>('log')
  for (const text of ['b', 'c', 'd']) await notes.add(text)
  const fold = await left.fold(notes, '', (state, { value }) => state + value)
  await fold.ready()
  expect(fold.state).toBe('bcd')
  expect(await left.add(late.record)).toBe(1)
  await fold.ready()
  expect([fold.state, fold.undone]).toEqual(['latebcd', 3])
  await Promise.all([one.leave(), left.leave()])
})

test('a function that throws stops its fold', async () => {
  const room = await alone()
  const log = await room.collection<number>('log')
  for (const value of [1, 2, 3]) await log.add(value)
  const fold = await room.fold(log, 0, (state, { value }) => {
    if (value === 3) throw new RangeError('what happened')
    return state + value
  })
  await expect(fold.ready()).rejects.toThrow(ViewError)
  expect(fold.error?.message).toBe('the fold over "log" stopped: RangeError: what happened')
  expect(fold.state).toBe(3)
  await room.leave()
})

test('what cannot be meant is refused, and there is a limit', async () => {
  const room = await alone()
  const log = await room.collection<number>('log')
  await expect(room.fold(log, undefined, state => state)).rejects.toThrow(ConfigError)
  await expect(room.fold(log, 0, 5 as never)).rejects.toThrow('a fold is kept by a function')
  for (let at = 0; at < FOLDS_MAX; at++) await room.fold(log, 0, state => state)
  await expect(room.fold(log, 0, state => state)).rejects.toThrow(`at most ${FOLDS_MAX} folds`)
  await room.leave()
})
