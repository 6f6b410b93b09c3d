import { expect, test } from 'vitest'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { moderators, revoked } from '../../src/policies/shipped.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const [MODERATOR, WRITER] = [1, 2].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]

test('what a moderator labels is hidden everywhere until the label is deleted', async () => {
  const swarm = new MemorySwarm()
  const policies = await moderators({ keys: npub(MODERATOR.publicKey) })
  const enter = (key: SecretKey) => join('lobby', { key, policies, store: 'memory', transport: swarm.transport() })
  const rooms = [await enter(MODERATOR), await enter(WRITER)] as const
  const [moderator, writer] = rooms
  const spam = await writer.publish('buy this')
  await expect.poll(() => moderator.count).toBe(1)
  const label = await moderator.label(spam.id.slice(0, 12), 'an advertisement')
  await expect.poll(() => writer.count).toBe(2)
  for (const room of rooms) {
    expect((await room.records()).map(({ id }) => id)).toEqual([label.id])
    const reason = `the moderator ${npub(MODERATOR.publicKey)} hid it: an advertisement`
    expect(room.moderation.shadowing(spam.id)).toMatchObject({ policy: 'moderators', reason })
  }
  await moderator.delete(label.id)
  for (const room of rooms) {
    await expect.poll(async () => (await room.records()).some(({ id }) => id === spam.id)).toBe(true)
  }
  await expect(moderator.label('ab'.repeat(32), 'nothing')).rejects.toThrow('there is no record')
  await Promise.all(rooms.map(room => room.leave()))
})

test('what a revoked key writes later is hidden, and what it wrote before is not', async () => {
  const swarm = new MemorySwarm()
  const policies = await revoked({ owners: MODERATOR.publicKey })
  const enter = (key: SecretKey) => join('lobby', { key, policies, store: 'memory', transport: swarm.transport() })
  const [owner, writer] = [await enter(MODERATOR), await enter(WRITER)]
  const before = await writer.publish('before')
  await expect.poll(() => owner.count).toBe(1)
  await owner.revoke(npub(WRITER.publicKey), 'it was stolen')
  await expect.poll(() => writer.count).toBe(2)
  const after = await writer.publish('after')
  await expect.poll(() => owner.count).toBe(3)
  const seen = (await owner.records()).map(({ id }) => id)
  expect([before, after].map(({ id }) => seen.includes(id))).toEqual([true, false])
  const reason = `the owner ${npub(MODERATOR.publicKey)} had revoked its author: it was stolen`
  expect(owner.moderation.shadowing(after.id)?.reason).toBe(reason)
  await Promise.all([owner.leave(), writer.leave()])
})
