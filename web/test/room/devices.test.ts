import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { readGrant } from '../../src/core/grant.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { encodeAnswer, linkText, readLink, signLink } from '../../src/core/linking.ts'
import { conversationKey, sealText } from '../../src/core/nip44.ts'
import { roomTag } from '../../src/core/signal.ts'
import { RejectedError } from '../../src/errors.ts'
import { writers } from '../../src/policies/shipped.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { DEVICES } from '../../src/room/permission.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

const [OWNER, DEVICE, STRANGER, PERSON] = [1, 2, 3, 4].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [
  SecretKey,
  SecretKey,
  SecretKey,
  SecretKey,
]
const TAG = roomTag({ app: 'peerset', room: 'lobby' })
const OWNED = await writers({ owners: OWNER.publicKey, collections: ['notes'] })

function enter(key: JoinOptions['key'], room = 'lobby', options: JoinOptions = {}): Promise<Room> {
  return join(room, { key, store: 'memory', transport: new MemorySwarm().transport(), ...options })
}

async function leave(...rooms: readonly Room[]): Promise<void> {
  await Promise.all(rooms.map(room => room.leave()))
}

/** Bring what one says of devices to another. */
async function bring(from: Room, to: Room): Promise<void> {
  await to.add(await from.records({ tags: { c: [DEVICES] } }))
}

test('a device shows one text and writes by the grant that answers it', async () => {
  const swarm = new MemorySwarm()
  const way = () => ({ transport: swarm.transport(), policies: OWNED })
  const owner = await enter(OWNER, 'lobby', way())
  const device = await enter(DEVICE, 'lobby', way())
  await expect(device.publish('no', { collection: 'notes' })).rejects.toThrow(RejectedError)
  const [here, there] = [await owner.devices(), await device.devices()]
  const asked = there.ask('phone')
  expect(here.read(asked.text)).toMatchObject({ name: 'phone', device: DEVICE.publicKey })
  const waiting = there.answered(asked)
  const made = await here.accept(asked.text, { collections: 'notes', days: 30 })
  const link = await waiting
  expect(link).toEqual({ owner: OWNER.publicKey, name: 'phone', grant: made.grant, until: made.until })
  expect([await there.links(), await here.all()]).toEqual([[link], [made]])
  await device.leave()
  const again = await enter(DEVICE, 'lobby', { policies: OWNED, grants: link.grant })
  expect(await owner.add(await again.publish('yes', { collection: 'notes' }))).toBe(1)
  await leave(owner, again)
})

test('the device of who was merely granted writes for them by two grants', async () => {
  const swarm = new MemorySwarm()
  const go = (key: SecretKey, ...grants: string[]) =>
    enter(key, 'lobby', { transport: swarm.transport(), policies: OWNED, grants })
  const owner = await go(OWNER)
  const letter = await owner.grant(PERSON.publicKey, { collections: 'notes' })
  const person = await go(PERSON, letter)
  const notes = await person.collection<string>('notes', { onBehalf: true })
  // Who was let write speaks for nobody else.
  expect((await notes.put('monday', 'by hand')).author).toBe(PERSON.publicKey)
  const asking = await go(DEVICE)
  const there = await asking.devices()
  const asked = there.ask('phone')
  await (await person.devices()).accept(asked, { collections: 'notes' })
  const link = await there.answered(asked)
  await asking.leave()
  const alone = await go(DEVICE, link.grant)
  const reason = `its grant is by nobody who owns this room: ask ${npub(OWNER.publicKey)}`
  expect(await alone.mayWrite('notes')).toEqual({ isGiven: false, policy: 'writers', reason })
  await alone.leave()
  await expect(go(DEVICE, link.grant, letter)).rejects.toThrow('but you write as')
  const device = await go(DEVICE, link.grant, await owner.grant(DEVICE.publicKey, { collections: 'notes' }))
  await expect.poll(() => device.count).toBe(2)
  const theirs = await device.collection<string>('notes', { onBehalf: true })
  const doc = await theirs.update('monday', text => `${text}, by phone`)
  expect([doc.author, doc.signer]).toEqual([PERSON.publicKey, DEVICE.publicKey])
  await expect.poll(() => owner.count).toBe(3)
  const { docs } = await (await owner.collection('notes', { onBehalf: true })).find({ key: 'monday' })
  expect(docs.map(({ author, value }) => [author, value])).toEqual([[PERSON.publicKey, 'by hand, by phone']])
  await leave(owner, person, device)
})

test('nothing of the answer is read by others, and no secret is in it', async () => {
  const [owner, device] = [await enter(OWNER), await enter(DEVICE)]
  await (await owner.devices()).accept((await device.devices()).ask('Annas Telefon'))
  await bring(owner, device)
  expect((await (await device.devices()).links()).map(({ name }) => name)).toEqual(['Annas Telefon'])
  const text = JSON.stringify(await owner.records())
  for (const secret of ['Annas', OWNER.toNsec(), bytesToHex(OWNER.secret), bytesToHex(DEVICE.secret)]) {
    expect(text).not.toContain(secret)
  }
  await leave(owner, device)
})

test('what is forged, foreign, old or ones own is refused with a word', async () => {
  const rooms = [await enter(OWNER), await enter(DEVICE), await enter(DEVICE, 'attic')] as const
  const [here, there, attic] = await Promise.all(rooms.map(room => room.devices()))
  if (here === undefined || there === undefined || attic === undefined) throw new Error('three rooms')
  const now = Math.floor(Date.now() / 1_000)
  const dated = (seconds: number) => ({ until: (now + seconds) as UnixTime, nonce: new Uint8Array(16), name: 'phone' })
  const key = { publicKey: DEVICE.publicKey, sign: (digest: Uint8Array) => DEVICE.sign(digest) }
  const [late, long] = [-9, 9_999].map(seconds => linkText(signLink(key, { roomTag: TAG, ...dated(seconds) })))
  const forged = linkText({ ...readLink(there.ask('phone').text), name: 'laptop' })
  const cases = [
    [forged, 'no device signed this'],
    [attic.ask('phone').text, 'asks in another room'],
    [late, 'has run out: have the device show a new one'],
    [long, 'asks for longer than it may'],
    [here.ask('phone').text, 'this is the device that asks'],
    ['peerset:peerset/lobby', 'begins with peerset-link:'],
    [`peerset-link:${'A'.repeat(9_999)}`, 'at most 512 characters'],
  ] as const
  for (const [text, word] of cases) await expect(here.accept(text ?? '')).rejects.toThrow(word)
  expect([rooms[0].count, await here.all()]).toEqual([0, []])
  await leave(...rooms)
})

test('a text is accepted once, and a new one takes the place of the old', async () => {
  const [owner, device] = [await enter(OWNER), await enter(DEVICE)]
  const [here, there] = [await owner.devices(), await device.devices()]
  const asked = there.ask('phone')
  await here.accept(asked)
  await expect(here.accept(asked)).rejects.toThrow('accepted already, for "phone"')
  await here.accept(there.ask('telephone'), { days: 1 })
  expect((await here.all()).map(({ name }) => name)).toEqual(['telephone'])
  await leave(owner, device)
})

test("an answer to another text, or with another key's grant, does not count", async () => {
  const [device, stranger, owner] = [await enter(DEVICE), await enter(STRANGER), await enter(OWNER)]
  const there = await device.devices()
  const said = await stranger.collection(DEVICES)
  const grant = await owner.grant(DEVICE.publicKey)
  const sealed = sealText(
    encodeAnswer({ grant, name: 'phone', nonce: '00'.repeat(16) }),
    conversationKey(STRANGER, DEVICE.publicKey),
    new Uint8Array(32),
  )
  for (const nonsense of [{ sealed }, { sealed: 'x' }, { sealed: 1 }, 'x', {}]) {
    await said.put(DEVICE.publicKey, nonsense)
    await bring(stranger, device)
    expect(await there.links()).toEqual([])
  }
  await (await stranger.devices()).accept(there.ask('phone'))
  await bring(stranger, device)
  expect((await there.links()).map(({ owner: by }) => by)).toEqual([STRANGER.publicKey])
  const asked = there.ask('phone', { minutes: 0.000_01 })
  await expect(there.answered(asked)).rejects.toThrow('nobody accepted the device in time')
  await leave(device, stranger, owner)
})

test('what has little time left is granted anew, and an unlinked device is not', async () => {
  const [owner, device, other] = [await enter(OWNER), await enter(DEVICE), await enter(STRANGER)]
  const here = await owner.devices()
  // Grants begin as long ago as clocks may be wrong: of this one most is over.
  const first = await here.accept((await device.devices()).ask('phone'), { collections: 'notes', days: 0.001 })
  const second = await here.accept((await other.devices()).ask('tablet'), { days: 90 })
  const [renewed] = await here.renew({ days: 30 })
  if (renewed === undefined) throw new Error('nothing was renewed')
  expect(renewed).toMatchObject({ key: DEVICE.publicKey, name: 'phone' })
  expect(renewed.until).toBeGreaterThan(first.until + 29 * 86_400)
  expect(readGrant(renewed.grant).collections).toBe('notes')
  expect(await here.renew()).toEqual([])
  await here.unlink(renewed)
  expect(await here.all()).toEqual([second])
  await expect(here.unlink(DEVICE.publicKey)).rejects.toThrow('is no device of ours')
  await leave(owner, device, other)
})

test('who has no name, no time or no key here does not ask', async () => {
  const device = await enter(DEVICE)
  const there = await device.devices()
  expect(() => there.ask('')).toThrow('called by')
  for (const minutes of [0, 61, Number.NaN]) expect(() => there.ask('phone', { minutes })).toThrow('at most 60 minutes')
  const remote = { publicKey: STRANGER.publicKey, sign: () => Promise.reject(new Error('not asked')) }
  const elsewhere = await enter(remote)
  const away = await elsewhere.devices()
  expect(() => away.ask('phone')).toThrow('who signs here signs records alone')
  await leave(device, elsewhere)
})
