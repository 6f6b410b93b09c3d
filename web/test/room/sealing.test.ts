import 'fake-indexeddb/auto'
import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Entry } from '../../src/core/block.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { pinContent } from '../../src/core/pin.ts'
import {
  decodeRecord,
  eventOf,
  KIND_KEYED,
  KIND_PIN,
  type Record,
  type RecordId,
  signRecord,
  tagValues,
} from '../../src/core/record.ts'
import { Seal, Seals, type Secret, sealText } from '../../src/core/seal.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { admission } from '../../src/policies/function.ts'
import { makePins } from '../../src/policies/pins.ts'
import { authors } from '../../src/policies/shipped.ts'
import type { Store } from '../../src/ports.ts'
import { addressOf } from '../../src/room/directing.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { LOOKED_AT_MAX, Sealing } from '../../src/room/sealing.ts'
import { seededRng } from '../seeded.ts'
import { MemorySwarm } from '../swarm.ts'

const [SECRET, NEWER] = vectors.secrets.map(({ text }) => text) as [string, string]
const KEY = new SecretKey(new Uint8Array(32).fill(2))
const NOW = vectors.created_at as UnixTime

let databases = 0

/** Give what opens one database, again and again. */
function database(): () => Promise<Store> {
  databases += 1
  const name = `sealed ${databases}`
  return () => openIndexedDbStore(name)
}

/** A store that stays what it is when its room is left. */
class Disk extends MemoryStore {
  override async close(): Promise<void> {}
}

function disk(): () => Promise<Store> {
  const store = new Disk()
  return async () => store
}

const STORES = [
  ['in memory', disk],
  ['in a database', database],
] as const

async function enter(options: JoinOptions = {}, swarm = new MemorySwarm()): Promise<Room> {
  return await join('lobby', { store: 'memory', seal: SECRET, key: KEY, transport: swarm.transport(), ...options })
}

async function contents(room: Room): Promise<string[]> {
  return (await room.records()).map(({ content }) => content).sort()
}

/** Give all that a store gives others, as text. */
async function shownBy(store: Store): Promise<string> {
  const ids = (await store.entries()).map(([, id]) => id)
  const wires = await store.wires(ids)
  return wires.map(wire => JSON.stringify(decodeRecord(wire)) + new TextDecoder('latin1').decode(wire)).join()
}

test('what is written is read by those alone who have the secret, and passed on by all', async () => {
  const swarm = new MemorySwarm()
  const store = new Disk()
  const mine = await enter({}, swarm)
  const record = await mine.publish({ text: 'hush now' }, { tags: { t: 'greeting' }, collection: 'secrets' })
  expect(record.content).toBe('{"text":"hush now"}')
  expect(record.tags).toContainEqual(['t', 'greeting'])
  const blind = await enter({ seal: null, store, key: undefined }, swarm)
  await expect.poll(() => blind.root).toBe(mine.root)
  await mine.leave()
  const theirs = await enter({ key: undefined }, swarm)
  await expect.poll(() => theirs.root).toBe(blind.root)
  const [read] = await theirs.records({ tags: { t: 'greeting' } })
  expect([read?.id, read?.content]).toEqual([record.id, record.content])
  expect(await shownBy(store)).not.toMatch(/hush now|greeting|secrets/)
  expect([await contents(blind), (await blind.members()).length]).toEqual([[], 1])
  await Promise.all([blind.leave(), theirs.leave()])
})

test('it is told as it comes, and given as it was signed', async () => {
  const swarm = new MemorySwarm()
  const [one, two] = await Promise.all([enter({}, swarm), enter({ key: undefined }, swarm)])
  const told: string[] = []
  two.subscribe({ tags: { t: 'a' } }, ({ content }) => told.push(content))
  const record = await one.publish('hush now', { tags: { t: 'a' } })
  await expect.poll(() => told).toEqual(['hush now'])
  const event = eventOf(record)
  expect(JSON.stringify(event)).not.toContain('hush now')
  expect(event.id).toBe(record.id)
  const third = await enter({ key: undefined })
  expect(await third.add(record)).toBe(1)
  expect(await contents(third)).toEqual(['hush now'])
  await Promise.all([one.leave(), two.leave(), third.leave()])
})

test.each(STORES)(
  'collections, registers, batches, folds, views and changes are of what is opened: %s',
  async (_, make) => {
    const store = await make()()
    const room = await enter({ store })
    const places = await room.collection<{ city: string }>('places', {
      schema: { type: 'object', properties: { city: { type: 'string' } } },
      indexes: ['city'],
      text: 'city',
    })
    const live = await places.live({ city: 'Berlin' })
    const view = await room.view('count', { collection: 'places' }, async (tx, { kind }) => {
      if (kind === 'added') await tx.put(['n'], Number(await tx.get(['n'], 0)) + 1)
    })
    const fold = await room.fold(places, 0, count => count + 1)
    const zoo = await places.put('zoological', { city: 'Bern' })
    // What is replaced before a view comes to it is no news to that.
    await view.ready()
    await places.put('zoological', { city: 'Berlin' }, { expected: zoo })
    const batch = await room.batch()
    await batch.add(places, { city: 'Berlin' })
    await batch.add(places, { city: 'Stuttgart' })
    await batch.commit({ atomic: true })
    expect((await places.get('zoological'))?.value).toEqual({ city: 'Berlin' })
    expect(await places.count({ city: 'Berlin' })).toBe(2)
    expect((await places.find({}, { text: 'stuttgart' })).docs).toHaveLength(1)
    expect((await places.history('zoological')).map(({ value }) => value.city)).toEqual(['Berlin', 'Bern'])
    await expect.poll(() => live.docs.length).toBe(2)
    await view.ready()
    expect(await view.get(['n'])).toBe(4)
    await fold.ready()
    expect(fold.state).toBe(3)
    const told: string[] = []
    for await (const { record } of room.changes({ live: false, collection: 'places' })) told.push(record.content)
    expect(told.sort()).toEqual(['{"city":"Berlin"}', '{"city":"Berlin"}', '{"city":"Stuttgart"}'])
    expect(await shownBy(store)).not.toMatch(/Berlin|Stuttgart|places|zoological/)
    await room.leave()
  },
)

test.each(STORES)('what was deleted and erased is gone for all, whatever they can read: %s', async (_, make) => {
  const swarm = new MemorySwarm()
  const [room, blind] = await Promise.all([
    enter({ store: await make()() }, swarm),
    enter({ seal: null, key: undefined }, swarm),
  ])
  const notes = await room.collection<string>('notes')
  await notes.put('todo', 'one')
  await notes.put('todo', 'two')
  const doc = await notes.add('aside')
  await expect.poll(() => blind.count).toBe(3)
  expect(await notes.erase('todo')).toBe(2)
  await notes.remove(doc)
  await expect.poll(() => [blind.count, blind.root]).toEqual([2, room.root])
  expect(await notes.count()).toBe(0)
  await notes.put('todo', 'again')
  expect((await notes.get('todo'))?.value).toBe('again')
  await expect.poll(() => blind.count).toBe(3)
  await Promise.all([room.leave(), blind.leave()])
})

test.each(STORES)('a keyed record has versions by its key, and the newest is read: %s', async (_, make) => {
  const open = make()
  const room = await enter({ store: await open() })
  const draft = { kind: KIND_KEYED, tags: { d: 'profile' } }
  const old = await room.publish('old', draft)
  const current = await room.publish('new', draft)
  expect(await contents(room)).toEqual(['new'])
  expect((await room.records({ tags: { d: 'profile' } })).map(({ id }) => id)).toEqual([current.id])
  await room.leave()
  const again = await enter({ store: await open() })
  expect(await contents(again)).toEqual(['new'])
  await again.delete(current.id)
  expect(await again.get(old.id)).toBeNull()
  await again.leave()
})

test.each(STORES)('a page that was blind reads once it has the secret, and no more without it: %s', async (_, make) => {
  const open = make()
  const before = await enter({ store: await open() })
  await (await before.collection<string>('notes')).put('todo', 'hush now')
  await before.leave()
  const blind = await enter({ store: await open(), seal: null })
  expect(await (await blind.collection<string>('notes')).count()).toBe(0)
  await blind.leave()
  const again = await enter({ store: await open() })
  const notes = await again.collection<string>('notes')
  expect((await notes.get('todo'))?.value).toBe('hush now')
  await again.leave()
})

test.each(STORES)('a version that was purged still replaces those before it: %s', async (_, make) => {
  const open = make()
  const room = await enter({ store: await open() })
  const notes = await room.collection<string>('notes')
  await notes.put('todo', 'one')
  const two = await notes.put('todo', 'two')
  await room.moderation.purge(two.id)
  await room.leave()
  const again = await enter({ store: await open() })
  // Declared otherwise, so that all is read anew.
  const anew = await again.collection<string>('notes', { shared: true })
  expect(await anew.get('todo')).toBeNull()
  await again.leave()
})

test('a new secret seals what is written from then on, and the old one opens what was written before', async () => {
  const swarm = new MemorySwarm()
  const open = database()
  const before = await enter({ store: await open() })
  const old = await before.collection<string>('notes')
  await old.put('todo', 'one')
  await before.leave()
  const room = await enter({ store: await open(), seal: [NEWER, SECRET] }, swarm)
  const notes = await room.collection<string>('notes')
  expect((await notes.get('todo'))?.value).toBe('one')
  await notes.put('todo', 'two')
  expect((await notes.history('todo')).map(({ value }) => value)).toEqual(['two', 'one'])
  const late = await enter({ seal: NEWER, key: undefined }, swarm)
  await expect.poll(() => late.count).toBe(2)
  expect(await contents(late)).toEqual(['"two"'])
  await notes.erase('todo')
  await expect.poll(() => [late.count, late.root]).toEqual([1, room.root])
  await Promise.all([room.leave(), late.leave()])
})

test.each(STORES)('of a keyed record one version is seen, whichever secret sealed it: %s', async (_, make) => {
  const open = make()
  const draft = { kind: KIND_KEYED, tags: { d: 'profile' } }
  const before = await enter({ store: await open() })
  const old = await before.publish('old', draft)
  await before.leave()
  const room = await enter({ store: await open(), seal: [NEWER, SECRET] })
  const current = await room.publish('new', draft)
  expect(await contents(room)).toEqual(['new'])
  await room.leave()
  const again = await enter({ store: await open(), seal: [NEWER, SECRET] })
  expect(await again.records({ ids: [old.id] })).toEqual([])
  expect(await again.moderation.explain(old.id)).toMatchObject({ fate: 'shadowed', policy: 'versions' })
  // Of what was replaced by a newer secret's version that one stays.
  expect(tagValues(await again.delete(old.id), 'a')).toEqual([])
  expect((await again.records({ kinds: KIND_KEYED })).map(({ id }) => id)).toEqual([current.id])
  expect(tagValues(await again.delete(current.id), 'a')).toHaveLength(2)
  expect(await again.members({ kinds: KIND_KEYED })).toEqual([])
  await again.leave()
})

test('a pin is not sealed, and shows nothing that is', async () => {
  const room = await enter({ policies: makePins({ allow: [KEY.publicKey] }) })
  const record = await room.publish('hush now')
  const draft = { kind: KIND_PIN, tags: { pin: record.id } }
  const pin = await room.publish(pinContent(record), draft)
  expect([pin.outside, pin.unread, await contents(room)]).toEqual([
    undefined,
    undefined,
    [pin.content, 'hush now'].sort(),
  ])
  expect((await room.pins()).map(({ record }) => record.content)).toEqual(['hush now'])
  const shown = { ...draft, tags: { ...draft.tags, t: 'hush' } }
  await expect(room.publish('x', shown)).rejects.toThrow('in a sealed room it has no tag "t"')
  await expect(room.publish('hush!', draft)).rejects.toThrow('the content of a pin is not base64')
  await room.leave()
})

test('policies of content shadow alike, and a blind page admits the same', async () => {
  const swarm = new MemorySwarm()
  const policies = [
    admission('calm', { version: 1 }, ({ content }) => (content === 'SHOUT' ? 'please do not shout' : null)),
    await authors({ deny: [new SecretKey(new Uint8Array(32).fill(3)).publicKey] }),
  ]
  const [one, two, blind] = await Promise.all([
    enter({ policies }, swarm),
    enter({ policies, key: undefined }, swarm),
    enter({ policies: policies.slice(1), seal: null, key: undefined }, swarm),
  ])
  await one.publish('hush now')
  const shout = await one.publish('SHOUT')
  await expect.poll(() => [two.root, blind.root]).toEqual([one.root, one.root])
  for (const room of [one, two]) {
    await expect.poll(() => contents(room)).toEqual(['hush now'])
    expect(await room.moderation.explain(shout.id)).toMatchObject({ fate: 'shadowed', policy: 'calm' })
    expect(room.peers.map(({ hasOtherRules }) => hasOtherRules)).toEqual([false, false])
  }
  await Promise.all([one.leave(), two.leave(), blind.leave()])
})

test('of another secret, of none, and of garbage nothing is read, and all is counted in one place', async () => {
  const swarm = new MemorySwarm()
  const open = database()
  const told: RoomEvent[] = []
  const onEvent = (event: RoomEvent) => event.type === 'SealUnknown' && told.push(event)
  const room = await enter({ store: await open(), onEvent }, swarm)
  const notes = await room.collection<string>('notes')
  const { record } = await notes.add('hush now')
  const strangers = await Promise.all([NEWER, null].map(seal => enter({ seal, key: undefined }, swarm)))
  for (const stranger of strangers) await (await stranger.collection<string>('notes')).add('noise')
  const [other] = strangers
  const { record: strange } = (await (await other?.collection<string>('notes'))?.add('more noise')) ?? {}
  const { tags, content } = eventOf(record)
  const [, blind] = strangers
  await blind?.publish(`A${content.slice(1)}`, { tags: tags.slice(1) })
  await expect.poll(() => room.count).toBe(5)
  expect(await contents(room)).toEqual(['"hush now"'])
  expect((await room.members()).map(({ unread }) => unread ?? 'read').sort()).toEqual([
    'broken',
    'foreign',
    'foreign',
    'read',
    'unsealed',
  ])
  expect(await notes.count()).toBe(1)
  expect(await notes.misfits()).toEqual([])
  const status = { ids: room.seal?.ids, foreign: 2, broken: 1, unsealed: 1 }
  expect(room.seal).toEqual(status)
  expect(told).toMatchObject([{ seal: tagValues(eventOf(strange as Record), 'sealed')[0] }])
  expect([other?.seal, blind?.seal]).toMatchObject([{ foreign: 2, broken: 0, unsealed: 1 }, null])
  await Promise.all([room.leave(), ...strangers.map(each => each.leave())])
  const again = await enter({ store: await open() })
  await expect.poll(() => again.seal).toEqual(status)
  await again.leave()
})

test('of very many records that were here before, the newest are looked at', async () => {
  const secret = new Seal(hexToBytes(vectors.secret) as Secret, vectors.room as RoomTag)
  const sealing = new Sealing(new Seals(secret), seededRng('1'), { admission: [], setRules: [], views: [] } as never)
  const record = signRecord(KEY, { createdAt: NOW, kind: 1_078, tags: [['h', vectors.room]], content: 'in clear' })
  const asked: RecordId[] = []
  const entries = Array.from({ length: 3 * LOOKED_AT_MAX }, (_, place): Entry => [place, `${place}` as RecordId])
  const store = {
    entries: async () => entries,
    get: async (ids: readonly RecordId[]) => {
      asked.push(...ids)
      return ids.map(id => sealing.open({ ...record, id }))
    },
  }
  sealing.follow({ on: () => () => {}, take: () => {}, isOpen: true }, store)
  await expect.poll(() => sealing.status.unsealed).toBe(LOOKED_AT_MAX)
  expect(asked).toEqual(entries.slice(-LOOKED_AT_MAX).map(([, id]) => id))
})

test.each([
  ['a secret that is cut', SECRET.slice(0, -1)],
  ['an empty passphrase', ''],
  ['no secrets', []],
  ['a number', 7 as never],
  ['a list of numbers', [7] as never],
])('%s seals no room', async (_, seal) => {
  await expect(enter({ seal })).rejects.toThrow(ConfigError)
})

test('a passphrase seals a room as the secret that it gives', async () => {
  const swarm = new MemorySwarm()
  const [vector] = vectors.passphrases
  const one = await enter({ seal: vector?.passphrase }, swarm)
  const two = await enter({ seal: sealText(hexToBytes(vector?.secret ?? '')), key: undefined }, swarm)
  await one.publish('hush now')
  await expect.poll(() => contents(two)).toEqual(['hush now'])
  await Promise.all([one.leave(), two.leave()])
})

test('an invitation carries the secrets, the address none, and neither a passphrase', async () => {
  const swarm = new MemorySwarm()
  const room = await enter({ seal: [SECRET, NEWER] }, swarm)
  await room.publish('hush now')
  const invitation = await room.invitation()
  for (const secret of [SECRET, NEWER]) {
    expect(invitation).toContain(secret)
    expect(await room.address()).not.toContain(secret)
  }
  const guest = await join(invitation, { store: 'memory', transport: swarm.transport() })
  await expect.poll(() => contents(guest)).toEqual(['hush now'])
  const directions = { name: room.name, options: { seal: 'a passphrase' }, keptSeconds: 86_400 }
  expect(addressOf(directions, null).seals).toEqual([])
  await Promise.all([room.leave(), guest.leave()])
})

test('a page is in a room with one seal', async () => {
  const transport = new MemorySwarm().transport()
  const room = await enter({ transport })
  await expect(enter({ transport, seal: NEWER })).rejects.toThrow(ConfigError)
  const again = await enter({ transport })
  await Promise.all([room.leave(), again.leave()])
})
