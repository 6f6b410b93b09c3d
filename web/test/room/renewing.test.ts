import { expect, test, vi } from 'vitest'
import { SecretKey } from '../../src/core/keys.ts'
import { LOOK_SECONDS } from '../../src/data/renewal.ts'
import { RejectedError } from '../../src/errors.ts'
import { writers } from '../../src/policies/shipped.ts'
import { DEVICES } from '../../src/room/permission.ts'
import { renew } from '../../src/room/renewing.ts'
import type { Room } from '../../src/room/room.ts'
import { standingClock } from '../clock.ts'

const [OWNER, DEVICE, STRANGER] = [1, 2, 3].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [
  SecretKey,
  SecretKey,
  SecretKey,
]
const POLICIES = await writers({ owners: OWNER.publicKey, collections: ['notes'] })

const clock = standingClock()

/** Let hours pass, and bring what one says of devices to another after each. */
async function passBy(hours: number, from: Room, to: Room): Promise<void> {
  for (let hour = 0; hour < hours; hour += 1) {
    await clock.passBy(LOOK_SECONDS, { step: LOOK_SECONDS, timers: 61 })
    await to.add(await from.records({ tags: { c: [DEVICES] } }))
  }
}

test('grants are renewed while owner and device are there, and not once it is unlinked', async () => {
  const [owner, phone] = [await clock.alone({ key: OWNER }), await clock.alone({ key: DEVICE })]
  const { grant } = await (await owner.devices()).accept((await phone.devices()).ask('phone'), { days: 0.125 })
  await phone.leave()
  const device = await clock.alone({ key: DEVICE, policies: POLICIES, grants: grant })
  await passBy(5, owner, device)
  await device.publish('still', { collection: 'notes' })
  await (await owner.devices()).unlink(DEVICE.publicKey)
  await passBy(5, owner, device)
  await expect(device.publish('no', { collection: 'notes' })).rejects.toThrow(RejectedError)
  await owner.leave()
  await device.leave()
})

test('a stranger who grants something does not make a device carry it', async () => {
  const rooms = [
    await clock.alone({ key: OWNER }),
    await clock.alone({ key: DEVICE }),
    await clock.alone({ key: STRANGER }),
  ]
  const [owner, phone, stranger] = rooms as [Room, Room, Room]
  const ask = async () => (await phone.devices()).ask('phone')
  const { grant } = await (await owner.devices()).accept(await ask(), { days: 30 })
  await (await stranger.devices()).accept(await ask(), { days: 90 })
  await phone.leave()
  const device = await clock.alone({ key: DEVICE, grants: grant })
  await passBy(2, stranger, device)
  expect((await (await device.devices()).links()).map(({ owner: by }) => by)).toEqual([STRANGER.publicKey])
  const diary = await device.collection<number>('diary', { onBehalf: true })
  expect((await diary.put('monday', 1)).author).toBe(OWNER.publicKey)
  for (const room of [owner, stranger, device]) await room.leave()
})

test.each([
  ['left while that was loaded', false, 0],
  ['open', true, 2],
])('what is renewed in a room that is %s takes so many timers', async (_, isOpen, timers) => {
  const before = vi.getTimerCount()
  const ends: (() => void)[] = []
  const room = { isOpen, records: async () => [], devices: () => expect.unreachable() }
  const means = {
    signer: { publicKey: 'me' },
    name: 'lobby',
    driver: { now: () => ({ unix: 0 }) },
    wallet: null,
    admission: [],
    keep: (end: () => void) => ends.push(end),
    complain: () => expect.unreachable(),
  }
  await renew(room as never, means as never, {} as never)
  expect(vi.getTimerCount() - before).toBe(timers)
  for (const end of ends) end()
})
