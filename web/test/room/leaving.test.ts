/** Whatever is being opened as a room is left keeps nothing running: in Node, a timer keeps the process from its end. */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import '../../src/data/index.ts'
import '../../src/data/keeping.ts'
import '../../src/room/pinning.ts'
import '../../src/room/renewing.ts'
import type { Room } from '../../src/room/room.ts'
import { standingClock } from '../clock.ts'

const STEPS = 40
const clock = standingClock()

const OPENINGS: { readonly [name: string]: (room: Room) => Promise<unknown> } = {
  'a collection that is kept': room => room.collection('notes', { keep: true }),
  devices: room => room.devices(),
  'a pin': async room => room.pin(await room.publish('pinned')),
  changes: async room => await (await room.changes())[Symbol.asyncIterator]().next(),
}

test.each(Object.entries(OPENINGS))(
  'no timer outlives a room that was left while there was opened: %s',
  async (_, open) => {
    for (let steps = 0; steps < STEPS; steps += 1) {
      const room = await clock.alone()
      const opening = Promise.allSettled([open(room)])
      // First by each step of what is going on, then by turns of the process.
      for (let step = 0; step < steps; step += 1) await (steps < STEPS / 2 ? null : turn())
      await room.leave()
      await opening
      for (let settled = 0; settled < 5; settled += 1) await turn()
      expect([steps, vi.getTimerCount()]).toEqual([steps, 0])
    }
  },
)
