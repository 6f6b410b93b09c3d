import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { eventOf, type Record, signRecord } from '../../src/core/record.ts'
import { roomTag } from '../../src/core/signal.ts'
import { PolicyClass } from '../../src/core/verdict.ts'
import {
  ConfigError,
  MalformedError,
  RejectedError,
  RoomClosedError,
  SignatureError,
  StoreError,
} from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { admission, view } from '../../src/policies/function.ts'
import type { SetRule } from '../../src/ports.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))

async function meet(count: number, options: JoinOptions = {}): Promise<Room[]> {
  const swarm = new MemorySwarm()
  const joins = Array.from({ length: count }, () =>
    join('lobby', { store: 'memory', transport: swarm.transport(), ...options }),
  )
  return await Promise.all(joins)
}

function leaveAll(rooms: readonly Room[]): Promise<unknown> {
  return Promise.all(rooms.map(room => room.leave()))
}

function contents(records: readonly Record[]): string[] {
  return records.map(record => record.content).sort()
}

test('what one room publishes, the others hold, with one root', async () => {
  const rooms = await meet(3)
  const [one, two, three] = rooms as [Room, Room, Room]
  await one.publish('first')
  await two.publish({ text: 'second' }, { collection: 'notes' })
  for (const room of rooms) await room.synced()
  await expect.poll(() => rooms.map(room => room.count)).toEqual([2, 2, 2])
  expect(new Set(rooms.map(room => room.root)).size).toBe(1)
  expect(contents(await three.records())).toEqual(['first', '{"text":"second"}'])
  expect(contents(await three.records({ collection: 'notes' }))).toEqual(['{"text":"second"}'])
  expect(three.days.reduce((sum, { count }) => sum + count, 0)).toBe(2)
  await leaveAll(rooms)
})

test('synced tells of what was written just now, whoever opens the rounds', async () => {
  const rooms = await meet(2)
  for (const room of rooms) await room.synced()
  for (const writer of rooms) {
    await writer.publish('news')
    await writer.synced()
    expect(rooms.map(room => room.count)).toEqual([writer.count, writer.count])
  }
  await leaveAll(rooms)
})

test('what was published alone reaches whoever comes later', async () => {
  const swarm = new MemorySwarm()
  const alone = await join('lobby', { store: 'memory', transport: swarm.transport() })
  for (let number = 0; number < 40; number += 1) await alone.publish(`text ${number}`)
  const late = await join('lobby', { store: 'memory', transport: swarm.transport() })
  await late.synced()
  expect(late.root).toBe(alone.root)
  expect(late.count).toBe(40)
  await leaveAll([alone, late])
})

test('a deletion takes its record from everyone', async () => {
  const [one, two] = (await meet(2)) as [Room, Room]
  const record = await one.publish('a mistake')
  await expect.poll(() => two.count).toBe(1)
  await expect(two.delete(record.id)).rejects.toThrow(ConfigError)
  await one.delete(record.id)
  await expect.poll(async () => await two.get(record.id)).toBeNull()
  expect(two.root).toBe(one.root)
  await leaveAll([one, two])
})

test('a subscription gives what is here, then what comes', async () => {
  const [one, two] = (await meet(2)) as [Room, Room]
  await one.publish('old', { collection: 'c' })
  await one.publish('elsewhere')
  const stream = one.subscribe({ collection: 'c' })
  const heard: string[] = []
  const stop = one.subscribe({ collection: 'c' }, record => heard.push(record.content))
  expect((await stream.next()).value).toMatchObject({ content: 'old' })
  await two.publish('new', { collection: 'c' })
  expect((await stream.next()).value).toMatchObject({ content: 'new' })
  expect(heard).toEqual(['old', 'new'])
  stop()
  await one.publish('unheard', { collection: 'c' })
  expect(heard).toEqual(['old', 'new'])
  await leaveAll([one, two])
  expect((await stream.next()).value).toMatchObject({ content: 'unheard' })
  expect((await stream.next()).done).toBe(true)
})

test('an admission policy refuses what is published here and what comes in', async () => {
  const quiet = admission('no-shouting', { version: 1 }, record =>
    record.content === record.content.toUpperCase() ? 'please do not shout' : null,
  )
  const swarm = new MemorySwarm()
  const strict = await join('lobby', { store: 'memory', transport: swarm.transport(), policies: [quiet] })
  const loose = await join('lobby', { store: 'memory', transport: swarm.transport() })
  const events: RoomEvent[] = []
  strict.on(event => events.push(event))
  await expect(strict.publish('LOUD')).rejects.toThrow(RejectedError)
  await loose.publish('LOUDER')
  await loose.publish('calm')
  await expect.poll(async () => contents(await strict.records())).toEqual(['calm'])
  expect(events).toContainEqual(expect.objectContaining({ type: 'RecordRejected', source: 'no-shouting' }))
  await leaveAll([strict, loose])
})

test('a view policy hides here alone, a release shows again, and a plain function is one', async () => {
  const spam = view('no-spam', { version: 1 }, record => (record.content.includes('spam') ? 'spam' : null))
  const swarm = new MemorySwarm()
  const noBoredom = (record: Record) => (record.content === 'boring' ? 'boring' : null)
  const policies = [spam, noBoredom]
  const picky = await join('lobby', { store: 'memory', transport: swarm.transport(), policies })
  const other = await join('lobby', { store: 'memory', transport: swarm.transport() })
  const hidden = await other.publish('spam, spam')
  await other.publish('boring')
  await other.publish('fine')
  await expect.poll(() => picky.count).toBe(3)
  await expect.poll(() => picky.moderation.quarantine().length).toBe(2)
  expect(contents(await picky.records())).toEqual(['fine'])
  expect(picky.root).toBe(other.root)
  await picky.moderation.release(hidden.id)
  expect(contents(await picky.records())).toEqual(['fine', 'spam, spam'])
  await leaveAll([picky, other])
})

test('a set rule shadows the same records on every page', async () => {
  const newest: SetRule = {
    name: 'newest-of',
    policyClass: PolicyClass.SET_RULE,
    manifest: { name: 'newest-of', version: 1, parameters: '{}', hashes: [] },
    reason: 'newer records of its author take its place',
    group: record => (record.kind === 5 ? null : [record.author]),
    keep: seats => new Set(seats.slice(-2).map(seat => seat.id)),
  }
  const rooms = await meet(2, { policies: [newest] })
  const [one, two] = rooms as [Room, Room]
  for (let number = 0; number < 5; number += 1) await one.publish(`text ${number}`)
  await expect.poll(() => two.count).toBe(5)
  await expect.poll(async () => contents(await two.records())).toEqual(contents(await one.records()))
  expect(await one.records()).toHaveLength(2)
  await leaveAll(rooms)
})

test('a muted author and a purged record are gone here, and stay in the set', async () => {
  const [one, two] = (await meet(2)) as [Room, Room]
  const record = await one.publish('unwanted')
  await one.publish('more of it')
  await expect.poll(() => two.count).toBe(2)
  await two.moderation.mute(one.key)
  expect(await two.records()).toEqual([])
  expect(two.moderation.muted()).toEqual([one.key])
  await two.moderation.unmute(one.key)
  await two.moderation.purge(record.id)
  expect(contents(await two.records())).toEqual(['more of it'])
  expect(two.root).toBe(one.root)
  await leaveAll([one, two])
})

test('records of strangers are brought in when their signatures hold, and refused with a reason when not', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const draft = { kind: 1_078, tags: [['h', roomTag(room.name)]] }
  const createdAt = Math.floor(Date.now() / 1_000) as UnixTime
  const good = signRecord(KEY, { ...draft, createdAt, content: 'brought' })
  const forged = { ...signRecord(KEY, { ...draft, createdAt, content: 'forged' }), signature: new Uint8Array(64) }
  const events: RoomEvent[] = []
  room.on(event => events.push(event))
  expect(await room.add([good, forged])).toBe(1)
  expect(contents(await room.records({ authors: [KEY.publicKey] }))).toEqual(['brought'])
  expect(events).toContainEqual(expect.objectContaining({ type: 'RecordRejected', source: 'signature' }))
  await room.leave()
})

test('a signer that signs something else is found out', async () => {
  const signer = { publicKey: KEY.publicKey, sign: async () => Promise.reject(new SignatureError('no')) }
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), key: signer })
  await expect(room.publish('hello')).rejects.toThrow(SignatureError)
  await room.leave()
})

test('a room that was left says so, and ends what was waited for', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const events = room.events()
  const waiting = expect(room.synced()).rejects.toThrow(RoomClosedError)
  await room.leave()
  await waiting
  expect((await events.next()).done).toBe(true)
  await expect(room.publish('too late')).rejects.toThrow(RoomClosedError)
  await room.leave()
})

test('waiting for peers gives up after the time that was said', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  await expect(room.synced({ timeoutSeconds: 0.01 })).rejects.toThrow('no peer had an equal root')
  await room.leave()
})

test("a listener's mistake breaks nothing but itself", async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const mistakes: unknown[] = []
  const listen = (error: unknown) => mistakes.push(error)
  process.on('uncaughtException', listen)
  room.on(() => {
    throw new Error('my mistake')
  })
  await room.publish('hello')
  await expect.poll(() => mistakes.length).toBeGreaterThan(0)
  process.off('uncaughtException', listen)
  expect(room.count).toBe(1)
  await room.leave()
})

test('bad names, keys and policies are refused before anything begins', async () => {
  await expect(join('')).rejects.toThrow(ConfigError)
  await expect(join('lobby', { key: 'nsec1nothing' })).rejects.toThrow(ConfigError)
  await expect(join('lobby', { signaling: ['http://nowhere'] })).rejects.toThrow('does not say how to meet')
  const odd = { name: 'odd', policyClass: 'odd', manifest: {} } as never
  await expect(join('lobby', { policies: [odd] })).rejects.toThrow(ConfigError)
})

test.each([undefined, Number.NaN, { far: Number.POSITIVE_INFINITY }, 1n, () => 1])(
  'what JSON cannot say is not published: %o',
  async content => {
    const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
    await expect(room.publish(content as never)).rejects.toThrow(ConfigError)
    expect(room.count).toBe(0)
    await room.leave()
  },
)

test('halves of surrogate pairs and giant texts are refused, and the room goes on', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  await expect(room.publish('\ud800')).rejects.toThrow('lone surrogates')
  await expect(room.publish('x'.repeat(100_000_000))).rejects.toThrow('the limit is 65536')
  await room.publish('fine')
  expect(room.count).toBe(1)
  await room.leave()
})

test('what is no record is not brought in, and breaks nothing', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const record = await room.publish('mine')
  for (const odd of [null, {}, 'a text', eventOf(record)]) {
    await expect(room.add([odd as never])).rejects.toThrow(MalformedError)
  }
  expect(await room.add([record])).toBe(0)
  await room.leave()
})

test('no records are asked for by a limit of 0 or an empty list', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  await room.publish('here')
  for (const query of [{ limit: 0 }, { ids: [] }, { authors: [] }, { kinds: [] }, { tags: { c: [] } }]) {
    expect(await room.records(query)).toEqual([])
  }
  await room.leave()
})

test('a subscription that is still reading when the room is left ends without a word', async () => {
  const store = new MemoryStore()
  const room = await join('lobby', { store, transport: new MemorySwarm().transport() })
  await room.publish('here')
  let refuse = () => {}
  const reading = new Promise<Record[]>((_, reject) => {
    refuse = () => reject(new StoreError('the memory store is closed'))
  })
  store.query = () => reading
  const heard: string[] = []
  const stream = room.subscribe({})
  room.subscribe({}, record => heard.push(record.content))
  await room.leave()
  refuse()
  await reading.catch(() => {})
  expect([(await stream.next()).done, heard]).toEqual([true, []])
})

test('a subscription whose store cannot be read says so', async () => {
  const store = new MemoryStore()
  const room = await join('lobby', { store, transport: new MemorySwarm().transport() })
  const events: RoomEvent[] = []
  room.on(event => events.push(event))
  store.query = () => Promise.reject(new StoreError('the disk is gone'))
  room.subscribe({}, () => {})
  await expect(room.subscribe({}).next()).rejects.toThrow('the disk is gone')
  expect(events).toContainEqual({ type: 'StorageFailed', reason: 'the disk is gone' })
  await room.leave()
})

test("a watcher's mistake breaks nothing but itself", async () => {
  const mistakes: unknown[] = []
  const listen = (error: unknown) => mistakes.push(error)
  process.on('uncaughtException', listen)
  const [one, two] = (await meet(2)) as [Room, Room]
  one.watch(() => {
    throw new Error('my mistake')
  })
  await one.publish('hello')
  await expect.poll(() => two.count).toBe(1)
  await leaveAll([one, two])
  process.off('uncaughtException', listen)
  expect(mistakes.length).toBeGreaterThan(0)
})

test('a store that fails to close is told to who leaves, and everybody is let go', async () => {
  const store = new MemoryStore()
  const room = await join('lobby', { store, transport: new MemorySwarm().transport() })
  store.close = () => Promise.reject(new StoreError('it is stuck'))
  const waiting = expect(room.synced()).rejects.toThrow(RoomClosedError)
  await expect(room.leave()).rejects.toThrow('it is stuck')
  await waiting
})

test('a room that failed and cannot close its store says one thing only', async () => {
  const rejections: unknown[] = []
  const listen = (error: unknown) => rejections.push(error)
  process.on('unhandledRejection', listen)
  const store = new MemoryStore()
  const room = await join('lobby', { store, transport: new MemorySwarm().transport() })
  store.close = () => Promise.reject(new StoreError('it is stuck'))
  const stream = room.events()
  room.fail(new RoomClosedError('it broke'))
  await expect(stream.next()).rejects.toThrow('it broke')
  await expect(room.publish('too late')).rejects.toThrow('it broke')
  await expect(room.leave()).rejects.toThrow('it is stuck')
  await new Promise(resolve => setTimeout(resolve))
  process.off('unhandledRejection', listen)
  expect(rejections).toEqual([])
})

test('what a page keeps of a room, Vue leaves as it is', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const notes = await room.collection<string>('notes')
  const kept = {
    room,
    moderation: room.moderation,
    events: room.events(),
    subscription: room.subscribe(),
    collection: notes,
    live: await notes.live(),
    view: await room.view('all', {}, () => {}),
    fold: await room.fold(notes, 0, count => count + 1),
    batch: await room.batch(),
    key: KEY,
  }
  const followed = Object.entries(kept).filter(([, each]) => (each as { __v_skip?: unknown }).__v_skip !== true)
  expect(followed.map(([name]) => name)).toEqual([])
  await room.leave()
})

test('several may watch the channels, and each stops for itself', async () => {
  const [one, two] = (await meet(2)) as [Room, Room]
  await one.synced()
  const seen: [string[], string[]] = [[], []]
  const stops = seen.map(each => one.watch(({ direction, message }) => each.push(`${direction} ${message}`)))
  await one.publish('first')
  await expect.poll(() => two.count).toBe(1)
  stops[0]?.()
  await one.publish('second')
  await expect.poll(() => two.count).toBe(2)
  expect(seen.map(each => each.filter(line => line === 'out Records').length)).toEqual([1, 2])
  stops[1]?.()
  await leaveAll([one, two])
})
