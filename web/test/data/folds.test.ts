import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { FOLDS_MAX, UPTO_LAG_SECONDS } from '../../src/core/limits.ts'
import { MICROSECONDS } from '../../src/core/stamp.ts'
import { ConfigError, CursorError, ViewError } from '../../src/errors.ts'
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
  // Where records came in another order than they were written, some were undone already.
  const undone = fold.undone
  await ours.put('k', 'new')
  await ours.remove(first)
  // It follows by itself.
  await expect.poll(() => fold.state).toEqual([...'abcdefghi', 'new'])
  expect(fold.undone).toBeGreaterThan(undone)
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

/** A store whose log of changes reaches no further back than now. */
class Forgetful extends MemoryStore {
  forgets = true

  override async documents() {
    const documents = await super.documents()
    const log = documents.log.bind(documents)
    documents.log = async (method, ...given) => {
      const isBehind = this.forgets && method === 'changes' && given[0] !== (await log('lastChange'))
      if (isBehind) throw new CursorError('no longer')
      return (await log(method, ...given)) as never
    }
    return documents
  }
}

test('a fold that the log has left behind begins anew, and takes up what was hidden meanwhile', async () => {
  const store = new Forgetful()
  const swarm = new MemorySwarm()
  const [room, other] = [await join('lobby', { store, transport: swarm.transport() }), await alone(swarm)]
  const [log, theirs] = [await room.collection<string>('log'), await other.collection<string>('log')]
  const fold = await room.fold(log, [] as string[], append)
  await log.add('a')
  const gone = await log.add('b')
  await theirs.add('theirs')
  await expect.poll(() => log.count()).toBe(3)
  await fold.ready()
  expect([...fold.state].sort()).toEqual(['a', 'b', 'theirs'])
  await log.remove(gone)
  await room.moderation.mute(other.key)
  await fold.ready()
  expect(fold.state).toEqual(['a'])
  store.forgets = false
  // It is not taken for what was folded.
  await room.moderation.unmute(other.key)
  await fold.ready()
  expect([...fold.state].sort()).toEqual(['a', 'theirs'])
  await Promise.all([room.leave(), other.leave()])
})

test('a room says up to when all that are present agree', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = [await alone(swarm), await alone(swarm)]
  const log = await one.collection<string>('log')
  const fold = await one.fold(log, '', (state, { value }) => state + value)
  const { stamp } = await log.add('a')
  await one.synced()
  await expect.poll(() => fold.settled).toBeGreaterThan(stamp - 2 * UPTO_LAG_SECONDS * MICROSECONDS)
  expect(fold.settled).toBeLessThan(stamp)
  await Promise.all([one.leave(), two.leave()])
})

test('a fold that is made late says up to when all agreed before', async () => {
  const swarm = new MemorySwarm()
  const one = await alone(swarm)
  const told: string[] = []
  one.on(event => told.push(event.type))
  const { createdAt: joined } = await one.publish('a')
  const two = await alone(swarm)
  await expect.poll(() => told).toContain('PeerSynced')
  const fold = await one.fold(await one.collection('log'), 0, state => state)
  expect(fold.settled).toBeGreaterThan((joined - 2 * UPTO_LAG_SECONDS) * MICROSECONDS)
  await Promise.all([one.leave(), two.leave()])
})

test('a version of a fold that cannot be meant is refused, with a name and without', async () => {
  const room = await alone()
  const log = await room.collection('log')
  for (const options of [{ version: -1 }, { version: 1.5 }, { name: 'total', version: 'two' as unknown as number }]) {
    await expect(room.fold(log, 0, state => state, options)).rejects.toThrow('a version of a fold is a whole number')
  }
  await room.leave()
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

/** A store that notes where folds stand once it may. */
class Waiting extends MemoryStore {
  gate: Promise<void> = Promise.resolve()
  waiting = 0

  override async note(...given: Parameters<MemoryStore['note']>): Promise<void> {
    if (given[0] === 'fold') {
      this.waiting += 1
      await this.gate
    }
    await super.note(...given)
  }
}

test('a fold that ends while it works keeps nothing afterwards', async () => {
  const [swarm, store] = [new MemorySwarm(), new Waiting()]
  const [room, other] = [await join('lobby', { store, transport: swarm.transport() }), await alone(swarm)]
  const [log, theirs] = [await room.collection<number>('log'), await other.collection<number>('log')]
  const batch = await room.batch()
  for (let at = 0; at < 256; at++) await batch.add(log, 1)
  await batch.commit()
  await room.synced()
  await theirs.add(1)
  await expect.poll(() => log.count()).toBe(257)
  let open = () => {}
  store.gate = new Promise(resolve => {
    open = resolve
  })
  const fold = await room.fold(log, 0, (state, { value }) => state + value, { name: 'total' })
  await expect.poll(() => store.waiting).toBe(1)
  const ending = fold.end('it is enough')
  // The fold goes back to a checkpoint, behind which there is nothing.
  await room.moderation.mute(other.key)
  const later = fold.ready().catch((error: unknown) => error)
  open()
  await ending
  expect(await later).toBeInstanceOf(ViewError)
  expect(store.waiting).toBe(1)
  await Promise.all([room.leave(), other.leave()])
})

test('a state that JSON cannot say stops a named fold wherever it is kept', async () => {
  const room = await alone()
  const log = await room.collection<number>('log')
  const batch = await room.batch()
  for (let at = 0; at < 257; at++) await batch.add(log, 1)
  await batch.commit()
  const step = (state: unknown) => (typeof state === 'number' && state < 256 ? state + 1 : 1n)
  const fold = await room.fold(log, 0 as unknown, step, { name: 'odd' })
  await expect(fold.ready()).rejects.toThrow(ViewError)
  expect(fold.error?.cause).toBeInstanceOf(ConfigError)
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
