import 'fake-indexeddb/auto'
import { afterEach, expect, test } from 'vitest'
import { SecretKey } from '../../../src/core/keys.ts'
import { Authorship, type Said } from '../../../src/elements/room/authorship.ts'
import { signing, KEY as THEIRS } from '../../identity/signing.ts'

const LOBBY = { app: 'peerset', room: 'lobby' }
const KEY = new SecretKey(new Uint8Array(32).fill(5))
const NOTHING: Said = { identity: null, options: null }

const authorships: Authorship[] = []

afterEach(() => {
  for (const authorship of authorships.splice(0)) authorship.leave()
})

function make(): Authorship & { readonly told: (string | Error)[] } {
  const told: (string | Error)[] = []
  const authorship = new Authorship({ onChange: () => told.push('changed'), onFailure: error => told.push(error) })
  authorships.push(authorship)
  return Object.assign(authorship, { told })
}

test('two in one room write with one pen, and are told when it becomes another', () => {
  const [one, other] = [make(), make()]
  one.enter(LOBBY)
  other.enter(LOBBY)
  expect([other.pen, other.told, one.told]).toEqual([one.pen, ['changed'], []])
  other.pen.renew()
  expect([other.told.length, one.told.length]).toEqual([2, 1])
})

test('with a key of the page, everything is written with it, until it is taken back', () => {
  const authorship = make()
  authorship.say({ identity: null, options: { key: KEY.toNsec() } })
  expect([authorship.pen.identity, authorship.pen.publicKey]).toEqual(['page', KEY.publicKey])
  authorship.say(NOTHING)
  expect(authorship.pen.identity).toBe('ephemeral')
  expect(authorship.pen.publicKey).not.toBe(KEY.publicKey)
})

test('a key that is none changes nothing but the pen', () => {
  const authorship = make()
  authorship.say({ identity: null, options: { key: 'nsec1' } })
  expect(authorship.pen.identity).toBe('ephemeral')
})

test('what is said twice, as frameworks do, is done once', () => {
  const authorship = make()
  authorship.say({ identity: null, options: { key: KEY } })
  const { pen } = authorship
  authorship.say({ identity: null, options: { key: KEY } })
  expect(authorship.pen).toBe(pen)
})

test('an identity that cannot be had is told', async () => {
  const authorship = make()
  authorship.say({ identity: 'extension', options: null })
  await expect.poll(() => authorship.told.at(-1)).toMatchObject({ message: expect.stringContaining('no extension') })
})

test('whoever said as whom to write may say otherwise later, and the others say what they said', () => {
  const [one, other] = [make(), make()]
  one.say({ identity: 'ephemeral', options: null })
  one.enter(LOBBY)
  other.say({ identity: null, options: { key: KEY } })
  expect(() => other.enter(LOBBY)).toThrow('and this one has a key')
  one.say(NOTHING)
  other.enter(LOBBY)
  expect(one.pen.publicKey).toBe(KEY.publicKey)
})

test('who comes back with a key of the page has it still, though others have gone on without', () => {
  const [one, other] = [make(), make()]
  one.say({ identity: null, options: { key: KEY } })
  one.enter(LOBBY)
  other.enter(LOBBY)
  expect(other.pen.publicKey).toBe(KEY.publicKey)
  one.leave()
  expect([other.pen.identity, one.pen.publicKey]).toEqual(['ephemeral', KEY.publicKey])
  one.enter(LOBBY)
  expect(other.pen.publicKey).toBe(KEY.publicKey)
  one.say(NOTHING)
  one.enter(LOBBY)
  expect([one.pen.publicKey, one.pen.publicKey === KEY.publicKey]).toEqual([other.pen.publicKey, false])
})

test('who has left a room says nothing more about as whom the others there write', async () => {
  const [one, other] = [make(), make()]
  one.enter(LOBBY)
  other.enter(LOBBY)
  one.leave()
  one.say({ identity: 'vault', options: null })
  await expect.poll(() => one.pen.state).toBe('empty')
  expect([one.pen.identity, other.pen.identity]).toEqual(['vault', 'ephemeral'])
})

test('an element that wants to be asked is asked in every room', async () => {
  const authorship = make()
  authorship.confirm = async () => false
  const lease = authorship.enter(LOBBY)
  const draft = { createdAt: 1_700_000_000 as never, kind: 1_078, tags: [], content: '' }
  await expect(lease.sign(draft)).rejects.toMatchObject({ name: 'AbortError' })
  authorship.confirm = null
  expect((await lease.sign(draft)).author).toBe(authorship.pen.publicKey)
})

test('by the address of a signer, everything is written with it while the element is in the room', async () => {
  const served = await signing()
  const options = { key: served.address, WebSocket: served.WebSocket }
  const [one, other] = [make(), make()]
  for (const each of [one, other]) {
    each.say({ identity: null, options })
    expect(each.pen.identity).toBe('ephemeral')
    await each.connect()
    each.enter(LOBBY)
  }
  expect([one.pen.identity, one.pen.publicKey, other.pen]).toEqual(['page', THEIRS.publicKey, one.pen])
  one.leave()
  expect(other.pen.publicKey).toBe(THEIRS.publicKey)
  expect(one.pen.publicKey).not.toBe(THEIRS.publicKey)
  expect(served.relay.clients.size).toBe(1)
  other.say(NOTHING)
  await expect.poll(() => served.relay.clients.size).toBe(0)
  served.answers = () => [{ error: 'go away' }]
  one.say({ identity: null, options: { ...options, key: `${served.address}2` } })
  await expect(one.connect()).rejects.toThrow('the signer refuses: go away')
  await served.close()
}, 30_000)
