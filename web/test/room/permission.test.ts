import { expect, test } from 'vitest'
import { readGrant } from '../../src/core/grant.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { signRecord } from '../../src/core/record.ts'
import { roomTag } from '../../src/core/signal.ts'
import { ConfigError, RejectedError } from '../../src/errors.ts'
import { admission } from '../../src/policies/function.ts'
import { writers } from '../../src/policies/shipped.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const [OWNER, WRITER, STRANGER] = [1, 2, 3].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [
  SecretKey,
  SecretKey,
  SecretKey,
]
const OWNED = await writers({ owners: OWNER.publicKey })
const PLACES = await writers({ owners: OWNER.publicKey, collections: ['places'] })

function enter(key: SecretKey, options: JoinOptions = {}) {
  const transport = new MemorySwarm().transport()
  return join('lobby', { key, policies: OWNED, store: 'memory', transport, ...options })
}

async function granted(...given: readonly [({ collections?: string[]; days?: number } | undefined)?]): Promise<string> {
  const room = await enter(OWNER)
  const text = await room.grant(WRITER.publicKey, ...given)
  await room.leave()
  return text
}

test('an owner, a granted writer and a stranger in one room', async () => {
  const swarm = new MemorySwarm()
  const own = { store: 'memory', policies: PLACES } as const
  const owner = await join('lobby', { ...own, key: OWNER, transport: swarm.transport() })
  const grants = await owner.grant(npub(WRITER.publicKey), { collections: ['places'] })
  const writer = await join('lobby', { ...own, key: WRITER, grants, transport: swarm.transport() })
  const stranger = await join('lobby', { ...own, key: STRANGER, transport: swarm.transport() })
  const rooms = [owner, writer, stranger]
  const may = await Promise.all(rooms.map(room => room.mayWrite('places')))
  expect(may.map(({ isGiven }) => isGiven)).toEqual([true, true, false])
  const chat = await Promise.all(rooms.map(room => room.mayWrite('chat')))
  expect(chat.every(({ isGiven }) => isGiven)).toBe(true)
  await owner.publish({ name: 'Lido' }, { collection: 'places' })
  await writer.publish({ name: 'Zoo' }, { collection: 'places' })
  await stranger.publish('hello', { collection: 'chat' })
  const refused = stranger.publish({ name: 'Casino' }, { collection: 'places' })
  await expect(refused).rejects.toThrow(`ask ${npub(OWNER.publicKey)}`)
  await expect.poll(() => rooms.map(room => room.count)).toEqual([3, 3, 3])
  expect(new Set(rooms.map(room => room.root)).size).toBe(1)
  await Promise.all(rooms.map(room => room.leave()))
})

test('a writer without a grant is told whom to ask before anything is written', async () => {
  const room = await enter(STRANGER)
  const reason = `it carries no grant: ask ${npub(OWNER.publicKey)}`
  expect(await room.mayWrite()).toEqual({ isGiven: false, policy: 'writers', reason })
  expect(room.count).toBe(0)
  const places = await room.collection('places')
  await expect(places.add({ name: 'Casino' })).rejects.toThrow(RejectedError)
  await room.leave()
})

test('a collection writes registers, logs and batches by a grant for it', async () => {
  const room = await enter(WRITER, { grants: [await granted({ collections: ['places'] })] })
  const places = await room.collection<{ stars: number }>('places')
  await places.put('lido', { stars: 4 })
  await places.update('lido', () => ({ stars: 5 }))
  await places.append({ stars: 3 })
  const batch = await room.batch()
  batch.put(places, 'zoo', { stars: 1 })
  await batch.commit({ atomic: true })
  expect((await places.find({}, { order: 'stars' })).docs.map(({ value }) => value.stars)).toEqual([1, 3, 5])
  const notes = await room.collection('notes')
  await expect(notes.add({})).rejects.toThrow('not for this collection')
  expect((await room.mayWrite('notes')).isGiven).toBe(false)
  await room.leave()
})

test('what was written by a grant is deleted without one at hand', async () => {
  const grants = await granted()
  const swarm = new MemorySwarm()
  const room = await enter(WRITER, { grants, transport: swarm.transport() })
  const record = await room.publish('hello')
  const places = await room.collection('places')
  await places.put('lido', {})
  const later = await enter(WRITER, { transport: swarm.transport() })
  await expect.poll(() => later.count).toBe(2)
  expect((await later.mayWrite('places')).isGiven).toBe(false)
  expect((await later.delete(record)).tags).toContainEqual(['grant', grants])
  const same = await later.collection('places')
  await same.erase('lido')
  expect(await same.count()).toBe(0)
  await Promise.all([room.leave(), later.leave()])
})

test('a grant holds for its days, from as long ago as clocks may be wrong', async () => {
  const grant = readGrant(await granted({ collections: ['places', 'notes'], days: 2 }))
  const { owner, writer, collections, since, until } = grant
  expect([owner, writer, collections]).toEqual([OWNER.publicKey, WRITER.publicKey, 'places notes'])
  expect(until - since).toBe(2 * 86_400 + 900)
  expect(readGrant(await granted()).collections).toBe('*')
})

test('who owns nothing lets nobody write', async () => {
  const room = await enter(STRANGER, { policies: PLACES })
  const refused = room.grant(WRITER.publicKey, { collections: ['chat', 'places'] })
  await expect(refused).rejects.toThrow(`we are no owner, ask ${npub(OWNER.publicKey)}`)
  expect(readGrant(await room.grant(WRITER.publicKey, { collections: 'chat' })).owner).toBe(STRANGER.publicKey)
  await room.leave()
})

test.each([
  ['me', {}],
  [WRITER.publicKey, { days: 0 }],
  [WRITER.publicKey, { days: 1e300 }],
  [WRITER.publicKey, { days: 'many' as never }],
  [WRITER.publicKey, { collections: 'two words ' }],
  [WRITER.publicKey, { collections: [7 as never] }],
])('a grant that cannot be meant is refused: %#', async (writer, options) => {
  const room = await enter(OWNER)
  await expect(room.grant(writer, options)).rejects.toThrow(ConfigError)
  await room.leave()
})

test('who signs records alone, as an extension does, cannot grant', async () => {
  const sign = async (draft: Parameters<typeof signRecord>[1]) => signRecord(OWNER, draft)
  const room = await enter(OWNER, { key: { publicKey: OWNER.publicKey, sign } })
  await expect(room.grant(WRITER.publicKey)).rejects.toThrow('grant by a key that is in this page')
  expect((await room.mayWrite()).isGiven).toBe(true)
  await room.leave()
})

test('a room is not joined with a grant that is for another room or key, or none', async () => {
  const grants = await granted()
  const attic = { key: WRITER, grants, store: 'memory', transport: new MemorySwarm().transport() } as const
  await expect(join('attic', attic)).rejects.toThrow('or is for another room')
  await expect(enter(STRANGER, { grants })).rejects.toThrow(`you write as ${npub(STRANGER.publicKey)}`)
  for (const text of ['nonsense', 'A'.repeat(2 ** 20), grants.slice(0, -3), 7 as never]) {
    await expect(enter(WRITER, { grants: text })).rejects.toThrow(ConfigError)
  }
})

test('a part has grants of its own', async () => {
  const room = await join('lobby', {
    key: WRITER,
    policies: OWNED,
    grants: await granted(),
    store: 'memory',
    signaling: [],
  })
  const part = await room.sub('photos')
  expect([(await room.mayWrite()).isGiven, (await part.mayWrite()).isGiven]).toEqual([true, false])
  await Promise.all([room.leave(), part.leave()])
})

test('policies that look at what is said are not asked whether one may write', async () => {
  const asked: string[] = []
  const picky = admission('picky', { version: 1 }, ({ content }) => {
    asked.push(content)
    return 'never'
  })
  const room = await enter(OWNER, { policies: [OWNED, picky] })
  expect([(await room.mayWrite('places')).isGiven, asked]).toEqual([true, []])
  await room.leave()
})

test('a grant that has run out is said to have', async () => {
  const grants = await granted({ days: 0.001 })
  const room = await enter(WRITER, { grants })
  const tags = [
    ['h', roomTag(room.name)],
    ['grant', grants],
  ]
  const createdAt = (readGrant(grants).until + 1) as never
  const record = signRecord(WRITER, { createdAt, kind: 1_078, tags, content: '' })
  expect(await room.add(record)).toBe(0)
  expect((await room.moderation.explain(record.id))?.reason).toMatch(/^its grant had run out by then: ask npub1/)
  await room.leave()
})

test('in a sealed room a grant is for all collections, and a policy too', async () => {
  const swarm = new MemorySwarm()
  const own = { store: 'memory', policies: OWNED, seal: 'a passphrase of several words' } as const
  const owner = await join('lobby', { ...own, key: OWNER, transport: swarm.transport() })
  await expect(owner.grant(WRITER.publicKey, { collections: 'places' })).rejects.toThrow(
    'hides the names of collections',
  )
  const grants = await owner.grant(WRITER.publicKey)
  const writer = await join('lobby', { ...own, key: WRITER, grants, transport: swarm.transport() })
  await writer.publish({ name: 'Zoo' }, { collection: 'places' })
  await expect.poll(async () => (await owner.records()).map(({ content }) => content)).toEqual(['{"name":"Zoo"}'])
  const sealed = { ...own, policies: PLACES, key: STRANGER, transport: swarm.transport() }
  await expect(join('lobby', sealed)).rejects.toThrow('let the policy writers be about all of them')
  await Promise.all([owner.leave(), writer.leave()])
})
