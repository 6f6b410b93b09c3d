import { afterEach, expect, test } from 'vitest'
import { SecretKey } from '../../src/core/keys.ts'
import { type LinkingCode, parseCode } from '../../src/core/linking-code.ts'
import { askBy } from '../../src/elements/room/errand.ts'
import { ConfigError, RejectedError } from '../../src/errors.ts'
import { keySigner } from '../../src/identity/signers.ts'
import { writers } from '../../src/policies/shipped.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Offer } from '../../src/room/offer.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

type Keys = readonly [SecretKey, SecretKey, SecretKey]
const [OWNER, DEVICE, THIEF] = [1, 2, 3].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as unknown as Keys
const POLICIES = await writers({ owners: OWNER.publicKey })
const SEAL = 'seal1edhyu35cpr8hxdmyqpmq2r9sw5w5yqmkla4yz05wec9r70cy4q0q2zw2uj'
const PAGE = 'https://chat.example/'

let signal = new AbortController()
const rooms: Room[] = []

afterEach(async () => {
  signal.abort()
  signal = new AbortController()
  await Promise.all(rooms.splice(0).map(room => room.leave()))
})

/** A room of an owner, who shows a code, and how others join it. */
async function offered(
  given: JoinOptions = {},
  minutes?: number,
): Promise<{ offer: Offer; code: LinkingCode; owner: Room; way: () => JoinOptions }> {
  const swarm = new MemorySwarm()
  const way = (): JoinOptions => ({ store: 'memory', policies: POLICIES, transport: swarm.transport(), ...given })
  const owner = await join('lobby', { ...way(), key: OWNER })
  rooms.push(owner)
  const offer = await (await owner.devices()).offer({ page: PAGE, minutes })
  return { offer, code: parseCode(offer.text), owner, way }
}

function ask(code: LinkingCode, options: JoinOptions, { by = DEVICE, name = 'phone' } = {}) {
  return askBy(code, { signer: keySigner(by), name, options, signal: signal.signal })
}

test.each([{}, { seal: SEAL }])('who opens a code asks, and writes once its owner says yes: %o', async given => {
  const { offer, code, owner, way } = await offered(given)
  expect(code).toMatchObject({ owner: OWNER.publicKey, until: offer.until })
  expect(offer.text.startsWith(`${PAGE}#peerset-device:`)).toBe(true)
  expect(code.room).toMatch(/^peerset:peerset\/lobby(#seal=[a-z0-9]+)?$/)
  const asking = ask(code, way())
  const request = await offer.asked(signal)
  expect(request).toMatchObject({ name: 'phone', device: DEVICE.publicKey })
  const made = await offer.accept(request)
  const link = await asking
  await offer.taken(signal)
  expect(link).toEqual({ owner: OWNER.publicKey, name: 'phone', grant: made.grant, until: made.until })
  const device = await join(code.room, { ...way(), key: DEVICE, grants: link.grant })
  rooms.push(device)
  const { id } = await device.publish('by the phone')
  await expect.poll(async () => (await owner.get(id))?.content).toBe('by the phone')
})

test('who is refused is told so, and writes nothing', async () => {
  const { offer, code, owner, way } = await offered()
  const asking = ask(code, way())
  asking.catch(() => {})
  await offer.asked(signal)
  await offer.refuse()
  await expect(asking).rejects.toMatchObject({ name: 'NotAllowedError' })
  expect(await (await owner.devices()).all()).toEqual([])
})

test('a code holds no secret of its owner, and lets nobody write anything else', async () => {
  const { offer, code, way } = await offered()
  expect(offer.text).not.toContain(OWNER.toNsec())
  expect(code.key.publicKey).not.toBe(OWNER.publicKey)
  const thief = await join(code.asking, { ...way(), key: code.key })
  rooms.push(thief)
  await expect(thief.publish('spam')).rejects.toThrow(RejectedError)
  await expect(thief.publish('spam', { collection: 'notes' })).rejects.toThrow(RejectedError)
})

test('where nobody asks in time it is said on both sides', async () => {
  const { offer, code, way } = await offered({}, 1 / 60)
  await expect(offer.asked(signal)).rejects.toMatchObject({ name: 'TimeoutError' })
  await expect.poll(() => ask(code, way()).catch((error: Error) => error.name)).toBe('TimeoutError')
})

test('who gives up waits no more, on both sides', async () => {
  const { offer, code, way } = await offered()
  const both = [offer.asked(signal), ask(code, way(), { name: ' ' }).catch((error: Error) => error)]
  expect(await both[1]).toBeInstanceOf(ConfigError)
  const asking = ask(code, way())
  asking.catch(() => {})
  await both[0]
  signal.abort()
  await expect(asking).rejects.toMatchObject({ name: 'AbortError' })
})

test('the owner itself, and whoever grants what nobody heeds, are told at once', async () => {
  const { code, way } = await offered()
  await expect(ask(code, way(), { by: OWNER })).rejects.toThrow('this device has the key already')
  const stranger = await join('lobby', { ...way(), key: DEVICE })
  rooms.push(stranger)
  await expect((await stranger.devices()).offer()).rejects.toThrow(/we are no owner.* Accept the text/)
})

test('a device links no others: they would not write for its owner', async () => {
  const { owner, way } = await offered()
  const grants = await owner.grant(DEVICE.publicKey, { onBehalf: true })
  const device = await join('lobby', { ...way(), key: DEVICE, grants })
  rooms.push(device)
  await expect((await device.devices()).offer()).rejects.toThrow(/this device writes for npub1.*link others where/)
})

test('a code that was used is of no use to another device', async () => {
  const { offer, code, owner, way } = await offered()
  const asking = ask(code, way())
  await offer.accept(await offer.asked(signal))
  await asking
  const thief = ask(code, way(), { by: THIEF, name: 'thief' })
  await expect(thief).rejects.toMatchObject({
    name: 'InvalidStateError',
    message: expect.stringContaining('used already'),
  })
  expect(await (await owner.devices()).all()).toMatchObject([{ name: 'phone' }])
})
