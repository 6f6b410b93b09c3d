import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { pinContent, pinTags } from '../../src/core/pin.ts'
import { KIND_PIN, type Record, signRecord } from '../../src/core/record.ts'
import { roomTag } from '../../src/core/signal.ts'
import { LOOK_SECONDS } from '../../src/data/renewal.ts'
import { ConfigError, MalformedError, RejectedError } from '../../src/errors.ts'
import { admission } from '../../src/policies/function.ts'
import { pins } from '../../src/policies/pinning.ts'
import { Renewal } from '../../src/room/pinning.ts'
import type { Room } from '../../src/room/room.ts'
import { START, standingClock } from '../clock.ts'

const DAY = 86_400
const [PINNER, OTHER] = [new SecretKey(new Uint8Array(32).fill(1)), new SecretKey(new Uint8Array(32).fill(2))]
const MAY_PIN = await pins({ allow: [PINNER.publicKey] })

const clock = standingClock()

async function alone(key = PINNER, policies = [MAY_PIN]): Promise<Room> {
  const room = await clock.alone({ retention: DAY, key, policies })
  await clock.passBy(1, { step: 1, timers: 1 })
  return room
}

async function passBy(seconds: number): Promise<void> {
  await clock.passBy(seconds, { step: LOOK_SECONDS, timers: 60 })
}

/** Give a record of *room* that is older than its window. */
function ancient(room: Room, content = 'kept', key = OTHER): Record {
  const createdAt = (START - 30 * DAY) as UnixTime
  return signRecord(key, { createdAt, kind: 1078, tags: [['h', roomTag(room.name)]], content })
}

function signPin(room: Room, record: Record, at = START + clock.passed): Record {
  const tags = [['h', roomTag(room.name)], ...pinTags(record)]
  return signRecord(PINNER, { createdAt: at as UnixTime, kind: KIND_PIN, tags, content: pinContent(record) })
}

async function contents(room: Room): Promise<string[]> {
  return (await room.records({ kinds: 1078 })).map(({ content }) => content).sort()
}

/** Let *record*, which is older than the window, be read in *room* by a pin of who may pin. */
async function showOld(room: Room, record: Record): Promise<void> {
  await room.add(signPin(room, record))
  await expect.poll(() => contents(room)).toContain(record.content)
}

test('what is pinned is read as before when the window let it go, its pin renewed, and is no member', async () => {
  const room = await alone()
  const [kept, destroyed] = [await room.publish('kept'), await room.publish('purged')]
  await room.publish('lost')
  const own = await room.publish('deleted')
  await room.pin(own)
  const pin = await room.pin(kept)
  expect(await room.pin(kept.id.slice(0, 8))).toEqual(pin)
  await room.pin(destroyed)
  await room.moderation.purge(destroyed)
  await room.delete(own)
  await passBy((DAY * 3) / 2)
  expect(await contents(room)).toEqual(['kept'])
  expect((await room.get(kept.id))?.content).toBe('kept')
  expect(await room.members({ kinds: 1078 })).toEqual([])
  const held = new Map((await room.pins()).map(each => [each.record.content, each]))
  expect([...held.keys()].sort()).toEqual(['kept', 'purged'])
  expect(held.get('kept')?.author).toBe(room.key)
  expect(held.get('kept')?.id).not.toBe(pin.id)
  await room.leave()
})

test('a withdrawn pin shows nothing any more', async () => {
  const room = await alone()
  const kept = ancient(room)
  const events = room.events('RecordAdded', 'RecordDeleted')
  await showOld(room, kept)
  expect((await room.unpin(kept)).kind).toBe(5)
  await expect.poll(() => contents(room)).toEqual([])
  expect(await room.pins()).toEqual([])
  const told: string[] = []
  while (told.length < 5) told.push((await events.next()).value?.type ?? '')
  expect(told.sort()).toEqual(['RecordAdded', 'RecordAdded', 'RecordAdded', 'RecordDeleted', 'RecordDeleted'])
  await room.leave()
})

test('its author deletes what another pinned, and the pin is withdrawn', async () => {
  const room = await alone()
  const kept = ancient(room)
  await showOld(room, kept)
  const tags = [
    ['h', roomTag(room.name)],
    ['e', kept.id],
    ['k', '1078'],
  ]
  await room.add(signRecord(OTHER, { createdAt: START as UnixTime, kind: 5, tags, content: '' }))
  expect(await contents(room)).toEqual([])
  await passBy(2 * LOOK_SECONDS)
  expect(await room.pins()).toEqual([])
  await room.leave()
})

test('what a pin shows ends with the window of the pin, once its pinner is gone', async () => {
  const room = await alone(OTHER)
  await showOld(room, ancient(room))
  await passBy((DAY * 3) / 2)
  expect(await contents(room)).toEqual([])
  expect(await room.pins()).toEqual([])
  await room.leave()
})

test('what has expired, or is of another room, is not shown by a pin', async () => {
  const room = await alone()
  const createdAt = (START - 30 * DAY) as UnixTime
  const said = { createdAt, kind: 1078, content: 'brief' }
  const tags = [
    ['h', roomTag(room.name)],
    ['expiration', `${createdAt + 60}`],
  ]
  const brief = signRecord(OTHER, { ...said, tags })
  await room.add(signPin(room, brief))
  await expect.poll(async () => (await room.get(brief.id))?.content).toBe('brief')
  expect(await contents(room)).toEqual([])
  const stranger = signRecord(OTHER, { ...said, tags: [['h', 'ab'.repeat(16)]] })
  const pinned = room.publish(pinContent(stranger), { kind: KIND_PIN, tags: pinTags(stranger) })
  await expect(pinned).rejects.toThrow('of another room')
  await room.leave()
})

test('nobody keeps by a pin what its author lets expire', async () => {
  const room = await alone()
  const end = START + clock.passed + (DAY * 5) / 4
  const tags = [
    ['h', roomTag(room.name)],
    ['expiration', `${end}`],
  ]
  const brief = signRecord(OTHER, { createdAt: START as UnixTime, kind: 1078, content: 'brief', tags })
  await room.add(brief)
  const pin = await room.pin(brief.id)
  expect(pin.tags).toContainEqual(['expiration', `${end}`])
  await passBy((DAY * 9) / 8)
  expect(await contents(room)).toEqual(['brief'])
  const [renewed] = await room.pins()
  expect(renewed?.id).not.toBe(pin.id)
  // It is collected after 270 seconds of timers.
  await clock.passBy(DAY / 4, { step: LOOK_SECONDS, timers: 300 })
  expect(await contents(room)).toEqual([])
  expect(await room.pins()).toEqual([])
  await room.leave()
})

test('without a policy nobody pins, and who is not listed may not', async () => {
  const [open, stranger] = [await alone(PINNER, []), await alone(OTHER)]
  await expect(open.pin(await open.publish('a'))).rejects.toThrow('nobody may pin in this room')
  await expect(stranger.pin(await stranger.publish('a'))).rejects.toThrow('not among those who may pin')
  await expect(stranger.pin(await stranger.publish('b'))).rejects.toThrow(RejectedError)
  await Promise.all([open.leave(), stranger.leave()])
})

test('what cannot be pinned is refused with its word', async () => {
  const room = await alone()
  const [record, large] = [await room.publish('a'), await room.publish('x'.repeat(40_000))]
  const pin = await room.pin(record)
  const deletion = await room.delete(await room.publish('b'))
  await expect(room.pin(large)).rejects.toThrow('at most 32768')
  await expect(room.pin(pin)).rejects.toThrow('kind 1081')
  await expect(room.pin(deletion)).rejects.toThrow(MalformedError)
  await expect(room.pin('00'.repeat(32))).rejects.toThrow('there is no record')
  await expect(room.unpin(large)).rejects.toThrow('not pinned by us')
  await expect(room.unpin(large)).rejects.toThrow(ConfigError)
  await room.leave()
  await expect(room.pins()).rejects.toThrow('the room was left')
})

test('what a policy refuses cannot be pinned either', async () => {
  const refuses = admission('kept', { version: 1 }, ({ content }) => (content === 'kept' ? 'it says so' : null))
  const room = await alone(PINNER, [MAY_PIN, refuses])
  const said = ancient(room)
  await expect(room.publish(pinContent(said), { kind: KIND_PIN, tags: pinTags(said) })).rejects.toThrow('it says so')
  await room.leave()
})

test('a muted author is not shown by pins of others', async () => {
  const room = await alone()
  const kept = ancient(room)
  await showOld(room, kept)
  await room.moderation.mute(kept.author)
  expect(await contents(room)).toEqual([])
  await room.moderation.unmute(kept.author)
  expect(await contents(room)).toEqual(['kept'])
  await room.leave()
})

test('collections show what is pinned', async () => {
  const room = await alone()
  const places = await room.collection<{ title: string }>('places', {
    schema: { type: 'object', properties: { title: { type: 'string' } } },
    indexes: ['title'],
  })
  const tags = [
    ['h', roomTag(room.name)],
    ['c', 'places'],
  ]
  const createdAt = (START - 30 * DAY) as UnixTime
  const zoo = signRecord(OTHER, { createdAt, kind: 1078, tags, content: '{"title":"Zoo"}' })
  await room.add(signPin(room, zoo))
  await expect.poll(() => places.count({ title: 'Zoo' })).toBe(1)
  await room.unpin(zoo)
  await expect.poll(() => places.count()).toBe(0)
  await room.leave()
})

test('what cannot be written is tried again an hour later', async () => {
  const room = await alone()
  await showOld(room, ancient(room))
  const board = { name: room.name, signer: { publicKey: room.key }, driver: clock, keptSeconds: DAY }
  let asked = 0
  const store = {
    get: async () => [],
    marks: async () => [],
    query: async () => {
      asked += 1
      throw new ConfigError('gone')
    },
  }
  const renewal = new Renewal({ ...board, store, write: async () => [], get: async () => null })
  await expect(renewal.look(START as UnixTime)).rejects.toThrow('gone')
  await renewal.look((START + 1) as UnixTime)
  await expect(renewal.look((START + LOOK_SECONDS) as UnixTime)).rejects.toThrow('gone')
  expect(asked).toBe(2)
  await room.leave()
})
