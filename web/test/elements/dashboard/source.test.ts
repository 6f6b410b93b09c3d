import { expect, test } from 'vitest'
import { type Host, Source } from '../../../src/elements/dashboard/source.ts'
import { StoreError } from '../../../src/errors.ts'
import type { Room } from '../../../src/room/room.ts'
import { meet } from './lobby.ts'

const settings = { room: 'lobby', options: {} }

function sourceWith(open?: () => Promise<Room>) {
  const shown: (Room | null)[] = []
  const failures: Error[] = []
  const listener = {
    onRoom: (room: Room | null) => shown.push(room),
    onFailure: (error: Error) => failures.push(error),
  }
  return { source: new Source(listener, open), shown, failures }
}

/** An element with a room, which notes what it is told. */
function hostWith(peer: Room | null, steps: string[] = []): Host & { peer: Room | null } {
  const leave = async () => void steps.push('leave')
  const parentNode = { insertBefore: () => steps.push('moved') }
  return { peer, leave, parentNode, nextSibling: null } as unknown as Host
}

test('a room that is given is shown before all else, and never left', async () => {
  const [room] = (await meet(1)) as [Room]
  const { source, shown } = sourceWith()
  source.want({ room, host: hostWith(null), settings })
  expect([shown, source.room, source.canReset]).toEqual([[room], room, false])
  source.want({})
  expect(shown).toEqual([room, null])
  await room.publish('still joined')
  await room.leave()
})

test('the room of an element is followed as it changes', async () => {
  const [one, two] = (await meet(2)) as [Room, Room]
  const { source, shown } = sourceWith()
  const host = hostWith(null)
  source.want({ host })
  expect(source.canReset).toBe(false)
  host.peer = one
  source.check()
  source.check()
  host.peer = two
  source.check()
  expect([shown, source.canReset]).toEqual([[one, two], true])
  await Promise.all([one.leave(), two.leave()])
})

test('the dashboard joins by itself, and leaves what it joined', async () => {
  const { source, shown } = sourceWith(async () => (await meet(1))[0] as Room)
  source.want({ settings })
  await expect.poll(() => shown.length).toBe(1)
  source.want({ settings: { ...settings } })
  expect(source.room).toBe(shown[0])
  source.want({})
  await expect.poll(() => shown.at(-1)).toBeNull()
  await expect(shown[0]?.records()).rejects.toThrow('the room was left')
})

test('a room that cannot be joined is told', async () => {
  const { source, failures } = sourceWith(() => Promise.reject(new StoreError('no disk')))
  source.want({ settings })
  await expect.poll(() => failures.map(error => error.message)).toEqual(['no disk'])
})

test('a reset leaves the room and joins it again, whoever joined it', async () => {
  const open = async () => (await meet(1))[0] as Room
  const own = sourceWith(open)
  own.source.want({ settings })
  await expect.poll(() => own.source.room).not.toBeNull()
  const first = own.source.room
  await own.source.reset()
  await expect.poll(() => own.source.room).not.toBeNull()
  expect(own.source.room).not.toBe(first)

  const given = sourceWith()
  given.source.want({ room: first, rejoin: open })
  await given.source.reset()
  expect([given.source.room === first, given.shown.length, given.source.canReset]).toEqual([false, 2, true])

  const steps: string[] = []
  const followed = sourceWith()
  followed.source.want({ host: hostWith(await open(), steps) })
  await followed.source.reset()
  expect(steps).toEqual(['leave', 'moved'])
  await Promise.all([own.source.room?.leave(), given.source.room?.leave(), followed.source.room?.leave()])
})

test('a room that nobody can join again is not reset', async () => {
  const [room] = (await meet(1)) as [Room]
  const { source } = sourceWith()
  source.want({ room })
  await source.reset()
  await room.publish('still joined')
  await room.leave()
})
