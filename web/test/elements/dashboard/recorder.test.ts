import { expect, test } from 'vitest'
import { MESSAGES_KEPT, REFUSALS_KEPT, Recorder, type Topic } from '../../../src/elements/dashboard/recorder.ts'
import type { Room } from '../../../src/room/room.ts'
import { meet, Pacer, watched, written } from './lobby.ts'

test('a recorder notes the events and messages of its room', async () => {
  const [room, other] = (await meet(2)) as [Room, Room]
  const recorder = new Recorder(room, new Pacer())
  recorder.open()
  await other.publish('hello')
  await expect.poll(() => recorder.counters.added).toBe(1)
  expect(recorder.log.lines().map(line => line.name)).toContain('RecordAdded')
  expect(recorder.messages.elements().map(each => each.message)).toContain('Records')
  expect(recorder.counters.in.bytes).toBeGreaterThan(0)
  const bytes = recorder.bandwidth.in.history(performance.now()).reduce((sum, each) => sum + each, 0)
  expect(bytes).toBe(recorder.counters.in.bytes)
  expect([...recorder.rates.keys()]).toEqual([other.peerId])
  await other.leave()
  await expect.poll(() => room.peers).toEqual([])
  recorder.close()
  await room.leave()
})

test('what happens often is told once for each time the page is drawn', async () => {
  const { room, recorder, pacer } = await watched()
  const told: Topic[][] = []
  const stop = recorder.onChange(topics => told.push([...topics].sort()))
  pacer.draw()
  told.length = 0
  await room.add([written('one', 1), written('two', 2), written('three', 3)])
  expect(pacer.waiting).toBe(1)
  pacer.draw()
  expect(told).toEqual([['log', 'records']])
  pacer.tick()
  pacer.draw()
  expect(told.at(-1)).toEqual(['time'])
  stop()
  recorder.touch('time')
  pacer.draw()
  expect(told).toHaveLength(2)
  await room.leave()
})

test('only the newest messages are kept, and rates of peers that are gone are not', async () => {
  const { room, recorder, pacer } = await watched()
  const peer = 'gone' as never
  for (let number = 0; number < MESSAGES_KEPT * 4; number += 1) {
    recorder.messages.push({ peer, direction: 'in', message: 'Ping', bytes: 1, at: 0, time: number })
  }
  expect(recorder.messages.elements()).toHaveLength(MESSAGES_KEPT)
  recorder.rates.set(peer, {} as never)
  pacer.tick()
  expect(recorder.rates.size).toBe(0)
  await room.leave()
})

test('only the newest refusals are kept, each with a number of its own', async () => {
  const { room, recorder } = await watched()
  const forged = { ...written('forged'), signature: new Uint8Array(64).fill(1) }
  for (let number = 0; number < REFUSALS_KEPT + 5; number += 1) await room.add([forged])
  const numbers = recorder.refusals.elements().map(({ number }) => number)
  expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([REFUSALS_KEPT, 5, REFUSALS_KEPT + 4])
  await room.leave()
})

test('a closed recorder hears nothing, and a room that was left is only shown', async () => {
  const { room, recorder } = await watched()
  recorder.close()
  await room.add([written('unheard')])
  expect(recorder.counters.added).toBe(0)
  expect(recorder.isRoomOpen).toBe(true)
  await room.leave()
  expect(recorder.isRoomOpen).toBe(false)
  recorder.open()
  expect(recorder.log.lines()).toEqual([])
  recorder.close()
})
