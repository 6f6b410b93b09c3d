import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { KIND_LABEL } from '../../src/core/label.ts'
import { KIND_RECORD, signRecord } from '../../src/core/record.ts'
import { roomTag } from '../../src/core/signal.ts'
import { moderators, revoked, writers } from '../../src/policies/shipped.ts'
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

test('a new grant does not end a revocation, and who lies dates back', async () => {
  const swarm = new MemorySwarm()
  const owners = MODERATOR.publicKey
  const policies = [await writers({ owners }), await revoked({ owners })]
  const enter = (key: SecretKey, grants: readonly string[] = []) =>
    join('lobby', { key, policies, grants, store: 'memory', transport: swarm.transport() })
  const owner = await enter(MODERATOR)
  const revocation = await owner.revoke(WRITER.publicKey)
  // Granted anew, after it was revoked.
  const grant = await owner.grant(WRITER.publicKey, { days: 60 })
  const writer = await enter(WRITER, [grant])
  await expect.poll(() => writer.count).toBe(1)
  const honest = await writer.publish('after')
  const tags = [
    ['h', roomTag(owner.name)],
    ['grant', grant],
  ]
  const createdAt = (revocation.createdAt - 60) as UnixTime
  const liar = signRecord(WRITER, { createdAt, kind: KIND_RECORD, tags, content: 'it was before' })
  await writer.add(liar)
  await expect.poll(() => owner.count).toBe(3)
  const seen = (await owner.records()).map(({ id }) => id)
  expect([honest, liar].map(({ id }) => seen.includes(id))).toEqual([false, true])
  await owner.delete(revocation.id)
  await expect.poll(() => owner.moderation.shadowing(honest.id)).toBe(null)
  await Promise.all([owner.leave(), writer.leave()])
})

test('a label of another room, and a moderator of another room, hide nothing here', async () => {
  const enter = async (room: string, key: SecretKey) =>
    join(room, {
      key,
      policies: await moderators({ keys: key.publicKey }),
      store: 'memory',
      transport: new MemorySwarm().transport(),
    })
  const [lobby, attic] = [await enter('lobby', MODERATOR), await enter('attic', WRITER)]
  const spam = await lobby.publish('buy this')
  for (const [room, key, taken] of [
    [attic, MODERATOR, 0],
    [lobby, WRITER, 1],
  ] as const) {
    const tags = [
      ['h', roomTag(room.name)],
      ['l', 'hidden', 'peerset'],
      ['e', spam.id],
    ]
    const createdAt = (spam.createdAt + 1) as UnixTime
    const label = signRecord(key, { createdAt, kind: KIND_LABEL, tags, content: '\u202eno\u{1f600}' })
    expect(await lobby.add(label)).toBe(taken)
    expect(lobby.moderation.shadowing(spam.id)).toBe(null)
  }
  expect((await lobby.records()).some(({ id }) => id === spam.id)).toBe(true)
  await Promise.all([lobby.leave(), attic.leave()])
})
