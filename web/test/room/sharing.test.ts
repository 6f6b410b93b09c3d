import { expect, test } from 'vitest'
import { SecretKey } from '../../src/core/keys.ts'
import { RoomClosedError } from '../../src/errors.ts'
import { keySigner } from '../../src/identity/signers.ts'
import type { Draft } from '../../src/ports.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { Shares } from '../../src/room/sharing.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(2))

function options(): JoinOptions {
  return { store: 'memory', transport: new MemorySwarm().transport() }
}

test('a room that is joined twice is one peer, and is left by who leaves last', async () => {
  const shared = options()
  const [one, other] = await Promise.all([join('lobby', shared), join('lobby', shared)])
  expect(other.key).toBe(one.key)
  const seen: string[] = []
  other.subscribe({}, record => seen.push(record.content))
  await one.publish('to both')
  await expect.poll(() => seen).toEqual(['to both'])
  await one.leave()
  await one.leave()
  await expect(one.publish('late')).rejects.toThrow(RoomClosedError)
  await other.publish('still here')
  expect([other.count, seen]).toEqual([2, ['to both', 'still here']])
  await other.leave()
  await expect(other.publish('late')).rejects.toThrow(RoomClosedError)
})

test('joining, leaving while it opens, and joining again ends with a room', async () => {
  const shared = options()
  const first = join('lobby', shared)
  const cleanup = first.then(room => room.leave())
  const second = await join('lobby', shared)
  await cleanup
  await second.publish('strict')
  expect(second.count).toBe(1)
  await second.leave()
})

test('who leaves takes along what it listens to, and no more', async () => {
  const shared = options()
  const [one, other] = [await join('lobby', shared), await join('lobby', shared)]
  const heard: string[] = []
  one.on(({ type }) => heard.push(`one ${type}`))
  other.on(({ type }) => heard.push(`other ${type}`))
  const events = one.events()
  await one.leave()
  expect((await events.next()).done).toBe(true)
  await other.publish('alone')
  expect(heard).toEqual(['other RecordAdded'])
  await other.leave()
})

test('another author or other settings are refused, and disturb nobody', async () => {
  const shared = options()
  const room = await join('lobby', { ...shared, key: KEY })
  await expect(join('lobby', { ...shared, key: new SecretKey(new Uint8Array(32).fill(3)) })).rejects.toThrow(
    'this page is in the room "lobby" already, as another author',
  )
  await expect(join('lobby', { ...shared, isSeeder: true })).rejects.toThrow('already, with other settings')
  const same = await join('lobby', { ...shared, key: KEY })
  await room.leave()
  expect(same.key).toBe(KEY.publicKey)
  await same.leave()
})

test('who gave a signer signs by way of it, though others of its author were here before', async () => {
  const shared = options()
  const room = await join('lobby', { ...shared, key: KEY })
  const asked: string[] = []
  const signer = keySigner(KEY)
  const sign = (draft: Draft) => {
    asked.push(draft.content)
    return signer.sign(draft)
  }
  const same = await join('lobby', { ...shared, key: { publicKey: KEY.publicKey, sign } })
  await room.publish('unasked')
  await same.publish('asked')
  expect(asked).toEqual(['asked'])
  await same.leave()
  await room.leave()
})

test('what is being closed is waited for, and opened anew', async () => {
  const shares = new Shares<number>()
  let opened = 0
  const open = async () => ++opened
  const first = await shares.take('lobby', open, () => {})
  expect(first.depart()).toBe(true)
  const next = shares.take('lobby', open, () => {})
  await Promise.resolve()
  expect(opened).toBe(1)
  first.closed()
  expect((await next).peer).toBe(2)
})

test('what never opened is tried again', async () => {
  const shares = new Shares<number>()
  const refused = shares.take(
    'lobby',
    () => Promise.reject(new Error('no')),
    () => {},
  )
  const also = shares.take(
    'lobby',
    () => Promise.reject(new Error('never asked')),
    () => {},
  )
  await expect(refused).rejects.toThrow('no')
  await expect(also).rejects.toThrow('no')
  expect(
    (
      await shares.take(
        'lobby',
        async () => 7,
        () => {},
      )
    ).peer,
  ).toBe(7)
})
